"""Which resource do tasks wait for? Pressure information (PSI) tells a CPU problem from a memory problem."""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan.capture.procfs.pressure import Pressure
from fleetscan.diagnosis.investigation.hypothesis import Answer, Hypothesis, no, yes
from fleetscan.diagnosis.measures.stalls import stalled_percent
from fleetscan.diagnosis.rules.memory_pressure_high import DEFAULTS, Limits
from fleetscan.errors import AbsentError
from fleetscan.model import Finding, Window

STALLED_PERCENT = 10.0
"""Tasks stall on disk or CPU if avg10 and avg60 both reach this, the default for memory (memory_pressure_high). One
average is not enough: avg10 alone may be a short peak, and both lag after relief."""


def _examine(window: Window, _findings: Sequence[Finding], limits: Limits) -> Answer:
    now, minute = stalled_percent(window, of_seconds=10), stalled_percent(window, of_seconds=60)
    if not now:
        raise AbsentError("the kernel reports no pressure averages")
    waits = ", ".join(f"{name} {percent:.2f}%" for name, percent in now.items())
    averages = f"PSI some avg10: {waits}"
    noticeable = {"memory": limits.warning_percent}
    stalling = [
        name
        for name, percent in now.items()
        if min(percent, minute.get(name, percent)) >= noticeable.get(name, STALLED_PERCENT)
    ]
    # A CPU quota makes tasks of one pod wait for the CPU on an idle node (KEP-5394), so the CPU is named last.
    stalling.sort(key=lambda name: name == "cpu")
    if not stalling:
        return no(averages)
    return yes(f"tasks stall on {stalling[0]}; {averages}{_full(window, stalling[0])}")


def _full(window: Window, resource: str) -> str:
    pressure = window.last[Pressure]
    stalled = {"memory": pressure.memory, "io": pressure.io}.get(resource)
    if stalled is None or stalled.full is None or stalled.full.avg10_percent is None:
        return ""
    return f"; {resource} full avg10 {stalled.full.avg10_percent:.2f}%"


PRESSURE = Hypothesis(
    id="pressure",
    question="Do tasks stall, and on which resource (PSI)?",
    examine=_examine,
    limits=DEFAULTS,
    rules=(
        "memory_pressure_high",
        "io_pressure_high",
        "load_high",
        "cpu_usage_high",
        "cpu_steal_high",
        "cpu_outside_pods",
    ),
)
