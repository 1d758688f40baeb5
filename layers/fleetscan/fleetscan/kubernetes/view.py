"""Joins the lists of one cluster: each node with its lease, its events and its terminated pods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from fleetscan.kubernetes.bounds import ENDS_OF_A_NODE, EVENTS_OF_A_NODE
from fleetscan.kubernetes.ending import merged, of_events
from fleetscan.kubernetes.event import oldest_first
from fleetscan.model.kubernetes import ClusterEvent, ClusterView, DaemonSet, NodeView, PodEnd


def joined(
    *,
    cluster: str,
    at: datetime,
    nodes: Iterable[NodeView],
    heartbeats: Mapping[str, datetime],
    node_events: Sequence[ClusterEvent],
    pod_events: Sequence[ClusterEvent],
    daemonsets: Iterable[DaemonSet],
    pod_ends: Iterable[PodEnd],
    problems: Iterable[str],
    is_answered: bool,
    are_nodes_whole: bool = True,
    are_daemonsets_whole: bool = False,
    why_no_events: str = "",
    why_no_ends: Mapping[str, str] | None = None,
) -> ClusterView:
    """Return the view of one cluster. The newest events and pod ends of a node are kept with it.

    ``why_no_ends`` is by the name of a node, or of all under the empty name.
    """
    unread = why_no_ends or {}
    ends = merged(pod_ends, of_events(pod_events))
    events_of, ends_of = defaultdict[str, list[ClusterEvent]](list), defaultdict[str, list[PodEnd]](list)
    for event in oldest_first(node_events):
        events_of[event.name].append(event)
    for end in ends:
        ends_of[end.node].append(end)
    return ClusterView(
        cluster=cluster,
        at=at,
        nodes=tuple(
            replace(
                node,
                lease_renewed_at=heartbeats.get(node.name),
                events=tuple(events_of[node.name][-EVENTS_OF_A_NODE:]),
                ends=tuple(ends_of[node.name][-ENDS_OF_A_NODE:]),
                not_listed=max(0, len(ends_of[node.name]) - ENDS_OF_A_NODE),
                why_no_events=why_no_events,
                why_no_ends=unread.get("", "") or unread.get(node.name, ""),
            )
            for node in sorted(nodes, key=lambda one: one.name)
        ),
        are_nodes_whole=are_nodes_whole,
        are_daemonsets_whole=are_daemonsets_whole,
        daemonsets=tuple(sorted(daemonsets, key=lambda one: (one.namespace, one.name))),
        events=tuple(oldest_first((*node_events, *pod_events))),
        ends=tuple(ends),
        problems=tuple(problems),
        is_answered=is_answered,
    )
