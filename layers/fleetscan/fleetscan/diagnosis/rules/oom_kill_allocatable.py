"""All pods of the node together reached their memory limit and the kernel OOM-killed a process of one of them.

What it means: the kubelet sets a memory limit to the cgroup of all pods (`kubepods`): what the node has less its
reserves, about its allocatable memory. All pods together were at it. The killed process is the one with the highest
OOM score, so its pod need not be the one that grew, and need not have a limit of its own at all.

Why it hurts: Kubernetes shows the container as OOMKilled, as if it had reached its own limit, and raising that changes
nothing. Every pod of the node may be the next.

What to do: look for pods that use more than they request: requests that tell the truth keep a node from being filled
beyond what it has. Give limits to those that grow, or move some of them to another node.

Source: kubernetes.io, Reserve Compute Resources for System Daemons: `enforceNodeAllocatable` contains `pods` by
default. mm/oom_kill.c: `oom_memcg` is the cgroup whose limit was reached. The figure for critical is our own.
"""

from __future__ import annotations

from datetime import timedelta

from fleetscan.capture.procfs.pods import Pods
from fleetscan.capture.procfs.slices import Slices
from fleetscan.diagnosis.measures.oom_kills import oom_kills, processes
from fleetscan.diagnosis.measures.pod_cpus import POD_SLICES
from fleetscan.diagnosis.measures.pod_memory import PodMemory, pod_memory
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.traits import Killed
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.model.oom import OomKill, Scope
from fleetscan.quantities import counted, duration, size


@immutable
class Limits:
    """The thresholds of the rule."""

    critical_total: int = 2
    """So often within 24 hours: it was no single peak [inference]."""


KILLS_LIMIT = 1
"""One kill is enough: a pod paid for others."""

PODS_NAMED = 3
"""So many of the largest pods are in the finding."""

DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Look for kills of the last 24 hours at the limit of all pods; the largest pods are named as they are now."""
    kills = [kill for kill in oom_kills(window) if kill.scope is Scope.ALLOCATABLE]
    if len(kills) < KILLS_LIMIT:
        return None
    killed = processes(kills)
    times = f" in {len(kills)} OOM kills" if killed > len(kills) > 1 else ""
    return Evidence(
        severity=Severity.CRITICAL if len(kills) >= limits.critical_total else Severity.WARNING,
        text=f"the kernel OOM-killed {counted(killed, 'process', 'processes')}{times} within 24 h because "
        f"{_limit(kills[0], window)}, the last {duration(kills[0].age_seconds)} ago: {kills[0].victim}"
        f"{_own_limit(kills[0], window)}{_largest(window)}",
        measured=float(len(kills)),
        limit=float(limits.critical_total if len(kills) >= limits.critical_total else KILLS_LIMIT),
    )


def _limit(kill: OomKill, window: Window) -> str:
    name = (kill.limit or "").rpartition("/")[2]
    for qos in ("besteffort", "burstable", "guaranteed"):
        if qos in name:
            return f"all {qos} pods together reached the memory limit of {name}"
    slices = window.last.get(Slices)
    parts = () if slices is None else slices.slices
    limit_bytes = next((one.memory_limit_bytes for one in parts if one.name in POD_SLICES), None)
    amount = "" if limit_bytes is None else f", {size(limit_bytes)}"
    return f"all pods together reached the memory limit of {name} (the node's allocatable memory{amount})"


def _own_limit(kill: OomKill, window: Window) -> str:
    """Return what is known of the killed pod's own limit, which was not the one that was reached."""
    if kill.pod is None:
        return ""
    seen = window.last.get(Pods)
    listed = () if seen is None else seen.pods
    pod = next((one for one in listed if one.uid == kill.pod_uid or one.name == kill.pod), None)
    if pod is None:
        return ", which may have no limit of its own"
    if pod.limit_bytes is None:
        return ", which has no limit of its own"
    return f", whose own limit of {size(pod.limit_bytes)} was not reached"


def _largest(window: Window) -> str:
    if Pods not in window.last:
        return ""
    pods = sorted(pod_memory(window), key=lambda pod: -pod.used_bytes)[:PODS_NAMED]
    return f"; the largest pods now: {', '.join(_sized(pod) for pod in pods)}" if pods else ""


def _sized(pod: PodMemory) -> str:
    return f"{pod.name} {size(pod.used_bytes)}{' without a limit' if pod.limit_bytes is None else ''}"


RULE = Rule(
    id="oom_kill_allocatable",
    severity=Severity.CRITICAL,
    title="OOM kill: all pods together reached the node's allocatable memory",
    remedy=(
        "    kubectl top pod -A --sort-by=memory\n"
        "    kubectl describe node NODE | grep -A 40 'Non-terminated Pods'\n"
        "Show what the pods use and what they request. Raise the requests of those that use more, give limits to those "
        "that grow."
    ),
    limits=DEFAULTS,
    check=check,
    lasts=timedelta(hours=24),
    killed=Killed.AT_ALLOCATABLE,
)
