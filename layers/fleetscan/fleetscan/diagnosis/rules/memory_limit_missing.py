"""A pod that uses much of the node has no memory limit.

What it means: without a limit a pod may use all memory of its node. This one does not yet, but it uses a good part
of it.

Why it hurts: when memory runs out, the node and every pod on it suffer, not only the pod that grew. And a pod
without a limit is never OOM-killed at a limit of its own, so the reason of its termination has to be looked for
elsewhere: the incident began like this.

What to do: give each container a limit, a bit above what it uses.

Source: the incident (a pod with a request of 500Mi and no limit). The shares of 20% and 10% are our own figures.
Information only. With access to the Kubernetes API the finding also says which container has no limit, what was
requested, and how requests and limits of all pods compare with what the node's cgroups use; a pod then counts from
10% on if it uses twice what it requested.
"""

from __future__ import annotations

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.measures.pod_memory import PodMemory, are_all_pods_listed, in_all, pod_memory, used_by_all
from fleetscan.diagnosis.rule import Rule, known
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Suspect, Window
from fleetscan.quantities import counted, percent, size


@immutable
class Limits:
    """The thresholds of the rule."""

    info_ratio: float = 0.20
    """Share of MemTotal that one pod uses [inference]."""
    unrequested_ratio: float = 0.10
    """The same for a pod that uses far more memory than it requested [inference]."""


UNREQUESTED_TIMES = 2.0
"""A pod uses far more than it requested from this multiple on [inference]."""

DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Name the pods without a limit that use much of the memory, with their requests if the Kubernetes API was read."""
    pods = pod_memory(window)
    all_bytes = known(window.last[Meminfo].total_bytes, "MemTotal")
    large = [pod for pod in pods if pod.limit_bytes is None and _is_large(pod, all_bytes, limits)]
    if not large:
        return None
    largest = max(large, key=lambda pod: pod.used_bytes)
    ratio = largest.used_bytes / all_bytes
    least = "" if are_all_pods_listed(window) else "at least "
    others = f"; {least}{counted(len(large) - 1, 'more pod')} like it" if len(large) > 1 else ""
    limit = limits.info_ratio if ratio >= limits.info_ratio else limits.unrequested_ratio
    text = (
        f"{largest.name} uses {size(largest.used_bytes)} of {size(all_bytes)} ({percent(ratio)}, threshold "
        f"{percent(limit)}) and has no memory limit{_described(largest)}{others}"
        f"{in_all(window, used_bytes=used_by_all(window))}"
    )
    return Evidence(
        severity=Severity.INFO,
        text=text,
        measured=ratio,
        limit=limit,
        suspects=tuple(_suspect(pod, all_bytes) for pod in large),
    )


def _is_large(pod: PodMemory, all_bytes: int, limits: Limits) -> bool:
    if pod.used_bytes >= limits.info_ratio * all_bytes:
        return True
    is_beyond = pod.request_bytes is not None and pod.used_bytes >= UNREQUESTED_TIMES * pod.request_bytes
    return is_beyond and pod.used_bytes >= limits.unrequested_ratio * all_bytes


def _described(pod: PodMemory) -> str:
    """Return what the Kubernetes API adds: the containers without a limit, the owner, the request."""
    if not pod.is_described:
        return ""
    where = f" for {' and '.join(pod.unlimited_containers[:2])}" if pod.unlimited_containers else ""
    owner = f" ({pod.owner})" if pod.owner else ""
    requested = "no memory request" if pod.request_bytes is None else f"memory request {size(pod.request_bytes)}"
    return f"{where}{owner}; {requested}"


def _suspect(pod: PodMemory, all_bytes: int) -> Suspect:
    return Suspect(
        kind="pod",
        name=pod.name,
        reason=f"uses {size(pod.used_bytes)} and has no memory limit",
        share=min(1.0, pod.used_bytes / all_bytes),
    )


RULE = Rule(
    id="memory_limit_missing",
    severity=Severity.INFO,
    title="Large pod without a memory limit",
    remedy=(
        "    kubectl set resources deployment NAME -n NAMESPACE --limits=memory=1Gi\n"
        "Sets a memory limit: choose it a bit above what the containers use.\n"
        "    kubectl top pod POD -n NAMESPACE --containers\n"
        "Shows what each container of the pod uses."
    ),
    limits=DEFAULTS,
    check=check,
    is_inventory=True,
)
