"""What a scan needs from outside of this program, as values of ports that ``bootstrap`` makes once.

A scan has two halves, and each gets only what it uses: ``observe`` reads from ``Sources``, ``conclude`` writes to
``Destinations``. So a step that only concludes cannot be mistaken for one that saw an empty fleet.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from fleetscan.immutable import immutable
from fleetscan.incidents.tracker import FindingTracker
from fleetscan.ports import (
    Clock,
    ClusterHistoryStore,
    ClusterReader,
    Collector,
    CreditReader,
    Inventory,
    MetricSink,
    NodeHistoryStore,
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
    node_history: NodeHistoryStore | None = None
    cluster_reader: ClusterReader | None = None
    cluster_history: ClusterHistoryStore | None = None


@immutable
class Destinations:
    """Where the report of a scan goes; nothing is done for what is None."""

    clock: Clock
    account: str = ""
    region: str = ""
    """Account and Region that the report bears."""
    finding_tracker: FindingTracker | None = None
    metric_sink: MetricSink | None = None
    series_ledger: SeriesLedger | None = None
    report_store: ReportStore | None = None
    sinks: tuple[Sink, ...] = ()
    """Each gets a report that is worth a message."""


@immutable
class ScanPorts:
    """All of it, for a scan that observes and concludes in one go."""

    sources: Sources
    destinations: Destinations
