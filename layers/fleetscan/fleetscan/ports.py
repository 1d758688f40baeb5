"""What the pipeline needs from the outside, as protocols that the core owns.

``aws/`` implements them with boto3, tests with plain fakes. One answer for every node given:
trouble of one node is a value, trouble of a whole call is botocore's own error or an AccessError.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from fleetscan.immutable import immutable
from fleetscan.model import Capture, CreditMode, Credits, Metric, Node, Report
from fleetscan.model.death import ClusterPast, Death
from fleetscan.model.episode import Episode, Mute
from fleetscan.model.kubernetes import ClusterEvent, ClusterView, ScheduledPods
from fleetscan.model.whereabouts import NOWHERE, Whereabouts

type Clock = Callable[[], float]
"""Seconds since the epoch; injected so that no test waits."""

type Once = Callable[[str, Callable[[], str]], str]
"""Called with a key and work that returns a text: does the work unless it was done under that key, and returns the
text of whoever did it. Raises where somebody else is at it, or what the work raises; then it may be tried again."""

type Progress = Callable[[str, int, int], None]
"""Called with a stage (``discovery``, ``collection``, ``analysis``), done and total.

``answers`` beside ``collection`` is how many of those that it is done with have answered themselves.
"""


class Inventory(Protocol):
    """Which workers exist."""

    def workers(self) -> tuple[Node, ...]:
        """Return every running EC2 worker of the Region's EKS clusters that were asked for."""

    def empty_clusters(self, workers: Iterable[Node]) -> tuple[str, ...]:
        """Return the EKS clusters of the Region that have no worker among these."""


class Meanwhile(Protocol):
    """What a collector's caller does while the collector waits for nodes."""

    def answered(self, capture: Capture) -> None:
        """Take the capture of a node that has answered; it will not change any more."""

    def work(self, seconds: float) -> None:
        """Work for at most so long, and not at all where there is nothing to do."""


class Collector(Protocol):
    """Runs the collection script."""

    def collect(
        self, nodes: Sequence[Node], *, deadline: float, meanwhile: Meanwhile | None = None
    ) -> tuple[Capture, ...]:
        """Return exactly one capture for every node, by the deadline (seconds of the clock)."""


class CreditReader(Protocol):
    """What CPU credits the burstable nodes have."""

    def modes(self, nodes: Sequence[Node]) -> Mapping[str, CreditMode]:
        """Return instance id -> mode for the burstable ones; others are absent."""

    def credits(
        self, nodes: Sequence[Node], modes: Mapping[str, CreditMode], *, fresh: Collection[str] = ()
    ) -> Mapping[str, Credits]:
        """Return instance id -> credits with balances, read from metrics; only asked for suspicious nodes.

        Those of the nodes in ``fresh`` are read now; others may be as old as their ``age_seconds`` says.
        """


class ClusterReader(Protocol):
    """What Kubernetes itself says. Optional: a cluster whose API does not answer is a view that says why."""

    def views(self, nodes: Sequence[Node], *, deadline: float) -> tuple[ClusterView, ...]:
        """Return one view for each cluster of these nodes, by the deadline; never raises for one cluster's trouble."""

    def pods(self, cluster: str, names: Sequence[str], *, deadline: float) -> Mapping[str, ScheduledPods]:
        """Return Kubernetes' name of a node -> the pods on it; a node that could not be asked is absent."""


class ClusterMemory(Protocol):
    """What is kept of Kubernetes' events and of the deaths of pods, beyond the hour that Kubernetes keeps it."""

    def load(self, clusters: Sequence[str]) -> ClusterPast:
        """Return what is kept of these clusters, all of them where none is named."""

    def save(self, events: Mapping[str, Sequence[ClusterEvent]], deaths: Sequence[Death]) -> tuple[str, ...]:
        """Keep what is given, cluster -> events and deaths, and return a sentence for what was not kept."""

    def deaths(self, pod: str) -> ClusterPast:
        """Return the deaths, and the events, of pods whose ``namespace/name`` begins so."""


@immutable
class ClusterEndpoint:
    """Where the API of a cluster is, and how to know that it is the one."""

    url: str
    authority_pem: str
    """The certificate authority that signed the server's certificate."""
    is_private: bool = False
    """Whether it can only be reached from inside the cluster's network."""
    authentication_mode: str = ""
    """``API``, ``API_AND_CONFIG_MAP`` or ``CONFIG_MAP``, where EKS tells; the last knows no access entries."""


class ClusterAccess(Protocol):
    """The way to a cluster's API."""

    def endpoint(self, cluster: str) -> ClusterEndpoint:
        """Return where its API is. Raises AccessError where it may not be asked, ClusterError where there is none."""

    def token(self, cluster: str) -> str:
        """Return a bearer token that is new."""


class MetricSink(Protocol):
    """Where numbers go."""

    def publish(self, metrics: Sequence[Metric]) -> None:
        """Publish them all; an error of the call is raised."""


