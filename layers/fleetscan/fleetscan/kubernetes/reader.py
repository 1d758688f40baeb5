"""Reads the Kubernetes API of clusters: implements ``ports.ClusterReader``."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from fleetscan.kubernetes import daemonset, ending, event, lease, node, pod
from fleetscan.kubernetes.bounds import PODS_OF_A_NODE
from fleetscan.kubernetes.errors import unopened
from fleetscan.kubernetes.listing import Objects
from fleetscan.kubernetes.query import ClusterQuery
from fleetscan.kubernetes.questions import (
    DAEMONSETS,
    FAILED_PODS,
    LEASES,
    NODE_EVENTS,
    NODES,
    POD_EVENTS,
    Question,
    pods_of,
)
from fleetscan.kubernetes.view import joined
from fleetscan.model import Node
from fleetscan.model.kubernetes import ClusterEvent, ClusterView, NodeView, PodEnd, ScheduledPod, ScheduledPods, Status
from fleetscan.ports import Clock, ClusterAccess, ClusterEndpoint
from fleetscan.quantities import counted

if TYPE_CHECKING:
    from lightkube.models.core_v1 import Pod

MOST_NODES = 10_000
"""Twice the number that Kubernetes supports per cluster."""
MOST_EVENTS = 5_000
"""The newest events of nodes, and as many of pods. One takes about a kilobyte."""
MOST_DAEMONSETS = 1_000
MOST_ENDS = 2_000
MOST_LOST_NODES = 20
"""NotReady nodes whose pods are listed in each scan: one request each."""
LEAST_SECONDS = 2.0
"""A cluster for which less time is left is not queried."""

NOT_ALL_EVENTS = "the events of nodes could not all be read"
NOT_ALL_ENDS = "the failed pods and the events of pods could not all be read"
NOT_ITS_PODS = "the node is NotReady, and its pods could not all be read"

_NEVER = datetime.min.replace(tzinfo=UTC)

logger = logging.getLogger(__name__)


class Lists(Protocol):
    """A connection to one cluster."""

    def objects(self, question: Question, *, is_paged: bool) -> Iterable[Any]:
        """Yield the objects of a list, as lightkube models them."""


type Connect = Callable[[ClusterEndpoint, Callable[[], str], float], AbstractContextManager[Lists]]
"""Connects to a cluster: endpoint, source of tokens, deadline."""


class Listener(Protocol):
    """Who keeps what is read."""

    def listening(self, cluster: str, objects: Objects) -> Objects:
        """Return what asks the same, and is kept."""


class ApiClusterReader:
    """Reads the clusters of a scan one after the other, each within its share of the time that is left."""

    def __init__(
        self, access: ClusterAccess, connect: Connect, clock: Clock, *, listener: Listener | None = None
    ) -> None:
        self._access = access
        self._connect = connect
        self._clock = clock
        self._listener = listener

    def views(self, nodes: Sequence[Node], *, deadline: float) -> tuple[ClusterView, ...]:
        """Return one view for each cluster that these nodes are of, by name; errors of a cluster are in its view."""
        clusters = sorted({one.cluster for one in nodes if one.cluster})
        views = []
        for done, cluster in enumerate(clusters):
            now = self._clock()
            views.append(self._view(cluster, now + (deadline - now) / (len(clusters) - done)))
        return tuple(views)

    def pods(self, cluster: str, names: Sequence[str], *, deadline: float) -> Mapping[str, ScheduledPods]:
        """Return Kubernetes' name of a node -> its pods; a node that could not be queried in time is absent."""
        if not names:
            return {}
        at = self._now()
        found: dict[str, ScheduledPods] = {}
        try:
            endpoint = self._access.endpoint(cluster)
            with self._open(cluster, endpoint, deadline) as lists:
                query = self._query(cluster, endpoint, lists)
                for name in dict.fromkeys(names):
                    asked = query.ask(pods_of(name), _both, most=PODS_OF_A_NODE)
                    if asked.is_complete:
                        found[name] = _on_node(asked.values, at, asked.left_out)
        except Exception as error:  # noqa: BLE001 - what is asked in addition must not cost a scan
            logger.warning("The pods of %s were not listed: %s", cluster, unopened(error))
            return found
        for problem in query.problem_sentences():
            logger.warning("The pods of %s: %s", cluster, problem)
        return found

    def _view(self, cluster: str, deadline: float) -> ClusterView:
        at = self._now()
        if deadline - self._clock() < LEAST_SECONDS:
            return _unanswered(cluster, at, "The scan had no time left to query this cluster's API.")
        try:
            endpoint = self._access.endpoint(cluster)
            with self._open(cluster, endpoint, deadline) as lists:
                return _asked(self._query(cluster, endpoint, lists), at)
        except Exception as error:
            logger.info("The API of %s was not queried", cluster, exc_info=True)
            return _unanswered(cluster, at, unopened(error))

    def _query(self, cluster: str, endpoint: ClusterEndpoint, lists: Lists) -> ClusterQuery:
        objects = lists.objects
        if self._listener is not None:
            objects = self._listener.listening(cluster, objects)
        return ClusterQuery(cluster, endpoint, objects)

    def _open(self, cluster: str, endpoint: ClusterEndpoint, deadline: float) -> AbstractContextManager[Lists]:
        return self._connect(endpoint, partial(self._access.token, cluster), deadline)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def cluster_reader(
    access: ClusterAccess, clock: Clock, sleep: Callable[[float], None], *, listener: Listener | None = None
) -> ApiClusterReader:
    """Return what asks clusters; lightkube is imported with the first. Who listens keeps what is read."""

    def connect(endpoint: ClusterEndpoint, token: Callable[[], str], deadline: float) -> AbstractContextManager[Lists]:
        from fleetscan.kubernetes.session import Session  # noqa: PLC0415 - 0.2 s that nobody pays who does not ask

        return Session(endpoint, token=token, clock=clock, sleep=sleep, deadline=deadline)

    return ApiClusterReader(access, connect, clock, listener=listener)


