"""Process ids (PIDs) are nearly exhausted.

What it means: each process and each thread needs a PID, and the kernel has pid_max of them.

Why it hurts: when they are exhausted nothing can start: no process, no thread, no shell to look for the reason, and
the kubelet's own probes fail.

What to do: find the process with the most threads, set a limit per pod (the kubelet's podPidsLimit), and raise
kernel.pid_max if the node needs that many.

Source: eks-node-monitoring-agent (70% of pid_max). EKS AMIs set kernel.pid_max to 4194304, other systems 32768.
"""

from __future__ import annotations

from typing import Annotated

from fleetscan.capture.procfs.pid_max import PidMax
from fleetscan.capture.procfs.tasks import Tasks
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


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare the number of threads, each of which has a PID, with pid_max."""
    threads, maximum = window.last[Tasks].threads, window.last[PidMax].maximum
    ratio = threads / maximum
    if ratio < limits.warning_ratio:
        return None
    severity, limit = (
        (Severity.CRITICAL, limits.critical_ratio)
        if ratio >= limits.critical_ratio
        else (Severity.WARNING, limits.warning_ratio)
    )
    text = f"{count(threads)} of {count(maximum)} PIDs in use ({percent(ratio)}, threshold {percent(limit)})"
    return Evidence(severity=severity, text=text, measured=ratio, limit=limit)


RULE = Rule(
    id="pids_nearly_exhausted",
    severity=Severity.CRITICAL,
    title="PIDs nearly exhausted (pid_max)",
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
