"""A fleet as the objects of an API server: each as Kubernetes 1.29 on EKS writes it, with the same ids every time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from simulator.fleet import Fleet
from simulator.kubernetes import daemonset_objects, event_objects, node_objects, pod_objects

type Made = Callable[[Fleet, datetime], list[dict[str, Any]]]

MAKERS: Mapping[str, Made] = {
    "Node": node_objects.nodes,
    "Lease": node_objects.leases,
    "Event": event_objects.events,
    "DaemonSet": daemonset_objects.daemonsets,
    "Pod": pod_objects.pods,
}


def objects(fleet: Callable[[], Fleet], clock: Callable[[], float]) -> Callable[[str], Sequence[Mapping[str, Any]]]:
    """Return what gives every object of a kind as it is now, in the order in which an API server lists: by key."""

    def of_kind(kind: str) -> Sequence[Mapping[str, Any]]:
        made = MAKERS[kind](fleet(), datetime.fromtimestamp(clock(), UTC))
        return sorted(made, key=lambda one: (one["metadata"].get("namespace", ""), one["metadata"]["name"]))

    return of_kind
