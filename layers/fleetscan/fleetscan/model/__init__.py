"""The values that the pipeline passes on; they are immutable and know nothing of AWS.

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
from fleetscan.model.conclusion import FleetFinding, RootCause, Unattributed
from fleetscan.model.episode import Chronicle, Event, Fingerprint
from fleetscan.model.finding import Cause, Evidence, Finding, Severity, Suspect
from fleetscan.model.forecast import Runway
from fleetscan.model.kubernetes import ClusterView, NodeView, PodTimeline
from fleetscan.model.oom import OomKill
from fleetscan.model.picture import Picture
from fleetscan.model.presence import Presence
from fleetscan.model.readings import Readings
from fleetscan.model.target import Unseen
from fleetscan.model.threshold import MovedThreshold

__all__ = ["Cause", "Evidence", "Finding", "Readings", "Severity", "Suspect"]
"""Values of the modules below that are part of the vocabulary; what is defined here needs no mention."""


class CreditMode(enum.StrEnum):
    """How a burstable instance spends CPU credits (EC2 ``CpuCredits``)."""

    STANDARD = "standard"
    UNLIMITED = "unlimited"


class CaptureStatus(enum.StrEnum):
    """The result of collecting from one node. Every node has exactly one; only ``ANSWERED`` has text."""

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
        """Whether a node of this kind is scanned at all; False for Auto Mode, Windows, and Bottlerocket left out."""
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
    volumes: tuple[str, ...] = ()
    """Ids of the EBS volumes that are attached, the root volume first."""


@immutable
class Capture:
    """The output of the collection script on one node (a snapshot of it), not yet parsed."""

    node: Node
    status: CaptureStatus
    text: str = ""
    reason: str = ""
    """A sentence for the operator when the status is not ``ANSWERED``."""
    is_recording: bool = False
    """A recorded tree may hold a single file on purpose; a live node always has the essential sections."""
    is_summary_only: bool = False
    """The node has more detail that was not requested: it is missing on purpose, not truncated."""


@immutable
class Coverage:
    """How completely a node could be scanned: a source like any other, so that rules can read it."""

    status: CaptureStatus
    reason: str = ""
    problems: tuple[str, ...] = ()
    """One sentence for each part of the output that was unreadable, dropped, truncated or contradictory."""
    version: int | None = None
    """The version of the capture's format: what an older script could not send is not missing. None without one."""
    is_recording: bool = False
    """Whether it is a recorded tree, in which what nobody recorded is missing, and not a node that lacks it."""
    lost: tuple[str, ...] = ()
    """The sections that the node has and that could not be used in whole: unreadable, dropped, truncated, malformed.
    Any other section that is missing is one for which the node has nothing."""
    hidden: tuple[str, ...] = ()
    """What cannot be seen of a node of this kind, in words: its coverage is partial, and that is no problem of it."""

    @property
    def is_partial(self) -> bool:
        """Whether the node is of a kind of which only a part can be seen, and that part was."""
        return self.status is CaptureStatus.ANSWERED and bool(self.hidden)


@immutable
class Credits:
    """CPU credits of one burstable node. None means not read or no datapoint: unknown, never zero."""

    mode: CreditMode
    wanted_mode: CreditMode | None = None
    """The mode that the operator configured; None if any is accepted."""
    baseline_ratio: float | None = None
    """Share of all the instance's vCPUs for which it earns credits (0.2 = 20%)."""
    maximum_balance: float | None = None
    """Most credits the instance can hold: 24 hours of earnings."""
    balance: float | None = None
    surplus_balance: float | None = None
    surplus_charged: float | None = None
    cpu_utilization_ratio: float | None = None
    is_metered: bool = True
    """Whether the metrics were read; if not, only the mode is known, and None is no missing datapoint."""
    age_seconds: float = 0.0
    """How long ago the metrics were read: CloudWatch charges for each read, so one is used for a while."""


