"""High CPU usage: the CPUs of the node are busy nearly all the time.

What it means: between the two samples the CPUs were busy for more than 90% of the time, and over the last 15 minutes
there was a task for each of them on average.

Why it hurts: it does not by itself: a node that is paid for may be used. Tasks begin to wait when there are more of
them than CPUs; load_high reports that.

What to do: nothing, or compare it with what was expected. The pods' CPU requests say how much each gets when all want
more.

Source: node-mixin's NodeCPUHighUsage (90% for 15 minutes, information).
"""

from __future__ import annotations

from typing import Annotated

from fleetscan.capture.procfs.host import Host
from fleetscan.capture.procfs.loadavg import Loadavg
from fleetscan.diagnosis.measures.cpu_time import cpu_time
from fleetscan.diagnosis.rule import Rule, known
from fleetscan.diagnosis.thresholds import AtLeast
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import percent


@immutable
class Limits:
    """The thresholds of the rule."""

    busy_ratio: float = 0.90
    """Busy share of the window, above this (node-mixin NodeCPUHighUsage)."""
    load15_per_cpu: float = 1.0
    """The 15-minute load, from this on: it stands for node-mixin's 15 minutes [inference]."""
    crowded_per_cpu: Annotated[float, AtLeast("load15_per_cpu")] = 2.0
    """The 15-minute load, above this: tasks queue, and load_high reports it (node-mixin NodeSystemSaturation)."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare the busy share with the threshold, where the load says that it has lasted."""
    busy_ratio = cpu_time(window).busy_ratio
    load15 = window.last[Loadavg].load15 / known(window.last[Host].cpus, "the number of CPUs")
    if busy_ratio <= limits.busy_ratio or not limits.load15_per_cpu <= load15 <= limits.crowded_per_cpu:
        return None
    return Evidence(
        severity=Severity.INFO,
        text=f"the CPUs are {percent(busy_ratio)} busy (threshold {percent(limits.busy_ratio)}), and the 15-minute "
        f"load is {load15:.1f} per CPU",
        measured=busy_ratio,
        limit=limits.busy_ratio,
    )


RULE = Rule(
    id="cpu_usage_high",
    severity=Severity.INFO,
    title="High CPU usage",
    remedy=(
        "    kubectl top pods -A --sort-by=cpu | head\n"
        "Shows the pods that use the most CPU, on all nodes.\n"
        "    ps -eo pcpu,pid,comm --sort=-pcpu | head\n"
        "Shows, on the node, the processes that do."
    ),
    limits=DEFAULTS,
    check=check,
)
