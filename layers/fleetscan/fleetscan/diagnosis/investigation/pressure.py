"""Which resource do tasks wait for? Pressure information (PSI) tells a CPU problem from a memory or a disk problem.

A "yes" is the answer of the rule about that resource, so that there is a finding behind each; pressure that no rule
takes for a problem is ruled out with its numbers and the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fleetscan.capture.procfs.pressure import Pressure
from fleetscan.diagnosis.investigation.hypothesis import Answer, Hypothesis, no, yes
from fleetscan.diagnosis.measures.memory_pressure import PRESSURE_LIMITS, PressureLimits, memory_pressure
from fleetscan.diagnosis.measures.stalls import stalled_percent
from fleetscan.diagnosis.rules import (
    cpu_credits_exhausted,
    cpu_outside_pods,
    cpu_steal_high,
    cpu_usage_high,
    io_pressure_high,
    load_high,
    memory_pressure_high,
)
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Finding, Window

STALLED_PERCENT = 10.0
"""From this avg10 and avg60 on it is said why a pressure is no problem (the warning of memory_pressure_high). One
average is not enough: avg10 alone may be a short peak, and both lag after relief."""

_CPU_RULES = frozenset(
    one.RULE.id for one in (load_high, cpu_outside_pods, cpu_steal_high, cpu_credits_exhausted, cpu_usage_high)
)

_NO_PROBLEM: Mapping[str, str] = {
    "memory": "memory is not short, so its pressure alone is no finding",
    "io": "the waits for a disk are below the thresholds of io_pressure_high",
    "cpu": "CPU pressure alone is no finding, for a CPU quota makes the tasks of one pod wait (KEP-5394)",
}


@immutable
class Limits:
    """The thresholds of the rules about memory and disks."""

    memory: PressureLimits = PRESSURE_LIMITS
    io: io_pressure_high.Limits = io_pressure_high.DEFAULTS


def _examine(window: Window, findings: Sequence[Finding], limits: Limits) -> Answer:
    now, minute = stalled_percent(window, of_seconds=10), stalled_percent(window, of_seconds=60)
    if not now:
        raise AbsentError("the kernel reports no pressure averages")
    averages = f"PSI some avg10: {', '.join(f'{name} {percent:.2f}%' for name, percent in now.items())}"
    if "memory" in now and memory_pressure(window, limits.memory) is not None:
        return yes(f"tasks stall on memory; {averages}{_full(window)}")
    disk = io_pressure_high.check(window, limits.io) if "io" in now else None
    if disk is not None:
        return yes(f"tasks stall on io; {disk.text}")
    high = [name for name, percent in now.items() if min(percent, minute.get(name, percent)) >= STALLED_PERCENT]
    if "cpu" in high and any(finding.rule in _CPU_RULES for finding in findings):
        return yes(f"tasks stall on cpu; {averages}")
    return no("; ".join((averages, *(_NO_PROBLEM[name] for name in high))))


def _full(window: Window) -> str:
    memory = window.last[Pressure].memory
    if memory is None or memory.full is None or memory.full.avg10_percent is None:
        return ""
    return f"; memory full avg10 {memory.full.avg10_percent:.2f}%"


PRESSURE = Hypothesis(
    id="pressure",
    question="Do tasks stall, and on which resource (PSI)?",
    examine=_examine,
    limits=Limits(),
    rules=(
        memory_pressure_high.RULE.id,
        io_pressure_high.RULE.id,
        load_high.RULE.id,
        cpu_usage_high.RULE.id,
        cpu_steal_high.RULE.id,
        cpu_outside_pods.RULE.id,
        cpu_credits_exhausted.RULE.id,
    ),
)