class SeriesLedger(Protocol):
    """Which metric series are paid for in an hour; two scans may be at it at once."""

    def paid(self, hour: str) -> LedgerPage:
        """Return what is noted of an hour, such as ``2026-01-15T06``."""

    def pay(self, page: LedgerPage) -> bool:
        """Note what is paid for; False when somebody else has noted something since the page was read."""


class CreditBook(Protocol):
    """The CPU credits that were read lately."""

    def load(self) -> Mapping[str, tuple[float, Credits]]:
        """Return instance id -> when it was read, in seconds since the epoch, and what."""

    def save(self, readings: Mapping[str, tuple[float, Credits]]) -> None:
        """Replace all of them."""


class RunStore(Protocol):
    """What the steps of a scan of many targets hand to each other: too much for the state between them."""

    def put(self, name: str, content: bytes) -> None:
        """Store a file; an earlier one of the name is replaced."""

    def get(self, name: str) -> bytes | None:
        """Return a file, or None when there is none of the name."""


class Sink(Protocol):
    """Where a report goes that is worth a message."""

    def send(self, report: Report, whereabouts: Whereabouts = NOWHERE) -> None:
        """Deliver one report, with where more of it is to be found."""


class ReportReader(Protocol):
    """Where whole reports are kept."""

    def load(self, key: str) -> Report:
        """Return the report under a key; ShelfError when there is none or it is damaged, AccessError when refused."""


class Threads(Protocol):
    """Which thread of a chat's channel tells of which incident."""

    def load(self, *, but_by: str) -> Mapping[str, str]:
        """Return incident -> thread, for all that are remembered of the channel but those that a message began."""

    def keep(self, incidents: Sequence[str], thread: str, *, by: str) -> None:
        """Remember that a thread, which a message began, tells of these incidents from now on."""


@immutable
class LedgerPage:
    """The metric series of one hour."""

    hour: str
    series: frozenset[str] = frozenset()
    """A short hash of each: ``series_budget.mark``."""
    version: int = 0
    """How often the page was written; 0 when it is blank."""


@immutable
class Remembered:
    """What is remembered of earlier scans."""

    episodes: tuple[Episode, ...] = ()
    problems: tuple[str, ...] = ()
    """One sentence for each episode that could not be understood; its life begins anew."""


class Episodes(Protocol):
    """The episodes that are remembered between scans, where two scans may run at once."""

    def load(self, clusters: Sequence[str]) -> Remembered:
        """Return the episodes of these clusters, all of them where none is named; resolved ones for a week."""

    def store(self, episode: Episode) -> Episode | None:
        """Store what was ``episode.version`` when it was loaded, as the next version, and return it as stored.

        Return None when somebody stored another one in the meantime; ``again`` says which.
        """

    def again(self, episode: Episode) -> Episode | None:
        """Return what is stored now in the place of an episode; None when there is nothing."""


class MuteBook(Protocol):
    """The mute list, as people keep it."""

    def entries(self) -> tuple[Mapping[str, object], ...]:
        """Return every entry as it was written; ``fleet.mute`` understands it, or says why not."""

    def take(self, mute_id: str, *, until: datetime, now: datetime) -> bool:
        """Take on to tell that a mute has run out, until a time; False when it is told, or somebody else is at it."""

    def close(self, mute_id: str, *, now: datetime) -> None:
        """Note that it has been told that a mute has run out."""


@immutable
class Recall:
    """The memory of nodes, each as bytes that ``fleet.ring`` understands."""

    rings: Mapping[str, bytes]
    """Instance id -> ring; a node that is not in it has none."""
    unread: frozenset[str] = frozenset()
    """Nodes whose rings could not be had this time, and so must not be written either."""


class MuteEditor(Protocol):
    """The mute list, as people change it."""

    def add(self, mute: Mute) -> None:
        """Store a mute; an earlier one of the same id is replaced."""

    def remove(self, mute_id: str) -> bool:
        """Remove a mute; False where there is none of this id."""


class NodeMemory(Protocol):
    """What is kept of each node from scan to scan."""

    def load(self, instance_ids: Sequence[str]) -> Recall:
        """Return the rings of these nodes."""

    def save(self, rings: Mapping[str, bytes]) -> frozenset[str]:
        """Replace rings, and return the instance ids of those that could not be written this time."""


@immutable
class StoredReport:
    """Where a report lies on the shelf."""

    scan_id: str
    key: str
    page_key: str = ""
    """Of the same report as an HTML page; empty where none was written."""


class Shelf(Protocol):
    """Where whole reports are kept for some weeks, for people to come back to."""

    def put(self, report: Report, page: str = "") -> StoredReport:
        """Store a report, as an HTML page too where one is given; it is then the latest."""

    def latest(self) -> StoredReport:
        """Return where the last report is; ShelfError when there is none."""

    def latest_page(self) -> StoredReport | None:
        """Return where the last report with a page is, which may be an earlier one; None when there is none."""

    def load(self, key: str) -> Report:
        """Return a report; ShelfError when there is none of this key, or it is damaged."""

    def link(self, key: str, seconds: int) -> str:
        """Return a URL by which anybody can read what is stored under a key.

        For so many seconds at most: it ends with the session whose credentials made it.
        """
