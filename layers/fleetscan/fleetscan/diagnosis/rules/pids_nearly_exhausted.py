"""Process ids (PIDs) are nearly exhausted.

What it means: each process and each thread needs a PID. The kernel gives out pid_max of them and makes no more than
threads-max threads, and all pods together may have no more than the pids.max of their cgroup. The limit that is reached
first counts.

Why it hurts: when they are exhausted nothing can start: no process, no thread, no shell to look for the reason, and
the kubelet's own probes fail.

What to do: find the process with the most threads, set a limit per pod (the kubelet's podPidsLimit), and raise
kernel.pid_max if the node needs that many.

Source: eks-node-monitoring-agent (70% of pid_max). EKS AMIs set kernel.pid_max to 4194304, other systems 32768;
threads-max follows the size of memory (Documentation/admin-guide/sysctl/kernel.rst).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fleetscan.capture.procfs.pid_max import PidMax
from fleetscan.capture.procfs.slices import Slices
from fleetscan.capture.procfs.tasks import Tasks
from fleetscan.capture.procfs.threads_max import ThreadsMax
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import AtLeast
from fleetscan.diagnosis.traits import Family
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import count, percent


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_ratio: float = 0.70
    """From this share of the limit on (eks-node-monitoring-agent)."""
    critical_ratio: Annotated[float, AtLeast("warning_ratio")] = 0.90
    """From this share of the limit on: the same as for file handles [inference]."""


DEFAULTS = Limits()


@immutable(kw_only=False)
class _Use:
    """What is used of one limit."""

    used: int
    limit: int
    words: str

    @property
    def ratio(self) -> float:
        return self.used / self.limit


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare threads, each of which has a PID, with the limit that is reached first."""
    tightest = max(_uses(window), key=lambda use: use.ratio)
    ratio = tightest.ratio
    if ratio < limits.warning_ratio:
        return None
    severity, limit = (
        (Severity.CRITICAL, limits.critical_ratio)
        if ratio >= limits.critical_ratio
        else (Severity.WARNING, limits.warning_ratio)
    )
    used = f"{count(tightest.used)} of {count(tightest.limit)} {tightest.words}"
    text = f"{used} in use ({percent(ratio)}, threshold {percent(limit)})"
    return Evidence(severity=severity, text=text, measured=ratio, limit=limit)


def _uses(window: Window) -> Sequence[_Use]:
    """Return how much is used of each limit: pid_max and threads-max of the node, pids.max of all pods together."""
    threads = window.last[Tasks].threads
    uses = [_Use(threads, window.last[PidMax].maximum, "PIDs (pid_max)")]
    threads_max, slices = window.last.get(ThreadsMax), window.last.get(Slices)
    if threads_max is not None:
        uses.append(_Use(threads, threads_max.threads_max, "threads (threads-max)"))
    uses.extend(
        _Use(part.pids, part.pids_limit, f"PIDs of {part.name} (pids.max)")
        for part in (() if slices is None else slices.slices)
        if part.pids is not None and part.pids_limit
    )
    return uses


RULE = Rule(
    id="pids_nearly_exhausted",
    severity=Severity.CRITICAL,
    title="PIDs nearly exhausted (pid_max, threads-max)",
    remedy=(
        "    ps -eo nlwp,pid,comm --sort=-nlwp | head\n"
        "Shows, on the node, the processes with the most threads. Restart the one that leaks them, and set "
        "podPidsLimit in "
        "the kubelet's configuration."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.PROCESS_TABLES,
)
