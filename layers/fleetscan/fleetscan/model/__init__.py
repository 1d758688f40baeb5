"""The values that flow through the pipeline; nobody changes one, and none knows AWS.

Node -> Capture -> Window -> Diagnosis -> Report, each made by exactly one function.
Sizes are bytes, times are seconds, shares are ratios from 0 to 1; the name of a field says which.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model.audit import Audited
from fleetscan.model.conclusion import Culprit, FleetFinding, Unattributed
from fleetscan.model.episode import Chronicle, Event, Fingerprint
from fleetscan.model.finding import Cause, Evidence, Finding, Severity, Suspect
from fleetscan.model.forecast import Runway
from fleetscan.model.kubernetes import ClusterView, NodeView, PodStory
from fleetscan.model.picture import Picture
from fleetscan.model.presence import Presence
from fleetscan.model.readings import Readings
from fleetscan.model.target import Unseen
from fleetscan.model.threshold import MovedThreshold

__all__ = ["Cause", "Evidence", "Finding", "Readings", "Severity", "Suspect"]
"""Values of rooms below this one that are a part of the vocabulary; what is defined here needs no mention."""


class CreditMode(enum.StrEnum):
    """How a burstable instance spends CPU credits (EC2 ``CpuCredits``)."""

    STANDARD = "standard"
    UNLIMITED = "unlimited"


class CaptureStatus(enum.StrEnum):
    """How it went with one node. Every node given has exactly one; only ``ANSWERED`` carries text."""

    ANSWERED = "answered"
    TIMED_OUT = "timed_out"
    FAILED = "failed"
    CONNECTION_LOST = "connection_lost"
    NOT_REGISTERED = "not_registered"
    TERMINATED = "terminated"
    AUTO_MODE = "auto_mode"
    WINDOWS = "windows"
    BOTTLEROCKET = "bottlerocket"

    @property
    def is_scannable(self) -> bool:
        """Whether a shell could ever run there; False for Auto Mode, Windows and Bottlerocket."""
        return self not in {CaptureStatus.AUTO_MODE, CaptureStatus.WINDOWS, CaptureStatus.BOTTLEROCKET}


@immutable
class Node:
    """One worker as AWS describes it, before anything ran on it."""

    instance_id: str
    cluster: str = ""
    node_group: str = ""
    """Managed node group, Karpenter node pool or Auto Mode pool; empty for self-managed nodes."""
    instance_type: str = ""
    zone: str = ""
    private_dns_name: str = ""
    architecture: str = ""
    launched_at: datetime | None = None
    is_windows: bool = False
    is_auto_mode: bool = False


@immutable
class Capture:
    """What came back from one node, unread. ``text`` is what the collection script printed."""

    node: Node
    status: CaptureStatus
    text: str = ""
    reason: str = ""
    """A sentence for the operator when the status is not ``ANSWERED``."""
    is_recording: bool = False
    """A recorded tree may hold a single file on purpose; a live node can always give the essential sections."""
    is_summary_only: bool = False
    """The node has more to say and was not asked for it: its detail is missing by decision, not cut."""


@immutable
class Coverage:
    """How far a node could be looked at: a source like any other, so that rules can ask for it."""

    status: CaptureStatus
    reason: str = ""
    problems: tuple[str, ...] = ()
    """One sentence for each part of the capture that was unreadable, dropped, truncated or lying."""


@immutable
class Credits:
    """CPU credits of one burstable node. None means not asked or no datapoint: unknown, never zero."""

    mode: CreditMode
    wanted_mode: CreditMode | None = None
    """The mode the operator asked for by setting; None when any is welcome."""
    baseline_ratio: float | None = None
    """Share of all the instance's vCPUs that it earns credits for (0.2 = 20%)."""
    maximum_balance: float | None = None
    """Most credits the instance can hold: 24 hours of earnings."""
    balance: float | None = None
    surplus_balance: float | None = None
    surplus_charged: float | None = None
    cpu_utilization_ratio: float | None = None
    is_metered: bool = True
    """Whether the metrics were read; where not, only the mode is known, and None is no missing datapoint."""
    age_seconds: float = 0.0
    """How long ago the metrics were read: every reading is paid, so one is used for a while."""


class Sample:
    """All that was read on one node at one instant, looked up by the type of the source.

    ``sample[Meminfo]`` is a value or an AbsentError that says why there is none.
    """

    __slots__ = ("_absent", "_values")

    def __init__(self, values: Iterable[object] = (), absent: Mapping[type, str] | None = None) -> None:
        self._values: dict[type, Any] = {type(value): value for value in values}
        """Each under its own type, so what is found under a type is of it."""
        self._absent = dict(absent or {})

    def __getitem__[S](self, source: type[S]) -> S:
        value: S | None = self._values.get(source)
        if value is None:
            raise AbsentError(self._absent.get(source) or f"{source.__name__} was not collected")
        return value

    def get[S](self, source: type[S]) -> S | None:
        """Return the source's value, or None when it was not collected."""
        value: S | None = self._values.get(source)
        return value

    def __contains__(self, source: type) -> bool:
        return source in self._values

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sample):
            return NotImplemented
        return self._values == other._values and self._absent == other._absent

    __hash__ = None  # type: ignore[assignment]  # a mapping in all but name

    def __repr__(self) -> str:
        return f"Sample({list(self._values.values())!r}, absent={self._absent!r})"

    def with_values(self, *values: object, absent: Mapping[type, str] | None = None) -> Sample:
        """Return a copy that also holds these values, and says why others are not there.

        A value replaces one of its own type.
        """
        copy = Sample(values, {**self._absent, **(absent or {})})
        copy._values = {**self._values, **copy._values}
        return copy


