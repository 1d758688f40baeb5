"""The node loses memory steadily and will run out of it.

What it means: MemAvailable has fallen steadily over the scans in the history. At the same rate it reaches 100 MiB,
where the kubelet evicts pods, in the hours that the finding gives. They are a range because readings vary.

Why it hurts: at 100 MiB the kubelet evicts pods, and a leak outside of pods goes on until the node stalls. What is
known hours ahead can be handled in time.

What to do: the other findings show what takes the memory. Drain the node in time if it cannot be stopped. Growing
page cache does not count: it stays available. With less than a day of history a rise in the morning may look like a
leak, so the finding is then at most a warning, unless it is the kernel's own memory that grows.

Source: the kubelet's hard eviction threshold memory.available<100Mi; 72 hours to act within working days, 12 hours
to act at all. The slope is a Theil-Sen estimate.
"""

from __future__ import annotations

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.measures.danger import RUNWAY_LIMITS, RunwayLimits, is_daily_pattern_possible
from fleetscan.diagnosis.measures.memory_holder import memory_holder
from fleetscan.diagnosis.measures.slab_cause import slab_cause
from fleetscan.diagnosis.measures.socket_buffers import BUFFER_LIMITS, Attribution, BufferLimits
from fleetscan.diagnosis.rule import Rule, known
from fleetscan.diagnosis.traits import Figure
from fleetscan.immutable import immutable
from fleetscan.model import Cause, Evidence, Severity, Window
from fleetscan.model.forecast import Forecast, Runway
from fleetscan.quantities import duration, size


@immutable
class Limits:
    """The thresholds of the rule."""

    runway: RunwayLimits = RUNWAY_LIMITS
    buffers: BufferLimits = BUFFER_LIMITS


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare the hours that are left with the thresholds."""
    forecast = window.last[Forecast].believed()
    runway, growth = window.last.get(Runway), forecast.loss or forecast.slab
    if runway is None or growth is None or runway.hours >= limits.runway.warning_hours:
        return None
    meminfo = window.last[Meminfo]
    is_slab = runway.limited_by == "slab_unreclaimable"
    is_young = is_daily_pattern_possible(forecast, runway)
    is_critical = runway.hours < limits.runway.critical_hours and not is_young
    doubt = (
        f"; with only {duration(forecast.remembered_seconds)} of history this may be a daily pattern"
        if is_young
        else ""
    )
    found = _cause(window, meminfo, limits) if is_slab else Attribution(cause=Cause.UNATTRIBUTED, words="")
    words = f"; most of the loss is unreclaimable slab: {found.words}" if found.words else memory_holder(window).words
    available = size(known(meminfo.available_bytes, "MemAvailable"))
    limit_hours = limits.runway.critical_hours if is_critical else limits.runway.warning_hours
    return Evidence(
        severity=Severity.CRITICAL if is_critical else Severity.WARNING,
        text=f"MemAvailable is {available} and falls by {growth.pace}: it reaches 100 MiB, where the kubelet evicts "
        f"pods, {runway.text} (threshold {limit_hours} h){words}{doubt}",
        measured=runway.hours,
        limit=float(limit_hours),
        cause=found.cause,
        suspects=found.suspects,
    )


def _cause(window: Window, meminfo: Meminfo, limits: Limits) -> Attribution:
    return slab_cause(window, known(meminfo.slab_unreclaimable_bytes, "SUnreclaim"), limits.buffers)


RULE = Rule(
    id="memory_runway_short",
    severity=Severity.CRITICAL,
    title="Node will run out of memory (MemAvailable keeps falling)",
    remedy=(
        "    ps -eo pid,rss,comm --sort=-rss | head\n"
        "Run it twice, some minutes apart, on the node: shows which process grows. Restart that one.\n"
        "    kubectl cordon NODE\n"
        "    kubectl drain NODE --ignore-daemonsets --delete-emptydir-data\n"
        "Keep new pods off the node and move its pods away, if the growth cannot be stopped in time."
    ),
    limits=DEFAULTS,
    check=check,
    columns=(Figure.RUNWAY,),
)
