"""Unreclaimable slab memory (SUnreclaim) keeps growing.

What it means: over the scans in the history SUnreclaim has risen steadily, in their older half and in their newer
half, and has not fallen back. A single step, such as a deployment, and a sawtooth, such as a process that restarts,
do not count.

Why it hurts: this memory is charged to no pod and has no limit, so it grows until the node has none left. Pressure
and load stay low until the last hours.

What to do: find which slab cache grows and what fills it; the findings about socket buffers and dominant caches name
them. Stop that process or container: the memory is freed at once. The finding says how many hours are left.

Source: deckhouse pull requests 2154 (linear forecast over 12 hours) and 2510 (a floor besides the forecast). The
slope is a Theil-Sen estimate; that critical means less than 12 hours is our own figure.
"""

from __future__ import annotations

from typing import Annotated

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.measures.slab_cause import slab_cause
from fleetscan.diagnosis.measures.socket_buffers import BUFFER_LIMITS, BufferLimits
from fleetscan.diagnosis.rule import Rule, known
from fleetscan.diagnosis.thresholds import AtLeast
from fleetscan.diagnosis.traits import Family
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.model.forecast import Forecast, Runway
from fleetscan.quantities import percent, size


@immutable
class Limits:
    """The thresholds of the rule."""

    ahead_hours: int = 12
    """How far ahead the forecast looks (deckhouse pull request 2154)."""
    future_ratio: Annotated[float, AtLeast("present_ratio")] = 0.25
    """Share of MemTotal that SUnreclaim must reach by then (deckhouse)."""
    present_ratio: float = 0.10
    """Share of MemTotal that it must have reached already, so that small steep rises do not fire (deckhouse 2510)."""
    critical_hours: int = 12
    """Critical if no memory is left in fewer hours [inference]."""
    buffers: BufferLimits = BUFFER_LIMITS


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Extrapolate the rise of SUnreclaim, if there is one, and compare it with MemTotal and MemAvailable."""
    growth = window.last[Forecast].believed().slab
    if growth is None:
        return None
    meminfo = window.last[Meminfo]
    total_bytes = known(meminfo.total_bytes, "MemTotal")
    held_bytes = known(meminfo.slab_unreclaimable_bytes, "SUnreclaim")
    future_bytes = min(total_bytes, held_bytes + limits.ahead_hours * growth.rate_bytes_per_hour)
    if held_bytes <= limits.present_ratio * total_bytes or future_bytes <= limits.future_ratio * total_bytes:
        return None
    runway = window.last.get(Runway)
    is_soon = runway is not None and runway.hours < limits.critical_hours
    end = f"; MemAvailable runs out {runway.text}" if runway is not None else ""
    cause = slab_cause(window, held_bytes, limits.buffers)
    return Evidence(
        severity=Severity.CRITICAL if is_soon else Severity.WARNING,
        text=f"SUnreclaim is {size(held_bytes)} ({percent(held_bytes / total_bytes)} of MemTotal) and grows by "
        f"{growth.pace}, to {percent(future_bytes / total_bytes)} in {limits.ahead_hours} h "
        f"(threshold {percent(limits.future_ratio)}){end}; {cause.words}",
        measured=future_bytes / total_bytes,
        limit=limits.future_ratio,
        cause=cause.cause,
        suspects=cause.suspects,
    )


RULE = Rule(
    id="slab_growing",
    severity=Severity.CRITICAL,
    title="Unreclaimable slab memory (SUnreclaim) keeps growing",
    remedy=(
        "    awk 'NR > 2 { print $15 * $6, $1, $2 }' /proc/slabinfo | sort -rn | head\n"
        "Run it twice, some minutes apart, on the node: shows which slab caches grow (pages, name, objects). Stop the "
        "process or pod that fills them: the memory is freed at once.\n"
        "    kubectl cordon NODE\n"
        "Keeps new pods off the node until the cause is found."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.KERNEL_MEMORY,
)