def _asked(query: ClusterQuery, at: datetime) -> ClusterView:
    """Request every list of one cluster, one after the other, and join the results."""
    nodes = query.ask(NODES, partial(node.view, at=at), most=MOST_NODES)
    heartbeats = query.ask(LEASES, lease.heartbeat, most=MOST_NODES).values
    node_events = query.ask(NODE_EVENTS, event.kept, most=MOST_EVENTS, order=_event_time)
    pod_events = query.ask(POD_EVENTS, event.kept, most=MOST_EVENTS, order=_event_time)
    daemonsets = query.ask(DAEMONSETS, partial(daemonset.audited, cluster=query.cluster), most=MOST_DAEMONSETS)
    failed = query.ask(FAILED_PODS, ending.of_pod, most=MOST_ENDS, order=_end_time)
    ends = failed.values
    unread = {} if pod_events.is_complete and failed.is_complete else {"": NOT_ALL_ENDS}
    lost = {one.name: since for one in nodes.values for since in _lost_since(one)}
    unread |= dict.fromkeys(lost, NOT_ITS_PODS)
    for name in [*lost][:MOST_LOST_NODES]:
        of_lost = partial(ending.of_pod, lost_since=lost[name])
        asked = query.ask(pods_of(name), of_lost, most=PODS_OF_A_NODE, order=_end_time)
        ends += asked.values
        if asked.is_complete:
            del unread[name]
    if len(lost) > MOST_LOST_NODES:
        more = counted(len(lost) - MOST_LOST_NODES, "further NotReady node", "further NotReady nodes")
        query.problems.append(f"The pods of {more} were not listed.")
    return joined(
        cluster=query.cluster,
        at=at,
        nodes=nodes.values,
        heartbeats=dict(heartbeats),
        node_events=node_events.values,
        pod_events=pod_events.values,
        daemonsets=daemonsets.values,
        pod_ends=ends,
        problems=query.problem_sentences(),
        is_answered=query.is_answered,
        are_nodes_whole=nodes.is_complete and not nodes.left_out and not nodes.invalid,
        are_daemonsets_whole=daemonsets.is_complete and not daemonsets.left_out and not daemonsets.invalid,
        why_no_events="" if node_events.is_complete else NOT_ALL_EVENTS,
        why_no_ends=unread,
    )


def _both(one: Pod) -> tuple[ScheduledPod | None, PodEnd | None]:
    return pod.scheduled(one), ending.of_pod(one)


def _on_node(pods: Iterable[tuple[ScheduledPod | None, PodEnd | None]], at: datetime, left_out: int) -> ScheduledPods:
    both = list(pods)
    return ScheduledPods(
        pods=tuple(sorted((one for one, _ in both if one), key=lambda one: (one.namespace, one.name))),
        at=at,
        ends=tuple(sorted((end for _, end in both if end), key=_end_time)),
        not_listed=left_out,
    )


def _lost_since(one: NodeView) -> Iterable[datetime | None]:
    """Yield since when a node is NotReady, None if unknown; nothing for a node without a Ready condition."""
    ready = one.condition("Ready")
    if ready is not None and ready.status is not Status.TRUE:
        yield ready.since


def _event_time(one: ClusterEvent) -> datetime:
    return one.at


def _end_time(one: PodEnd) -> datetime:
    return one.at or _NEVER


def _unanswered(cluster: str, at: datetime, problem: str) -> ClusterView:
    return ClusterView(cluster=cluster, at=at, problems=(problem,), is_answered=False)