class Sample:
    """All that was read on one node at one moment, looked up by the type of the source.

    ``sample[Meminfo]`` is a value or an AbsentError that says why there is none.
    """

    __slots__ = ("_absent", "_values")

    def __init__(self, values: Iterable[object] = (), absent: Mapping[type, str] | None = None) -> None:
        self._values: dict[type, Any] = {type(value): value for value in values}
        """Each value under its own type."""
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

    def without(self, absent: Mapping[type, str]) -> Sample:
        """Return a copy that lacks the values of these types, and says why."""
        kept = [value for source, value in self._values.items() if source not in absent]
        return Sample(kept, {**self._absent, **absent})


@immutable
class Window:
    """A pair of samples of one node, seconds apart, from which rates of counters are computed."""

    first: Sample
    last: Sample
    seconds: float | None = None
    """Time between the samples by the node's own uptime; None or 0 if it is unknown."""


class StepResult(enum.StrEnum):
    """The result of one step of the investigation."""

    RULED_OUT = "ruled_out"
    CONFIRMED = "confirmed"
    UNKNOWN = "unknown"


@immutable
class Step:
    """One hypothesis of the investigation, and its answer."""

    hypothesis: str
    """Snake case id such as ``oom_kill``; the ids are listed in ``fleetscan.diagnosis.investigation``."""
    question: str
    verdict: StepResult
    evidence: str


@immutable
class Diagnosis:
    """All that is known of one node: what fired, what was ruled out, what was skipped."""

    node: Node
    coverage: Coverage
    findings: tuple[Finding, ...] = ()
    """Worst first; rules that fired alike keep the catalogue's order."""
    steps: tuple[Step, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)
    """Rule id -> why it could not be evaluated."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """Rule id -> the exception of a rule with a bug; one rule's failure never stops the rest."""
    unevaluated: Mapping[str, str] = field(default_factory=dict)
    """Evidence that a healthy node must have -> why it could not be evaluated: such a node is unknown at best."""
    readings: Readings = field(default_factory=Readings)
    presence: Presence = field(default_factory=Presence)
    runway: Runway | None = None
    """None if memory is not lost steadily, or the history is too short to know."""
    kubernetes: NodeView | None = None
    """The node in the Kubernetes API; None if the API was not read or does not know it."""
    picture: Picture = field(default_factory=Picture)
    oom_kills: tuple[OomKill, ...] | None = None
    """Those of the last 24 hours, newest first, bounded; None where the node did not say."""
    busy_volumes: tuple[str, ...] = ()
    """EBS volumes by the time that requests waited for them, the busiest first; empty where it was not measured."""

    @property
    def severity(self) -> Severity | None:
        """The worst severity among its findings; None when nothing fired."""
        return max((finding.severity for finding in self.findings), key=lambda s: s.rank, default=None)

    def fingerprint(self, finding: Finding) -> Fingerprint:
        """Return what one of its findings has in common with findings of the same problem on other nodes."""
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
    """What was not read and why, one sentence each (missing permission, budget, time)."""
    unseen: tuple[Unseen, ...] = ()
    """Targets that did not respond, if a scan has many: their nodes are neither healthy nor gone."""
    is_roster_read: bool = True
    """Whether this scan could be compared with the workers of the last one; if not, a node that is gone may have gone
    with most of the others."""
    chronicle: Chronicle | None = None
    """What changed since the last scan; None if no history is kept."""
    culprits: tuple[RootCause, ...] = ()
    """Strongest evidence first."""
    unattributed: tuple[Unattributed, ...] = ()
    fleet_findings: tuple[FleetFinding, ...] = ()
    clusters: tuple[ClusterView, ...] = ()
    """What the Kubernetes API reported, one for each cluster whose API was read or should have been; without the nodes,
    which are in their diagnoses."""
    stories: tuple[PodTimeline, ...] = ()
    """Why pods were terminated, latest first."""
    audit: tuple[Audited, ...] = ()
    """The DaemonSets of all clusters, those that need a decision first."""
    thresholds: tuple[MovedThreshold, ...] = ()
    """The thresholds that differ from the rules' defaults, in the order of the catalogue."""

    @property
    def events(self) -> tuple[Event, ...] | None:
        """What changed, worst first; None if no history is kept, so that everything is new."""
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
"""The end of a note about metrics that were not published: the report itself misses nothing."""
