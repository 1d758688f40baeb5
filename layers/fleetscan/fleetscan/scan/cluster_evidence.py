"""Reads evidence from Kubernetes: every cluster before the nodes are evaluated, then the pods of nodes with problems.

All of it is optional: on any error the scan goes on, and a note says what was not read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta

from fleetscan.diagnosis.order import worst_first
from fleetscan.errors import in_words
from fleetscan.immutable import immutable
from fleetscan.model import Diagnosis, Node, Severity
from fleetscan.model.death import ClusterPast
from fleetscan.model.in_cluster import NOT_ASKED, PODS_NOT_ASKED, InCluster, ListedDaemonSets
from fleetscan.model.kubernetes import ClusterEvent, ClusterView, NodeView, PodEnd, ScheduledPods, Status
from fleetscan.ports import Clock, ClusterHistoryStore, ClusterReader
from fleetscan.quantities import counted, duration
from fleetscan.terminations.events import merged, with_past
from fleetscan.terminations.unanswered import problems_of

type Notes = tuple[str, ...]

JOINING = timedelta(minutes=15)
"""A node that runs for longer without joining the cluster will not join by itself (own choice; usual is a minute)."""

POD_SECONDS = 8.0
"""Least time reserved for listing the pods of nodes with problems."""

NAMED = 3
"""Most names in a sentence."""

RECENT = timedelta(hours=1)
"""A node with a younger event or pod end counts as one with a problem."""


@immutable
class Answers:
    """What Kubernetes returned in one scan, joined with the stored history."""

    views: tuple[ClusterView, ...] = ()
    by_instance: Mapping[str, InCluster] = field(default_factory=dict)
    """Instance id -> data of the node; a node that is absent was not requested."""
    past: ClusterPast = field(default_factory=ClusterPast)
    is_history_loaded: bool = False
    """Whether the history could be read; if not, it is not overwritten either."""
    notes: Notes = ()

    def of(self, instance_id: str, pods: ScheduledPods | None = None) -> InCluster:
        """Return the data of one node, with its pods if they were listed."""
        found = self.by_instance.get(instance_id) or InCluster()
        if pods is None or found.view is None:
            return found
        return replace(found, pods=pods, view=with_past(found.view, (), pods.ends))


def ask_clusters(
    reader: ClusterReader | None,
    store: ClusterHistoryStore | None,
    nodes: Sequence[Node],
    *,
    now: datetime,
    deadline: float,
    why_no_reader: str = NOT_ASKED,
) -> Answers:
    """Query each cluster of these nodes once, by the deadline (seconds of the clock), and load its history."""
    if not nodes:
        return Answers()
    if reader is None:
        # Whoever was not asked about has NOT_ASKED for a reason.
        told = {} if why_no_reader == NOT_ASKED else {one.instance_id: _unasked(why_no_reader) for one in nodes}
        return Answers(by_instance=told, notes=(why_no_reader,))
    try:
        views = reader.views(nodes, deadline=deadline)
    except Exception as error:  # noqa: BLE001 - optional evidence: on any error the scan goes on and reports it
        reason = f"Kubernetes was not queried: {in_words(error)}"
        return Answers(by_instance={one.instance_id: _unasked(reason) for one in nodes}, notes=(reason,))
    past, is_history_loaded = _loaded_past(store, [view.cluster for view in views])
    by_instance: dict[str, InCluster] = {}
    notes: list[str] = [*past.problems]
    for view in views:
        of_cluster = [one for one in nodes if one.cluster == view.cluster]
        problems = problems_of(view, views)
        by_instance |= _joined(view, of_cluster, past, problems)
        notes += [*problems, *_unmatched_nodes(view, of_cluster, by_instance, now)]
    joined = tuple(_without_nodes(view, by_instance) for view in views)
    return Answers(
        views=joined,
        by_instance=by_instance,
        past=past,
        is_history_loaded=is_history_loaded,
        notes=tuple(dict.fromkeys(notes)),
    )


def ask_for_pods(
    reader: ClusterReader | None,
    diagnoses: Iterable[Diagnosis],
    node_limit: int,
    *,
    clock: Clock,
    deadline: float,
) -> tuple[Mapping[str, ScheduledPods], Notes]:
    """Return instance id -> pods for the nodes with problems, the worst first, as a list of pods is large.

    A node that hangs may use up the time until the deadline, so a few seconds of the margin are reserved for this.
    """
    if reader is None:
        return {}, ()
    problem_nodes = worst_first(one for one in diagnoses if has_problem(one))
    asked = problem_nodes[:node_limit]
    notes: list[str] = []
    if len(asked) < len(problem_nodes):
        notes.append(
            f"Kubernetes listed the pods of {len(asked)} of {len(problem_nodes)} nodes with problems, worst first."
        )
    names: dict[str, dict[str, str]] = defaultdict(dict)
    for one in asked:
        if one.kubernetes is not None:
            names[one.node.cluster][one.kubernetes.name] = one.node.instance_id
    found: dict[str, ScheduledPods] = {}
    until = max(deadline, clock() + POD_SECONDS) if names else deadline
    for cluster, instances in names.items():
        try:
            answered = reader.pods(cluster, tuple(instances), deadline=until)
        except Exception as error:  # noqa: BLE001 - same
            notes.append(
                f"The pods of {counted(len(instances), 'node')} of {cluster} were not listed: {in_words(error)}"
            )
            continue
        found |= {instances[name]: pods for name, pods in answered.items() if name in instances}
        if missing := len(instances.keys() - answered.keys()):
            notes.append(f"Kubernetes did not return the pods of {counted(missing, 'node')} of {cluster}.")
    return found, tuple(notes)


def has_problem(diagnosis: Diagnosis) -> bool:
    """Return whether to list the pods of a node: it has a warning, is NotReady, or had a recent event."""
    view = diagnosis.kubernetes
    if view is None:
        return False
    if diagnosis.severity not in {None, Severity.INFO}:
        return True
    ready = view.condition("Ready")
    if ready is not None and ready.status is not Status.TRUE:
        return True
    lost = (one for one in view.ends if not one.ending.is_intended)
    moments = (*(one.at for one in view.events), *(one.at or view.at for one in lost))
    return any(at > view.at - RECENT for at in moments)


def _loaded_past(store: ClusterHistoryStore | None, clusters: Sequence[str]) -> tuple[ClusterPast, bool]:
    if store is None:
        return ClusterPast(), False
    try:
        return store.load(clusters), True
    except Exception as error:  # noqa: BLE001 - same
        return ClusterPast(problems=(f"Earlier events of Kubernetes were not loaded: {in_words(error)}",)), False


def _unasked(reason: str) -> InCluster:
    return InCluster(why_no_view=reason, why_no_pods=reason, why_no_daemonsets=reason)


def _joined(
    view: ClusterView, nodes: Sequence[Node], past: ClusterPast, problems: Sequence[str]
) -> dict[str, InCluster]:
    """Return instance id -> data of the API for each node of one cluster."""
    if not view.is_answered:
        # The same sentence as the report's note, so that it is shown once.
        reason = next(iter(problems), f"the API of {view.cluster} did not respond")
        return {one.instance_id: _unasked(reason) for one in nodes}
    by_instance = _of_instances(view.nodes)
    by_name = {one.name: one for one in view.nodes}
    events: dict[str, list[ClusterEvent]] = defaultdict(list)
    for event in past.events.get(view.cluster, ()):
        if event.kind == "Node":
            events[event.name].append(event)
    ends: dict[str, list[PodEnd]] = defaultdict(list)
    # For an end without a time the first observation counts, so that it does not stay "in the last hour".
    from_history = (
        replace(one.end, node=one.node, at=one.end.at or one.died_at)
        for one in past.deaths
        if one.cluster == view.cluster
    )
    for end in (*from_history, *view.ends):
        if end.node:
            ends[end.node].append(end)
    listed = ListedDaemonSets(count=len(view.daemonsets)) if view.daemonsets else None
    no_list = f"the DaemonSets of {view.cluster} were not listed"
    if view.are_daemonsets_whole:
        no_list = f"{view.cluster} has no DaemonSet at all"
    found: dict[str, InCluster] = {}
    for node in nodes:
        seen = by_instance.get(node.instance_id) or by_name.get(node.private_dns_name)
        if seen is None:
            why = f"Kubernetes does not know this node in {view.cluster}"
            if not view.are_nodes_whole:
                why = f"the nodes of {view.cluster} could not all be read"
            found[node.instance_id] = replace(_unasked(why), daemonsets=listed, why_no_daemonsets=no_list)
            continue
        found[node.instance_id] = InCluster(
            view=with_past(seen, events[seen.name], ends[seen.name]),
            daemonsets=listed,
            why_no_pods=PODS_NOT_ASKED,
            why_no_daemonsets=no_list,
        )
    return found


def _of_instances(nodes: Sequence[NodeView]) -> dict[str, NodeView]:
    """Return instance id -> node. An id that two nodes claim is used for neither: any node that joins can set it."""
    claims = Counter(one.instance_id for one in nodes)
    return {one.instance_id: one for one in nodes if one.instance_id and claims[one.instance_id] == 1}


def _without_nodes(view: ClusterView, by_instance: Mapping[str, InCluster]) -> ClusterView:
    """Return the view as stored in a report: its nodes are in their diagnoses, their changes in its events."""
    names = {one.name for one in view.nodes}
    views = [one.view for one in by_instance.values() if one.view is not None and one.view.name in names]
    changed = (event for one in views for event in one.events)
    return replace(view, nodes=(), events=merged(view.events, changed))


def _unmatched_nodes(
    view: ClusterView, nodes: Sequence[Node], by_instance: Mapping[str, InCluster], now: datetime
) -> Iterable[str]:
    """Yield a sentence for nodes that only EC2 or only Kubernetes knows."""
    if not view.is_answered or not view.nodes:
        return
    found = (by_instance[one.instance_id].view for one in nodes)
    matched = {one.name for one in found if one is not None}
    unseen = [one.name for one in view.nodes if one.instance_id and one.name not in matched]
    if unseen:
        yield (f"Kubernetes knows {_named(unseen, 'node')} in {view.cluster} that EC2 does not show as workers")
    if not view.are_nodes_whole:
        return
    lost = [
        f"{one.instance_id} (running for {duration((now - one.launched_at).total_seconds())})"
        for one in nodes
        if by_instance[one.instance_id].view is None and one.launched_at is not None
        if now - one.launched_at > JOINING
    ]
    if lost:
        yield f"EC2 runs {_named(lost, 'worker')} of {view.cluster} unknown to Kubernetes (not joined, or removed)"


def _named(names: Sequence[str], noun: str) -> str:
    more = len(names) - NAMED
    return f"{counted(len(names), noun)} ({', '.join(names[:NAMED])}{f' and {more:,} more' if more > 0 else ''})"
