"""High load average: more tasks want to run than there are CPUs.

What it means: the load average counts tasks that run, that wait for a CPU, and that sleep uninterruptibly (state D)
because they wait for a disk or for memory. Above 2 per CPU in all three averages tasks have waited for a quarter of
an hour.

Why it hurts: every task waits for its turn, the kubelet too. When it cannot renew its lease for 40 seconds the node
becomes NotReady and its pods are evicted.

What to do: load shows that tasks wait, not for what. Read the pressure (PSI) beside it: tasks that wait for memory
or for a disk count as load, and more CPUs would not help them. With high steal the CPU itself is missing.

Source: node-mixin's NodeSystemSaturation (load1 above 2 per core for 15 minutes); netdata's load alerts. CPU
pressure is shown but has no threshold: Kubernetes KEP-5394 leaves it out because CPU quotas inflate it.
"""

from __future__ import annotations

from typing import Annotated

from fleetscan.capture.procfs.host import Host
from fleetscan.capture.procfs.loadavg import Loadavg
from fleetscan.capture.procfs.pressure import Pressure
from fleetscan.diagnosis.measures.stalls import stalled_percent
from fleetscan.diagnosis.rule import Rule, known
from fleetscan.diagnosis.thresholds import AtLeast
from fleetscan.diagnosis.traits import LOAD, Figure
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import counted


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_per_cpu: float = 2.0
    """All three averages must exceed it (node-mixin NodeSystemSaturation)."""
    critical_load5_per_cpu: Annotated[float, AtLeast("warning_per_cpu")] = 4.0
    """Above this the 5-minute average alone is enough (netdata)."""
    critical_load1_per_cpu: Annotated[float, AtLeast("critical_load5_per_cpu")] = 8.0
    """Above this the 1-minute average alone is enough (netdata); the incident's node had 17."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare the averages, divided by the CPUs, with the thresholds; they must be exceeded."""
    load = window.last[Loadavg]
    cpus = known(window.last[Host].cpus, "the number of CPUs")
    load1, load5, load15 = load.load1 / cpus, load.load5 / cpus, load.load15 / cpus
    if load1 > limits.critical_load1_per_cpu:
        severity, measured, limit = Severity.CRITICAL, load1, limits.critical_load1_per_cpu
    elif load5 > limits.critical_load5_per_cpu:
        severity, measured, limit = Severity.CRITICAL, load5, limits.critical_load5_per_cpu
    elif min(load1, load5, load15) > limits.warning_per_cpu:
        severity, measured, limit = Severity.WARNING, min(load1, load5, load15), limits.warning_per_cpu
    else:
        return None
    text = (
        f"load average {load.load1:.2f} {load.load5:.2f} {load.load15:.2f} on {counted(cpus, 'CPU')}: "
        f"{load1:.1f} {load5:.1f} {load15:.1f} per CPU (threshold {limit:.1f} per CPU){_waits(window)}"
    )
    return Evidence(severity=severity, text=text, measured=measured, limit=limit)


def _waits(window: Window) -> str:
    if Pressure not in window.last:
        return ""
    waits = ", ".join(f"{name} {percent:.2f}%" for name, percent in stalled_percent(window).items())
    return f"; PSI some avg60: {waits}" if waits else ""


RULE = Rule(
    id="load_high",
    severity=Severity.CRITICAL,
    title="High load average",
    remedy=(
        "    ps -eo state,comm | grep '^[RD]' | sort | uniq -c | sort -rn | head\n"
        "Shows, on the node, which tasks run (R) and which wait for disk or memory (D). More CPUs do not help tasks in "
        "state D: where memory PSI is high, fix the memory finding first."
    ),
    limits=DEFAULTS,
    check=check,
    columns=(Figure.LOAD,),
    required=(LOAD,),
)
