"""What the pipeline needs from AWS, Kubernetes and Slack, as protocols that the core owns.

``aws/`` and ``kubernetes/`` implement them, tests use plain fakes. Every node given gets one result: an error of one
node is a value, an error of a whole call is raised (botocore's own error, or an AccessError).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from fleetscan.immutable import immutable
from fleetscan.model import Capture, CreditMode, Credits, Metric, Node, Report
from fleetscan.model.death import ClusterPast, Death
from fleetscan.model.disk_limits import DiskLimits
from fleetscan.model.episode import Episode, Mute
from fleetscan.model.kubernetes import ClusterEvent, ClusterView, ScheduledPods
from fleetscan.model.roster import Roster
from fleetscan.model.whereabouts import NOWHERE, Whereabouts

type Clock = Callable[[], float]
"""Seconds since the epoch; injected so that no test waits."""

type Once = Callable[[str, Callable[[], str]], str]
"""Runs work once per key (idempotency): called with a key and a function that returns a text, it runs the function
unless that was done under the key before, and returns the stored text. Raises while another invocation runs the same
work, and what the function raises; both may be retried."""

type Progress = Callable[[str, int, int], None]
"""Called with a stage (``discovery``, ``collection``, ``analysis``), done and total.

``answers``, reported beside ``collection``, is how many of the collected nodes responded.
"""


class Inventory(Protocol):
    """Lists the worker nodes."""

    def workers(self) -> tuple[Node, ...]:
        """Return every running EC2 worker of the selected EKS clusters of the Region."""

    def empty_clusters(self, workers: Iterable[Node]) -> tuple[str, ...]:
        """Return the EKS clusters of the Region that have no worker among these."""


class BackgroundWork(Protocol):
    """Work that the caller of a collector does while the collector waits for nodes."""

    def answered(self, capture: Capture) -> None:
        """Accept the final capture of a node that responded."""

    def work(self, seconds: float) -> None:
        """Work for at most so many seconds; return at once where there is nothing to do."""


class Collector(Protocol):
    """Runs the collection script."""

    def collect(
        self, nodes: Sequence[Node], *, deadline: float, background: BackgroundWork | None = None
    ) -> tuple[Capture, ...]:
        """Return exactly one capture for every node, by the deadline (seconds of the clock)."""


class CreditReader(Protocol):
    """Reads the CPU credits of burstable nodes."""

    def modes(self, nodes: Sequence[Node]) -> Mapping[str, CreditMode]:
        """Return instance id -> mode for the burstable ones; others are absent."""

    def credits(
        self, nodes: Sequence[Node], modes: Mapping[str, CreditMode], *, fresh: Collection[str] = ()
    ) -> Mapping[str, Credits]:
        """Return instance id -> credits with balances, read from paid metrics; called for selected nodes only.

        Nodes in ``fresh`` are never served from a cache; others may be as old as their ``age_seconds`` says.
        """


class DiskReader(Protocol):
    """Reads the limits of EBS volumes and instances."""

    def limits(self, volumes: Mapping[str, Sequence[str]], *, fresh: Collection[str] = ()) -> Mapping[str, DiskLimits]:
        """Return instance id -> limits of the instance and of these volumes of it, read from paid metrics.

        Nodes in ``fresh`` are never served from a cache; others may be as old as their ``age_seconds`` says.
        """


class ClusterReader(Protocol):
    """Reads the Kubernetes API. Optional: a cluster whose API does not respond is a view with the reason."""

    def views(self, nodes: Sequence[Node], *, deadline: float) -> tuple[ClusterView, ...]:
        """Return one view per cluster of these nodes, by the deadline; an error of one cluster is not raised."""

    def pods(self, cluster: str, names: Sequence[str], *, deadline: float) -> Mapping[str, ScheduledPods]:
        """Return Kubernetes' name of a node -> the pods on it; a node that could not be asked is absent."""


class ClusterHistoryStore(Protocol):
    """Stored Kubernetes events and pod terminations; Kubernetes itself keeps events for 60 minutes by default."""

    def load(self, clusters: Sequence[str]) -> ClusterPast:
        """Return the stored events and terminations of these clusters, of all where none is named."""

    def save(self, events: Mapping[str, Sequence[ClusterEvent]], deaths: Sequence[Death]) -> tuple[str, ...]:
        """Store events (by cluster) and terminations; return a sentence for what could not be stored."""

    def deaths(self, pod: str) -> ClusterPast:
        """Return the terminations and events of pods whose ``namespace/name`` begins so."""


@immutable
class ClusterEndpoint:
    """Address and certificate authority of a cluster's API server."""

    url: str
    authority_pem: str
    """The certificate authority that signed the server's certificate."""
    is_private: bool = False
    """Whether it can only be reached from inside the cluster's network."""
    authentication_mode: str = ""
    """``API``, ``API_AND_CONFIG_MAP`` or ``CONFIG_MAP``, or empty if unknown; the last does not support access
    entries."""


class ClusterAccess(Protocol):
    """Endpoint and credentials of a cluster's API server."""

    def endpoint(self, cluster: str) -> ClusterEndpoint:
        """Return its endpoint. Raises AccessError if EKS denies the call, ClusterError if the cluster has no API."""

    def token(self, cluster: str) -> str:
        """Return a new bearer token."""


class RosterStore(Protocol):
    """Which workers each cluster had in the last scan."""

    def load(self, clusters: Sequence[str]) -> tuple[Roster, ...]:
        """Return the rosters of these clusters, of all where none is named."""

    def save(self, rosters: Sequence[Roster]) -> None:
        """Store rosters; each replaces that of its cluster."""


