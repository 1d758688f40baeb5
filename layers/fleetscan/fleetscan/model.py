"""The values that flow through the pipeline; every one is frozen and knows no AWS.

Node -> Capture -> Window -> Diagnosis -> Report, each made by exactly one function.
Sizes are bytes, times are seconds, shares are ratios from 0 to 1; the name of a field says which.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from fleetscan.errors import AbsentError


class Severity(enum.StrEnum):
    """How bad a finding is. Ordered: ``Severity.INFO < Severity.WARNING < Severity.CRITICAL``."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for info, 1 for warning, 2 for critical: the order to sort and compare by."""
        return list(Severity).index(self)


class Cause(enum.StrEnum):
    """What lies behind a finding: a closed set. ``UNATTRIBUTED`` where the evidence does not carry one."""

    SOCKET_QUEUE = "socket_queue"
    NETWORK_KERNEL_LEAK = "network_kernel_leak"
    CONTAINER_CHURN = "container_churn"
    PROCESS_HOLDS_FILES = "process_holds_files"
    SECURITY_MODULE = "security_module"
    DEVICE_DRIVER = "device_driver"
    FILESYSTEM_CACHE = "filesystem_cache"
    BPF_JIT = "bpf_jit"
    HUGEPAGES = "hugepages"
    ZFS_ARC = "zfs_arc"
    CPU_CREDITS = "cpu_credits"
    NOISY_NEIGHBOUR = "noisy_neighbour"
    UNATTRIBUTED = "unattributed"


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


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """What came back from one node, unread. ``text`` is what the collection script printed."""

    node: Node
    status: CaptureStatus
    text: str = ""
    reason: str = ""
    """A sentence for the operator when the status is not ``ANSWERED``."""
    is_recording: bool = False
    """A recorded tree may hold a single file on purpose; a live node can always give the essential sections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How far a node could be looked at: a source like any other, so that rules can ask for it."""

    status: CaptureStatus
    reason: str = ""
    problems: tuple[str, ...] = ()
    """One sentence for each part of the capture that was unreadable, dropped, truncated or lying."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credits:
    """CPU credits of one burstable node. None means not asked or no datapoint: unknown, never zero."""

    mode: CreditMode
    wanted_mode: CreditMode | None = None
    """The mode the operator asked for by setting; None when any is welcome."""
    baseline_ratio: float | None = None
    """Share of all the instance's vCPUs that it earns credits for (0.2 = 20 %)."""
    maximum_balance: float | None = None
    """Most credits the instance can hold: 24 hours of earnings."""
    balance: float | None = None
    surplus_balance: float | None = None
    surplus_charged: float | None = None
    cpu_utilization_ratio: float | None = None


class Sample:
    """All that was read on one node at one instant, looked up by the type of the source.

    ``sample[Meminfo]`` is a value or an AbsentError that says why there is none.
    """

    __slots__ = ("_absent", "_values")

    def __init__(self, values: Iterable[object] = (), absent: Mapping[type, str] | None = None) -> None:
        self._values = {type(value): value for value in values}
        self._absent = dict(absent or {})

    def __getitem__[S](self, source: type[S]) -> S:
        value = self._values.get(source)
        if isinstance(value, source):
            return value
        raise AbsentError(self._absent.get(source, f"{source.__name__} was not collected"))

    def get[S](self, source: type[S]) -> S | None:
        """Return the source's value, or None when it was not collected."""
        value = self._values.get(source)
        return value if isinstance(value, source) else None

    def __contains__(self, source: type) -> bool:
        return source in self._values

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sample):
            return NotImplemented
        return self._values == other._values and self._absent == other._absent

    __hash__ = None  # type: ignore[assignment]  # a mapping in all but name

    def __repr__(self) -> str:
        return f"Sample({list(self._values.values())!r}, absent={self._absent!r})"

    def with_values(self, *values: object) -> Sample:
        """Return a copy that also holds these values; a value replaces one of its own type."""
        return Sample([*self._values.values(), *values], self._absent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Two samples of one node, seconds apart. Counters become rates here, nowhere else."""

    first: Sample
    last: Sample
    seconds: float | None = None
    """Time between the samples by the node's own uptime; None or 0 where it is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """Who may be behind a finding, and never a name without its reason."""

    kind: str
    """``process``, ``container``, ``pod`` or ``image``."""
    name: str
    """``namespace/pod`` for a pod, else the command or image name."""
    reason: str
    """The strength of the evidence in words, such as "holds 2.0 GiB of unread socket buffers"."""
    image: str = ""
    share: float | None = None
    """Share of the finding's bytes that this suspect explains, 0 to 1; None when it cannot be measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a rule saw when it fired: words for people, numbers for machines."""

    severity: Severity
    text: str
    """One sentence with the numbers and their units."""
    measured: float
    limit: float
    """The threshold that ``measured`` crossed, in the same unit."""
    cause: Cause = Cause.UNATTRIBUTED
    suspects: tuple[Suspect, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule that fired on a node: its evidence joined with the rule's own words."""

    rule: str
    title: str
    remedy: str
    evidence: Evidence

    @property
    def severity(self) -> Severity:
        """The severity its evidence reached."""
        return self.evidence.severity


class Verdict(enum.StrEnum):
    """How one step of the investigation ended."""

    RULED_OUT = "ruled_out"
    CONFIRMED = "confirmed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One question of the investigation, in the order a good engineer asks them, and its answer."""

    hypothesis: str
    """Snake case id such as ``oom_kill``; the ids are listed in ``fleetscan.investigation``."""
    question: str
    verdict: Verdict
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """The handful of numbers every report table and metric needs. None means not measured."""

    memory_total_bytes: int | None = None
    memory_free_bytes: int | None = None
    memory_available_bytes: int | None = None
    slab_unreclaimable_bytes: int | None = None
    swap_total_bytes: int | None = None
    swap_free_bytes: int | None = None
    memory_some_avg60_percent: float | None = None
    memory_full_avg60_percent: float | None = None
    load1: float | None = None
    cpus: int | None = None
    cpu_busy_ratio: float | None = None
    cpu_steal_ratio: float | None = None
    socket_buffers_total: int | None = None
    """Socket buffer heads alive in the kernel (skbuff_head_cache and its kin)."""
    socket_held_bytes: int | None = None
    """Sum of unread receive queues of the sockets that were seen (Rmem)."""
    uptime_seconds: float | None = None
    boot_id: str | None = None
    kernel: str | None = None
    operating_system: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
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
    readings: Readings = Readings()

    @property
    def severity(self) -> Severity | None:
        """The worst severity among its findings; None when nothing fired."""
        return max((finding.severity for finding in self.findings), key=lambda s: s.rank, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One CloudWatch datum: a distribution of values with a unit and dimensions."""

    name: str
    unit: str
    """A CloudWatch StandardUnit: ``Bytes``, ``Percent``, ``Count``, ``Seconds``, ``None``."""
    values: tuple[float, ...]
    dimensions: tuple[tuple[str, str], ...] = ()
