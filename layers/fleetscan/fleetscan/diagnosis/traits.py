"""What a rule says of itself beside its question: how other parts of the program treat its findings.

Each trait is a field of ``Rule`` and has a default, so that a rule names only those in which it differs. Who holds no
more than a rule's id, such as a report that was stored, asks ``diagnosis.catalogue`` for them.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import timedelta

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
    NODE_OUT_OF_MEMORY = enum.auto()


@immutable(kw_only=False)
class Required:
    """A reading without which nobody may call a node healthy."""

    name: str
    """As the kernel calls it."""
    value: Callable[[Readings], float | None]


MEM_TOTAL = Required("MemTotal", lambda readings: readings.memory_total_bytes)
MEM_AVAILABLE = Required("MemAvailable", lambda readings: readings.memory_available_bytes)
SLAB_UNRECLAIMABLE = Required("SUnreclaim", lambda readings: readings.slab_unreclaimable_bytes)
LOAD_1 = Required("loadavg", lambda readings: readings.load1)


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
    """What must have been read on a node before it is called healthy."""
    balances: Balances = Balances.UNUSED
    disk_checks: DiskChecks = DiskChecks.UNUSED
    killed: Killed | None = None
    """Whether its finding explains why a pod ended."""
    has_lost_nodes: bool = False
    """The nodes of its finding are gone: while it lasts, nothing else that they had is resolved by that."""
