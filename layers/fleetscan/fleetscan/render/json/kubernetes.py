"""Kubernetes' own view as plain values for JSON: of a node, and of the clusters with DaemonSets and terminations."""

from __future__ import annotations

from datetime import datetime

from fleetscan.model import Report
from fleetscan.model.audit import Audited
from fleetscan.model.kubernetes import ClusterEvent, ClusterView, NodeView, PodEnd, PodTimeline
from fleetscan.render.words.daemonset_words import answers
from fleetscan.render.words.escape import sanitized

_CHARACTERS = 2_000
_ITEMS = 1_000

type Value = str | int | float | bool | list[Value] | dict[str, Value] | None


def document(report: Report) -> dict[str, Value]:
    """Return what the clusters reported: whether they responded, the audit of DaemonSets, and the pod terminations."""
    return {
        "clusters": [_cluster(one) for one in report.clusters[:_ITEMS]],
        "daemonsets": [_daemonset(one) for one in report.audit[:_ITEMS]],
        "stories": [termination(one) for one in report.stories[:_ITEMS]],
    }


def node(view: NodeView | None) -> dict[str, Value] | None:
    """Return a node as Kubernetes knows it; None if it was not queried or does not know the node."""
    if view is None:
        return None
    return {
        "name": _text(view.name),
        "at": _time(view.at),
        "conditions": [
            {
                "type": _text(one.kind),
                "status": one.status.value,
                "since": _time(one.since),
                "reason": _text(one.reason),
                "message": _text(one.message),
            }
            for one in view.conditions[:_ITEMS]
        ],
        "taints": [
            {"key": _text(one.key), "value": _text(one.value), "effect": _text(one.effect), "since": _time(one.since)}
            for one in view.taints[:_ITEMS]
        ],
        "cordoned": view.is_cordoned,
        "lease_renewed_at": _time(view.lease_renewed_at),
        "allocatable_memory_bytes": view.allocatable_memory_bytes,
        "events": [event(one) for one in view.events[:_ITEMS]],
        "ends": [_end(one) for one in view.ends[:_ITEMS]],
        "problems": [_text(why) for why in (view.why_no_events, view.why_no_ends) if why],
    }


def termination(one: PodTimeline) -> dict[str, Value]:
    """Return why one pod was terminated."""
    return {
        "cluster": _text(one.cluster),
        **_end(one.end),
        "links": [{"at": _time(link.at), "known": link.is_known, "text": _text(link.text)} for link in one.links],
    }


def event(one: ClusterEvent) -> dict[str, Value]:
    """Return one event."""
    return {
        "at": _time(one.at),
        "first_at": _time(one.first_at),
        "kind": _text(one.kind),
        "namespace": _text(one.namespace) or None,
        "name": _text(one.name),
        "node": _text(one.node) or None,
        "reason": _text(one.reason),
        "message": _text(one.message),
        "count": one.count,
        "source": _text(one.source) or None,
    }


def _end(one: PodEnd) -> dict[str, Value]:
    owner = f"{one.owner_kind} {one.owner_name}" if one.owner_kind else ""
    return {
        "pod": _text(one.title),
        "uid": _text(one.uid) or None,
        "ending": one.ending.value,
        "died_at": _time(one.at),
        "node": _text(one.node) or None,
        "owner": _text(owner) or None,
        "message": _text(one.message),
    }


def _cluster(one: ClusterView) -> dict[str, Value]:
    return {
        "cluster": _text(one.cluster),
        "at": _time(one.at),
        "answered": one.is_answered,
        "problems": [_text(problem) for problem in one.problems[:_ITEMS]],
    }


def _daemonset(one: Audited) -> dict[str, Value]:
    daemonset = one.daemonset
    keys = ("still_needed", "maintained", "updated")
    said = dict(zip(keys, answers(one), strict=True))
    return {
        "cluster": _text(daemonset.cluster),
        "namespace": _text(daemonset.namespace),
        "name": _text(daemonset.name),
        "created_at": _time(daemonset.created_at),
        "desired": daemonset.desired,
        "ready": daemonset.ready,
        "images": [_text(image) for image in daemonset.images[:_ITEMS]],
        "manager": daemonset.manager.value,
        "changed_at": _time(daemonset.changed_at),
        "changed_by": _text(daemonset.changed_by) or None,
        "listed": _text(one.listed) or None,
        "memory_limit_bytes": daemonset.memory_limit_bytes,
        "standing": one.standing.value,
        "held_bytes": None if one.culprit is None else one.culprit.held_bytes,
        "held_on_nodes": 0 if one.culprit is None else len(one.culprit.nodes),
        "answers": {key: _text(words) for key, words in said.items()},
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _text(text: str) -> str:
    return sanitized(text, _CHARACTERS)
