"""Events, as long as an API server keeps them: 60 minutes by default."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from simulator.fleet import ClusterEventFigures, Fleet
from simulator.kubernetes.stamps import ago, micro_ago, uid
from simulator.tree.pods import digest
from simulator.tree.pods import pods as pods_of

KEPT_MINUTES = 60.0
"""``--event-ttl`` of the API server; EKS does not change it."""
_NEW_API = frozenset({"default-scheduler", "taint-eviction-controller"})
"""Components that write events of events.k8s.io: one time, and a series where it happens again."""


def events(fleet: Fleet, now: datetime) -> list[dict[str, Any]]:
    """Return the events of the last hour."""
    known = {pod.name: pod.uid for node in fleet.nodes for pod in pods_of(fleet, node)}
    return [_event(fleet, one, now, known) for one in fleet.cluster_events if one.minutes_ago <= KEPT_MINUTES]


def _event(fleet: Fleet, one: ClusterEventFigures, now: datetime, known: Mapping[str, str]) -> dict[str, Any]:
    about = _about(fleet, one, known)
    identity = digest("event", about["kind"], about["name"], one.reason, str(one.minutes_ago))
    host = fleet.node(one.node).private_dns_name if one.node and one.component == "kubelet" else ""
    first = one.minutes_ago if one.first_minutes_ago is None else one.first_minutes_ago
    event: dict[str, Any] = {
        "metadata": {
            "name": f"{about['name']}.{identity[:16]}",
            "namespace": about.get("namespace", "default"),
            "uid": uid("event", identity),
            "resourceVersion": "48213870",
            "creationTimestamp": ago(now, minutes=first),
        },
        "involvedObject": about,
        "reason": one.reason,
        "message": one.message,
        "type": "Warning" if one.warning else "Normal",
    }
    if one.component in _NEW_API:
        series = {"count": one.count, "lastObservedTime": micro_ago(now, minutes=one.minutes_ago)}
        return (
            event
            | {
                "eventTime": micro_ago(now, minutes=first),
                "firstTimestamp": None,
                "lastTimestamp": None,
                "source": {},
                "action": "Scheduling",
                "reportingComponent": one.component,
                "reportingInstance": f"{one.component}-ip-172-16-0-10",
            }
            | ({"series": series} if one.count > 1 else {})
        )
    return event | {
        "eventTime": None,
        "firstTimestamp": ago(now, minutes=first),
        "lastTimestamp": ago(now, minutes=one.minutes_ago),
        "count": one.count,
        "source": {"component": one.component} | ({"host": host} if host else {}),
        "reportingComponent": "",
        "reportingInstance": "",
    }


def _about(fleet: Fleet, one: ClusterEventFigures, known: Mapping[str, str]) -> dict[str, str]:
    if not one.pod:
        node = fleet.node(one.node)
        # A kubelet gives its node's name as the id, the node controller the id.
        node_uid = node.private_dns_name if one.component == "kubelet" else uid("node", node.instance_id)
        return {"kind": "Node", "name": node.private_dns_name, "uid": node_uid, "apiVersion": "v1"}
    namespace, _, name = one.pod.partition("/")
    about = {"kind": "Pod", "namespace": namespace, "name": name, "apiVersion": "v1"}
    # The taint manager knows the pod it deletes by name only.
    return about if one.reason == "TaintManagerEviction" else about | {"uid": known.get(name, uid("pod", name))}
