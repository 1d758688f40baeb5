"""What a scan needs from outside of this program, as values of ports that ``bootstrap`` makes once.

A scan has two halves, and each gets only what it uses: ``observe`` reads from ``Sources``, ``conclude`` writes to
``Destinations``. So a step that only concludes cannot be mistaken for one that saw an empty fleet.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from fleetscan.immutable import immutable
from fleetscan.incidents.tracker import Keeper
from fleetscan.model.in_cluster import NOT_ASKED
from fleetscan.ports import (
    Clock,
    ClusterMemory,
    ClusterReader,
    Collector,
    CreditReader,
    Inventory,
    MetricSink,
    NodeMemory,
    Progress,
    SeriesLedger,
    Sink,
)
from fleetscan.scan.report_store import ReportStore


def unwatched(_stage: str, _done: int, _total: int) -> None:
    """Take progress that nobody watches."""


def follow_none(_rules: Collection[str]) -> Collection[str]:
    """Return no node: without a memory of findings none has an open one."""
    return frozenset()


@immutable
class Sources:
    """Where a scan learns of its nodes, and where it keeps what it has read of them."""

    inventory: Inventory
    collector: Collector
    credit_reader: CreditReader
    clock: Clock
    progress: Progress = unwatched
    followed: Callable[[Collection[str]], Collection[str]] = follow_none
    """Returns the nodes that have an open finding of some rules."""
    node_memory: NodeMemory | None = None
    cluster_reader: ClusterReader | None = None
    why_no_clusters: str = NOT_ASKED
    """Why there is no reader of clusters, if there is none."""
    cluster_memory: ClusterMemory | None = None


@immutable
class Destinations:
    """Where the report of a scan goes; nothing is done for what is None."""

    clock: Clock
    account: str = ""
    region: str = ""
    """Account and Region that the report bears."""
    keeper: Keeper | None = None
    metric_sink: MetricSink | None = None
    series_ledger: SeriesLedger | None = None
    report_store: ReportStore | None = None
    sinks: tuple[Sink, ...] = ()
    """Each gets a report that is worth a message."""


@immutable
class Outside:
    """All of it, for a scan that observes and concludes in one go."""

    sources: Sources
    destinations: Destinations
