"""The result of a rule that fires: severity, cause, suspects, and the sentence for people."""

from __future__ import annotations

import enum

from fleetscan.immutable import immutable


class Severity(enum.StrEnum):
    """How bad a finding is. Ordered: ``Severity.INFO < Severity.WARNING < Severity.CRITICAL``."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for info, 1 for warning, 2 for critical: the order to sort and compare by."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class Cause(enum.StrEnum):
    """The cause of a finding: a closed set. ``UNATTRIBUTED`` if the evidence does not show one."""

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


@immutable
class Suspect:
    """A pod, process or image that may be the cause of a finding, with the evidence."""

    kind: str
    """``process``, ``container``, ``pod`` or ``image``."""
    name: str
    """``namespace/pod`` for a pod, else the command or image name."""
    reason: str
    """The evidence in words, such as "3 netlink sockets hold 2.0 GiB unread; process scope (pid 4242)"."""
    image: str = ""
    share: float | None = None
    """Share of the finding's bytes that this suspect explains, 0 to 1; None if it cannot be measured."""


@immutable
class Evidence:
    """The evidence of a rule that fires: a sentence for people, numbers for machines."""

    severity: Severity
    text: str
    """One sentence with the numbers and their units."""
    measured: float
    limit: float
    """The threshold that ``measured`` crossed, in the same unit."""
    cause: Cause = Cause.UNATTRIBUTED
    suspects: tuple[Suspect, ...] = ()


@immutable
class Finding:
    """A rule that fired on a node: its evidence with the rule's title and remedy."""

    rule: str
    title: str
    remedy: str
    evidence: Evidence

    @property
    def severity(self) -> Severity:
        """The severity its evidence reached."""
        return self.evidence.severity