class MetricSink(Protocol):
    """Publishes metrics."""

    def publish(self, metrics: Sequence[Metric]) -> None:
        """Publish them all; an error of the call is raised."""


class SeriesLedger(Protocol):
    """The metric series already billed in an hour; two scans may update it at once."""

    def paid(self, hour: str) -> LedgerPage:
        """Return the series of an hour, such as ``2026-01-15T06``."""

    def pay(self, page: LedgerPage) -> bool:
        """Store the series of an hour; False when another scan has written them since they were read."""


class CreditCache(Protocol):
    """CPU credits that were read recently."""

    def load(self) -> Mapping[str, tuple[float, Credits]]:
        """Return instance id -> when it was read, in seconds since the epoch, and what."""

    def save(self, readings: Mapping[str, tuple[float, Credits]]) -> None:
        """Replace all of them."""


class DiskCache(Protocol):
    """Limits of disks that were read recently."""

    def load(self) -> Mapping[str, tuple[float, DiskLimits]]:
        """Return instance id -> when it was read, in seconds since the epoch, and what."""

    def save(self, readings: Mapping[str, tuple[float, DiskLimits]]) -> None:
        """Replace all of them."""


class RunStore(Protocol):
    """Files shared by the steps of a fan-out scan; they are too large for the state of the state machine."""

    def put(self, name: str, content: bytes) -> None:
        """Store a file; an earlier one of the name is replaced."""

    def get(self, name: str) -> bytes | None:
        """Return a file, or None when there is none of the name."""


class Sink(Protocol):
    """Sends notifications."""

    def send(self, report: Report, whereabouts: Whereabouts = NOWHERE) -> None:
        """Send one report, with links to the whole report."""


class ReportReader(Protocol):
    """Reads stored reports."""

    def load(self, key: str) -> Report:
        """Return the report under a key; StoredReportError if missing or damaged, AccessError if denied."""


class Threads(Protocol):
    """Which thread of a chat channel belongs to which incident."""

    def load(self, *, excluding: str) -> Mapping[str, str]:
        """Return incident -> thread for the channel, without threads that the message ``excluding`` started."""

    def keep(self, incidents: Sequence[str], thread: str, *, by: str) -> None:
        """Store that a thread, started by the message ``by``, belongs to these incidents from now on."""


@immutable
class LedgerPage:
    """The metric series of one hour."""

    hour: str
    series: frozenset[str] = frozenset()
    """A short hash of each: ``metric_budget.series_hash``."""
    version: int = 0
    """How often the item was written; 0 when there is none."""


@immutable
class LoadedEpisodes:
    """The finding history of earlier scans."""

    episodes: tuple[Episode, ...] = ()
    problems: tuple[str, ...] = ()
    """One sentence for each episode that could not be decoded; its history starts again."""


class Episodes(Protocol):
    """Stores the episodes between scans; two scans may run at once."""

    def load(self, clusters: Sequence[str]) -> LoadedEpisodes:
        """Return the episodes of these clusters, all of them where none is named; resolved ones for a week."""

    def store(self, episode: Episode) -> Episode | None:
        """Store an episode as the version after ``episode.version`` (optimistic locking) and return it as stored.

        Return None when another scan stored that version first; ``reload`` returns it.
        """

    def reload(self, episode: Episode) -> Episode | None:
        """Return the stored version of an episode; None when there is none."""


class MuteList(Protocol):
    """Reads the mute list."""

    def entries(self) -> tuple[Mapping[str, object], ...]:
        """Return every entry as it was written; ``incidents.mute`` validates it."""

    def claim_notice(self, mute_id: str, *, until: datetime, now: datetime) -> bool:
        """Claim, until a time, the notice that a mute has expired; False if it was sent or another scan claimed it."""

    def close_notice(self, mute_id: str, *, now: datetime) -> None:
        """Store that the notice of an expired mute was sent."""


@immutable
class LoadedHistories:
    """The stored history of nodes, each as bytes of ``storage.history_codec``."""

    histories: Mapping[str, bytes]
    """Instance id -> encoded history; a node that is absent has none."""
    unread: frozenset[str] = frozenset()
    """Nodes whose history could not be read (throttled), so it must not be overwritten either."""


class MuteEditor(Protocol):
    """Edits the mute list."""

    def add(self, mute: Mute) -> None:
        """Store a mute; one with the same id is replaced."""

    def remove(self, mute_id: str) -> bool:
        """Remove a mute; False if no mute has this id."""


class NodeHistoryStore(Protocol):
    """Stores the history of each node between scans."""

    def load(self, instance_ids: Sequence[str]) -> LoadedHistories:
        """Return the encoded histories of these nodes."""

    def save(self, histories: Mapping[str, bytes]) -> frozenset[str]:
        """Replace histories; return the instance ids of those that could not be written (throttled)."""


@immutable
class StoredReport:
    """The keys of a stored report."""

    scan_id: str
    key: str
    page_key: str = ""
    """Key of the same report as an HTML page; empty where none was written."""


class ReportArchive(Protocol):
    """Stores whole reports for some weeks."""

    def put(self, report: Report, page: str = "") -> StoredReport:
        """Store a report, and its HTML page where one is given; it becomes the latest."""

    def latest(self) -> StoredReport:
        """Return the keys of the last report; StoredReportError if there is none."""

    def latest_page(self) -> StoredReport | None:
        """Return the keys of the last report that has a page, possibly an earlier one; None if there is none."""

    def load(self, key: str) -> Report:
        """Return a report; StoredReportError if it is missing or damaged."""

    def link(self, key: str, seconds: int) -> str:
        """Return a presigned URL of the object under a key.

        It is valid for at most so many seconds, and ends earlier with the session whose credentials signed it.
        """
