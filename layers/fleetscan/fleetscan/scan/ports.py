"""The ports of a scan, grouped as values that ``bootstrap`` makes once.

A scan has two halves, and each gets only what it uses: ``observe`` reads from ``Sources``, ``conclude`` writes to
``Destinations``. So a step that only concludes cannot be confused with a scan of an empty fleet.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from fleetscan.immutable import immutable
from fleetscan.incidents.tracker import FindingTracker
from fleetscan.model.in_cluster import NOT_ASKED
from fleetscan.ports import (
    Clock,
    ClusterHistoryStore,
    ClusterReader,
    Collector,
    CreditReader,
    DiskReader,
    Inventory,
    MetricSink,
    NodeHistoryStore,
    Progress,
    RosterStore,
    SeriesLedger,
    Sink,
)
from fleetscan.scan.report_store import ReportStore


def unwatched(_stage: str, _done: int, _total: int) -> None:
    """Ignore progress."""


def follow_none(_rules: Collection[str]) -> Collection[str]:
    """Return no node, for scans without a finding history."""
    return frozenset()


@immutable
class Sources:
    """What a scan reads from: the nodes, and the history stores."""

    inventory: Inventory
    collector: Collector
    credit_reader: CreditReader
    clock: Clock
    disk_reader: DiskReader | None = None
    progress: Progress = unwatched
    followed: Callable[[Collection[str]], Collection[str]] = follow_none
    """Returns the nodes that have an open finding of these rules."""
    node_history: NodeHistoryStore | None = None
    cluster_reader: ClusterReader | None = None
    why_no_clusters: str = NOT_ASKED
    """Why there is no reader of clusters, if there is none."""
    cluster_history: ClusterHistoryStore | None = None


@immutable
class Destinations:
    """Where the report of a scan is written; a destination that is None is skipped."""

    clock: Clock
    account: str = ""
    region: str = ""
    """Account and Region of the report."""
    finding_tracker: FindingTracker | None = None
    rosters: RosterStore | None = None
    metric_sink: MetricSink | None = None
    series_ledger: SeriesLedger | None = None
    report_store: ReportStore | None = None
    sinks: tuple[Sink, ...] = ()
    """Each gets a report that is worth a notification."""


@immutable
class ScanPorts:
    """Both halves, for a scan that observes and concludes in one invocation."""

    sources: Sources
    destinations: Destinations