@immutable
class Window:
    """Two samples of one node, seconds apart. Counters become rates here, nowhere else."""

    first: Sample
    last: Sample
    seconds: float | None = None
    """Time between the samples by the node's own uptime; None or 0 where it is unknown."""


class Verdict(enum.StrEnum):
    """How one step of the investigation ended."""

    RULED_OUT = "ruled_out"
    CONFIRMED = "confirmed"
    UNKNOWN = "unknown"


@immutable
class Step:
    """One question of the investigation, in the order a good engineer asks them, and its answer."""

    hypothesis: str
    """Snake case id such as ``oom_kill``; the ids are listed in ``fleetscan.diagnosis.investigation``."""
    question: str
    verdict: Verdict
    evidence: str


@immutable
class Diagnosis:
    """All that is known of one node: what fired, what was ruled out, what could not be asked."""

    node: Node
    coverage: Coverage
    findings: tuple[Finding, ...] = ()
    """Worst first; rules that fired alike keep the catalogue's order."""
    steps: tuple[Step, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)
    """Rule id -> why it could not be judged."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """Rule id -> the exception of a rule with a bug; one rule's failure never stops the rest."""
    readings: Readings = field(default_factory=Readings)
    presence: Presence = field(default_factory=Presence)
    runway: Runway | None = None
    """None where memory is not lost steadily, or too little is remembered to tell."""
    kubernetes: NodeView | None = None
    """The node as Kubernetes' API knows it; None where that was not asked or does not know it."""
    picture: Picture = field(default_factory=Picture)

    @property
    def severity(self) -> Severity | None:
        """The worst severity among its findings; None when nothing fired."""
        return max((finding.severity for finding in self.findings), key=lambda s: s.rank, default=None)

    def fingerprint(self, finding: Finding) -> Fingerprint:
        """Return what one of its findings has in common with those of the same trouble on other nodes."""
        return Fingerprint(finding.rule, self.node.cluster, finding.evidence.cause)


@immutable
class Report:
    """One scan of one account and Region, ready to be rendered, published and stored."""

    scan_id: str
    started_at: datetime
    duration_seconds: float
    diagnoses: tuple[Diagnosis, ...]
    """One for every node given, worst first, then by cluster and instance id."""
    account: str = ""
    region: str = ""
    empty_clusters: tuple[str, ...] = ()
    """EKS clusters in which no EC2 worker could be seen (Fargate, hidden Auto Mode nodes, or none)."""
    notes: tuple[str, ...] = ()
    """What was not asked and why, one sentence each (missing permission, budget, time)."""
    unseen: tuple[Unseen, ...] = ()
    """Targets that gave no answer, where a scan has many: what they hold is neither well nor gone."""
    chronicle: Chronicle | None = None
    """What changed since the last scan; None where nothing is remembered."""
    culprits: tuple[Culprit, ...] = ()
    """Strongest evidence first."""
    unattributed: tuple[Unattributed, ...] = ()
    fleet_findings: tuple[FleetFinding, ...] = ()
    clusters: tuple[ClusterView, ...] = ()
    """What Kubernetes itself said, one for each cluster whose API was asked or should have been; without the nodes,
    which are in their diagnoses."""
    stories: tuple[PodStory, ...] = ()
    """Why pods died, the latest death first."""
    audit: tuple[Audited, ...] = ()
    """The DaemonSets of all clusters, those that want an answer first."""
    thresholds: tuple[MovedThreshold, ...] = ()
    """The limits by which it was judged that are not the rules' own, in the order of the catalogue."""

    @property
    def events(self) -> tuple[Event, ...] | None:
        """What changed, worst first; None where nothing is remembered, so that everything is news."""
        return None if self.chronicle is None else self.chronicle.events


@immutable
class Metric:
    """One CloudWatch datum: a distribution of values with a unit and dimensions."""

    name: str
    unit: str
    """A CloudWatch StandardUnit: ``Bytes``, ``Percent``, ``Count``, ``Seconds``, ``None``."""
    values: tuple[float, ...]
    dimensions: tuple[tuple[str, str], ...] = ()


UNPUBLISHED = "The report itself is complete."
"""How a note ends that tells of series that were not published: nothing is missing from what was looked at."""
