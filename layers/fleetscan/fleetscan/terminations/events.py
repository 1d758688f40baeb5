"""Events of nodes and pods as Kubernetes reports them now, merged with those that earlier scans stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fleetscan.model.death import Silence
from fleetscan.model.kubernetes import ClusterEvent, Ending, NodeView, PodEnd, Status

NOT_READY, READY = "NodeNotReady", "NodeReady"
"""What the node controller and the kubelet say when a node's condition Ready changes."""

NODE_CONTROLLER = "node-controller"
"""Under which name it writes its events."""

SYSTEM_OOM = "SystemOOM"
"""What a kubelet says when the kernel killed something because the node itself was out of memory."""

LOST_TAINTS = frozenset({"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"})
"""Those that the node controller sets; any other NoExecute taint is somebody's wish."""
_NO_EXECUTE = "NoExecute"

SAME = timedelta(seconds=60)
"""An event of a change is written within seconds of the change itself."""

RECENT = timedelta(hours=24)
"""A change of the condition that is older tells nothing that is asked here."""

AFTER_READY = timedelta(minutes=10)
"""A pod that was to be deleted while its node was silent dies when the node is back: its kubelet learns of it then."""

MOST_OF_A_NODE = 50
"""Events and ends of one node that go into its view."""

MOST_NEW = 200
"""Events of one cluster that are kept in one scan."""
MOST_KEPT = 1_000
"""Of one cluster in all; beyond it only events of nodes are kept."""
MOST_OF_A_SUBJECT = 20
"""Of one pod or node, in one scan as in all."""


def merged(*several: Iterable[ClusterEvent]) -> tuple[ClusterEvent, ...]:
    """Return each event once, in its latest version, oldest first; the same event seen twice is one."""
    latest: dict[str, ClusterEvent] = {}
    for event in (one for events in several for one in events):
        there = latest.get(event.uid)
        if there is None or (event.at, event.count) > (there.at, there.count):
            latest[event.uid] = event
    return tuple(sorted(latest.values(), key=lambda one: (one.at, one.uid)))


def with_past(view: NodeView, events: Iterable[ClusterEvent], ends: Iterable[PodEnd]) -> NodeView:
    """Return a node's view with its stored events, and its last change of readiness as an event."""
    every = merged(view.events, events)
    every = merged(every, change_of_readiness(view, every))
    known = _once((*ends, *view.ends), view)
    seen = replace(view, events=every)
    return replace(
        view,
        events=every[-MOST_OF_A_NODE:],
        ends=tuple(with_taint(one, seen, one.at or view.at) for one in known[-MOST_OF_A_NODE:]),
        not_listed=view.not_listed + max(len(known) - MOST_OF_A_NODE, 0),
    )


def _once(ends: Iterable[PodEnd], view: NodeView) -> list[PodEnd]:
    """Return each end once, oldest first: an event without the pod's id may be the end that the pod reports with it."""
    by_key: dict[tuple[str, str, str], PodEnd] = {}
    for one in ends:
        key = (one.title, one.ending.family, one.uid)
        if one.at is not None or key not in by_key:
            by_key[key] = one
    named = {(title, ending) for title, ending, uid in by_key if uid}
    kept = [one for (title, ending, uid), one in by_key.items() if uid or (title, ending) not in named]
    return sorted(kept, key=lambda one: (one.at is None, one.at or view.at, one.title))


def other_taints(view: NodeView) -> tuple[str, ...]:
    """Return the NoExecute taints of a node that are not those of a lost one."""
    return tuple(one.key for one in view.taints if one.effect == _NO_EXECUTE and one.key not in LOST_TAINTS)


def with_taint(end: PodEnd, view: NodeView, at: datetime) -> PodEnd:
    """Return an end with what its node says of the taint for which it was deleted at that time.

    The condition and the event of such a deletion do not name the taint. That the node was lost is known from its
    taints while it is, and from its NotReady time afterwards.
    """
    if end.ending is not Ending.TAINTED:
        return end
    is_lost = any(
        one.effect == _NO_EXECUTE and one.key in LOST_TAINTS and (one.since is None or one.since <= at + SAME)
        for one in view.taints
    )
    silence = silence_before(view, at)
    if silence is not None:
        # Unlike a pod that dies when its node is back, a deletion is asked for while the node is silent.
        is_lost = is_lost or silence.ended_at is None or at <= silence.ended_at + SAME
    if is_lost:
        return replace(end, ending=Ending.NODE_LOST, by="")
    return replace(end, by=", ".join(other_taints(view)) or end.by)


def change_of_readiness(view: NodeView, events: Iterable[ClusterEvent]) -> tuple[ClusterEvent, ...]:
    """Return the last change of the condition Ready as an event, if there is no event of it.

    The condition outlives the event: that the node is not ready, or that it is ready again.
    """
    ready = view.condition("Ready")
    if ready is None or ready.since is None or ready.since < view.at - RECENT:
        return ()
    reason = READY if ready.status is Status.TRUE else NOT_READY
    known = [one for one in events if one.kind == "Node"]
    if any(one.reason == reason and abs(one.at - ready.since) <= SAME for one in known):
        return ()
    if reason == READY and not any(one.reason == NOT_READY and one.at <= ready.since for one in known):
        return ()
    return (
        ClusterEvent(
            uid=f"{view.name}/{reason}/{int(ready.since.timestamp())}",
            at=ready.since,
            kind="Node",
            name=view.name,
            reason=reason,
            message=": ".join(word for word in (ready.reason, ready.message) if word),
            node=view.name,
            # Whoever reported it, the node controller has seen every change.
            source=NODE_CONTROLLER,
        ),
    )


def silence_before(view: NodeView, died_at: datetime) -> Silence | None:
    """Return the NotReady time that a termination falls into, or that ended shortly before it; None without one.

    The order in time decides: a node that became NotReady after the pod had ended did not terminate it.
    """
    begun = [one for one in view.events if one.reason == NOT_READY and one.at <= died_at + SAME]
    if not begun:
        return None
    start = begun[-1]
    after = next((one for one in view.events if one.reason in {READY, NOT_READY} and one.at > start.at), None)
    # If it became NotReady once more, it must have been ready in between, at a time that is not known.
    ended = after.at if after is not None and after.reason == READY else None
    if ended is not None and died_at > ended + AFTER_READY:
        return None
    return Silence(begun_at=start.at, ended_at=ended, reason=start.message)


def worth_keeping(events: Sequence[ClusterEvent], kept: Sequence[ClusterEvent]) -> tuple[tuple[ClusterEvent, ...], int]:
    """Return the events of one cluster that are to be written, and how many more there would have been.

    Those that are kept as they are need no write. Nodes come before pods, late ones before early ones.
    """
    known = {one.uid: one for one in kept}
    fresh = [one for one in events if one.uid not in known or one.at > known[one.uid].at]
    fresh.sort(key=lambda one: (one.kind == "Node", one.at), reverse=True)
    of_subject = Counter((one.kind, one.namespace, one.name) for one in kept)
    chosen: list[ClusterEvent] = []
    added = 0
    for event in fresh:
        subject = (event.kind, event.namespace, event.name)
        is_new = event.uid not in known
        has_room = len(kept) + added < MOST_KEPT or event.kind == "Node"
        if len(chosen) >= MOST_NEW or (is_new and (of_subject[subject] >= MOST_OF_A_SUBJECT or not has_room)):
            continue
        chosen.append(event)
        if is_new:
            of_subject[subject] += 1
            added += 1
    return tuple(chosen), len(fresh) - len(chosen)
