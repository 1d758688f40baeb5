"""A pod that uses much of the node has no memory limit.

What it means: without a limit a pod may take all memory of its node. These do not, yet, but they use a good part of
it.

Why it hurts: when memory runs out, the node and every pod on it suffer, not only the one that grew. And a pod without
a ceiling never dies of its own growth, so whatever did kill it is looked for in the wrong place: the incident began
so.

What to do: give each container a limit, a bit above what it was seen to use.

Source: the incident (a pod with a request of 500Mi and no limit). The share of 20 % is ours. Information only.
"""

from __future__ import annotations

from dataclasses import dataclass

from fleetscan.model import Evidence, Severity, Suspect, Window
from fleetscan.procfs.meminfo import Meminfo
from fleetscan.procfs.pods import Pod, Pods
from fleetscan.quantities import percent, size
from fleetscan.rule import Rule, known


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From where on it fires."""

    info_ratio: float = 0.20
    """Of MemTotal, for one pod [inference]."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Name the pods without a limit that use at least a fifth of the memory."""
    pods = window.last[Pods]
    all_bytes = known(window.last[Meminfo].total_bytes, "MemTotal")
    large = [pod for pod in pods.pods if pod.limit_bytes is None and pod.memory_bytes >= limits.info_ratio * all_bytes]
    if not large:
        return None
    largest = max(large, key=lambda pod: pod.memory_bytes)
    ratio = largest.memory_bytes / all_bytes
    others = f", and {len(large) - 1} more like it" if len(large) > 1 else ""
    text = (
        f"{largest.name} uses {size(largest.memory_bytes)} of {size(all_bytes)} ({percent(ratio)}) "
        f"and has no memory limit{others}"
    )
    return Evidence(
        severity=Severity.INFO,
        text=text,
        measured=ratio,
        limit=limits.info_ratio,
        suspects=tuple(_suspect(pod, all_bytes) for pod in large),
    )


def _suspect(pod: Pod, all_bytes: int) -> Suspect:
    return Suspect(
        kind="pod",
        name=pod.name,
        reason=f"uses {size(pod.memory_bytes)} and has no memory limit",
        share=min(1.0, pod.memory_bytes / all_bytes),
    )


RULE = Rule(
    id="memory_limit_missing",
    severity=Severity.INFO,
    title="A large pod has no memory limit",
    remedy=(
        "Give its containers a limit a bit above what they were seen to use:\n"
        "    kubectl top pod POD -n NAMESPACE --containers\n"
        "    kubectl set resources deployment NAME -n NAMESPACE --limits=memory=1Gi"
    ),
    limits=DEFAULTS,
    check=check,
)
