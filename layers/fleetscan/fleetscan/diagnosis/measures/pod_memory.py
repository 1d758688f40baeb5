"""Pods by the memory of their cgroups, with their requests if the Kubernetes API was read."""

from __future__ import annotations

from fleetscan.capture.procfs.pods import Pods
from fleetscan.capture.procfs.slices import Slices
from fleetscan.diagnosis.measures.pod_cpus import POD_SLICES
from fleetscan.immutable import immutable
from fleetscan.model import Window
from fleetscan.model.kubernetes import NodeView, ScheduledPod, ScheduledPods
from fleetscan.quantities import counted, size


@immutable
class PodMemory:
    """One of the largest pods. None is "not set", of a request as of a limit."""

    name: str
    """``namespace/name``."""
    used_bytes: int
    """memory.current of its cgroup, including page cache."""
    limit_bytes: int | None
    """The cgroup's limit, which the kernel enforces."""
    is_described: bool = False
    """Whether the API knows it; if not, the following fields are unknown."""
    request_bytes: int | None = None
    owner: str = ""
    """``Deployment live/checkout``; empty for a pod without an owner."""
    unlimited_containers: tuple[str, ...] = ()


def pod_memory(window: Window) -> tuple[PodMemory, ...]:
    """Return the largest pods of the node; AbsentError if the node reported none."""
    seen = window.last[Pods]
    scheduled = window.last.get(ScheduledPods)
    listed = () if scheduled is None else scheduled.pods
    by_name = {one.title: one for one in listed}
    by_uid = {one.uid: one for one in listed if one.uid}
    found = []
    for pod in seen.pods:
        described = by_uid.get(pod.uid) or by_name.get(pod.name)
        found.append(
            PodMemory(
                name=pod.name if described is None else described.title,
                used_bytes=pod.memory_bytes,
                limit_bytes=pod.limit_bytes,
                is_described=described is not None,
                request_bytes=None if described is None else described.memory_request_bytes,
                owner="" if described is None else _owner(described),
                unlimited_containers=() if described is None else described.unlimited_containers,
            )
        )
    return tuple(found)


def are_all_pods_listed(window: Window) -> bool:
    """Whether the node listed all of its pods, not only the largest; counts of a list that was cut are the least."""
    pods = window.last.get(Pods)
    return pods is not None and len(pods.pods) >= pods.count


def used_by_all(window: Window) -> int | None:
    """Return what the cgroups of all pods hold, including page cache; None if the node did not report it."""
    slices = window.last.get(Slices)
    parts = () if slices is None else slices.slices
    held = [one.memory_bytes for one in parts if one.name in POD_SLICES and one.memory_bytes is not None]
    return sum(held) if held else None


def in_all(window: Window, *, used_bytes: int | None = None) -> str:
    """Return how requests and limits of all pods on the node compare with what it has, as the end of a sentence.

    ``used_bytes`` is what they use, if the sentence does not say it already. Empty if the API was not read.
    """
    scheduled = window.last.get(ScheduledPods)
    if scheduled is None or not scheduled.pods:
        return ""
    pods = scheduled.pods
    view = window.last.get(NodeView)
    there = None if view is None else view.allocatable_memory_bytes
    requests = sum(pod.memory_request_bytes or 0 for pod in pods)
    limits = [pod.memory_limit_bytes for pod in pods if pod.memory_limit_bytes is not None]
    unlimited = len(pods) - len(limits)
    of = "" if there is None else f" of {size(there)} allocatable"
    used = "" if used_bytes is None else f" {'uses' if len(pods) == 1 else 'use'} {size(used_bytes)},"
    asks = "requests" if len(pods) == 1 else "request"
    words = f"; the node's {counted(len(pods), 'pod')}{used} {asks} {size(requests)}{of}"
    if unlimited:
        words += f", {unlimited} have no limit" if unlimited > 1 else ", 1 has no limit"
    if limits:
        others = " of the others" if unlimited else ""
        words += f", the limits{others} add up to {size(sum(limits))}"
    return words


def _owner(pod: ScheduledPod) -> str:
    return f"{pod.owner_kind} {pod.namespace}/{pod.owner_name}" if pod.owner_kind and pod.owner_name else ""
