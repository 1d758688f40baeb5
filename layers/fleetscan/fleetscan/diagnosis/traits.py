"""What a rule says of itself beside its question: how other parts of the program treat its findings.

Each trait is a field of ``Rule`` and has a default, so that a rule names only those in which it differs. Who holds no
more than a rule's id, such as a report that was stored, asks ``diagnosis.catalogue`` for them.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import timedelta

from fleetscan.capture.procfs.conntrack import Conntrack
from fleetscan.capture.procfs.filesystems import Filesystems
from fleetscan.capture.procfs.kernel_log import KernelLog
from fleetscan.capture.procfs.loadavg import Loadavg
from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.capture.procfs.pressure import Pressure
from fleetscan.capture.procfs.sockstat import Sockstat
from fleetscan.capture.procfs.tasks import Tasks
from fleetscan.immutable import immutable
from fleetscan.model import Readings


class Family(enum.StrEnum):
    """Rules that see one kind of problem from different sides.

    Pressure, swap and load are symptoms and in no family: what lies behind them is in one, or it is memory and CPU of
    pods, which Kubernetes shows by itself.
    """

    KERNEL_MEMORY = "kernel memory"
    NETWORK_TABLES = "network tables"
    PROCESS_TABLES = "process tables"
    KERNEL_COMPLAINTS = "kernel complaints"


class Figure(enum.Enum):
    """A figure of a node that the table of all nodes has a column for."""

    SLAB_BYTES = enum.auto()
    SLAB_SHARE = enum.auto()
    MEMORY_AVAILABLE = enum.auto()
    MEMORY_PRESSURE = enum.auto()
    SWAP_USED = enum.auto()
    LOAD = enum.auto()
    RUNWAY = enum.auto()


class Balances(enum.Enum):
    """What a rule has to do with the balances of CPU credits, each reading of which is paid."""

    UNUSED = enum.auto()
    EXPLAIN = enum.auto()
    """It goes without them, and its finding needs them for its cause: they are read for a node that has it."""
    EVALUATED = enum.auto()
    """It is about them: they are read for a node until its finding is resolved."""


class DiskChecks(enum.Enum):
    """What a rule has to do with the limits of disks in CloudWatch, each reading of which is paid."""

    UNUSED = enum.auto()
    EXPLAIN = enum.auto()
    """It goes without them, and its finding is that tasks wait for a disk: they are read for a node that has it."""
    EVALUATED = enum.auto()
    """It is about them: they are read for a node until its finding is resolved."""


class Killed(enum.Enum):
    """Why the kernel killed what a finding names."""

    AT_OWN_LIMIT = enum.auto()
    """A container reached its own memory limit."""
    AT_ALLOCATABLE = enum.auto()
    """All pods of the node together reached what they may use; the killed one need not have a limit."""
    AT_SERVICES_LIMIT = enum.auto()
    """The node's own services reached the limit of their cgroup."""
    NODE_OUT_OF_MEMORY = enum.auto()


def _is_any(_readings: Readings) -> bool:
    return True


@immutable(kw_only=False)
class Required:
    """Evidence without which nobody may call a node healthy: it must have been both read and evaluated.

    A rule names what it evaluates. Where its source is missing, or the rule is skipped or fails, the node is unknown
    for that reason, unless nodes of its kind do not have that evidence (``diagnosis.required``).
    """

    name: str
    """In the words of a report."""
    source: type
    """Where it stands in a sample."""
    is_read: Callable[[Readings], bool] = _is_any
    """Whether the readings have it: all that a report of an earlier version says about it."""


def _has_memory(readings: Readings) -> bool:
    sizes = (readings.memory_total_bytes, readings.memory_available_bytes, readings.slab_unreclaimable_bytes)
    return None not in sizes


MEMORY = Required("memory (meminfo)", Meminfo, _has_memory)
PRESSURE = Required("pressure (PSI)", Pressure)
LOAD = Required("load (loadavg)", Loadavg, lambda readings: readings.load1 is not None)
SERVICES = Required("kubelet and container runtime", Tasks)
WRITABLE = Required("whether the file systems are writable", Filesystems)
ROOM = Required("room on the file systems", Filesystems)
KERNEL_LOG = Required("kernel log", KernelLog)
CONNECTIONS = Required("connection tracking (conntrack)", Conntrack)
SOCKETS = Required("sockets (sockstat)", Sockstat)


@immutable
class Traits:
    """How the findings of a rule are treated. The defaults are those of a rule that nobody knows any more."""

    family: Family | None = None
    """The kind of problem it sees; findings of one family and cause are attributed together."""
    is_failing_now: bool = False
    """A critical finding of it means that the node fails now, not one day."""
    is_about_coverage: bool = False
    """It speaks of what could be looked at, not of the node: it makes a node unknown, never critical."""
    is_inventory: bool = False
    """It speaks of what runs or what it costs, and of no problem that the node has."""
    lasts: timedelta = timedelta()
    """How long it is not resolved after it was last seen: what is over in a moment may come again in the next."""
    columns: tuple[Figure, ...] = ()
    """The columns of the table of all nodes that show what it found."""
    required: tuple[Required, ...] = ()
    """What it evaluates and a node must have before it is called healthy."""
    balances: Balances = Balances.UNUSED
    disk_checks: DiskChecks = DiskChecks.UNUSED
    killed: Killed | None = None
    """Whether its finding explains why a pod ended."""
    has_lost_nodes: bool = False
    """The nodes of its finding are gone: while it lasts, nothing else that they had is resolved by that."""
