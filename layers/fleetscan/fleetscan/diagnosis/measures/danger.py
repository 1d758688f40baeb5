"""Whether a node is in danger now: the one place that decides when much of something is critical.

A large share alone is a warning: a node with half of its swap or a quarter of its memory in one place may go on like
that for years. It is critical with a present danger: little memory is left, tasks wait for memory, or memory runs out
within hours. Beside that a hard limit that is reached is critical by itself (conntrack, tcp_mem, PIDs, file handles:
their rules compare with the limit), and so is an event of the last minutes that says so.

One exception has a number of its own: unreclaimable slab from ``slab_unreclaimable_high.urgent_ratio`` on
(``measures/unreclaimable.py``), because only its holder or a reboot gives it back.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.measures.hugepages import hugepages_bytes
from fleetscan.diagnosis.measures.memory_pressure import PRESSURE_LIMITS, PressureLimits, memory_pressure
from fleetscan.diagnosis.measures.since_last import seconds_since_last
from fleetscan.diagnosis.thresholds import AtMost, SharedLimits
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Severity, Window
from fleetscan.model.forecast import DAY_SECONDS, Forecast, Runway
from fleetscan.quantities import percent, size

_GIB = 2**30

PRESENT_SECONDS = 15 * 60
"""An event of the kernel log is a present danger for so long, or since the last scan if that was earlier [inference:
three scans]."""


@immutable
class LeftLimits(SharedLimits):
    """The thresholds below which little memory is left."""

    rule: ClassVar[str] = "memory_available_low"
    warning_ratio: float = 0.10
    """MemAvailable below this share of the memory without huge pages (node-mixin, NodeMemoryHighUtilization)."""
    critical_ratio: Annotated[float, AtMost("warning_ratio")] = 0.05
    """The same, above hotsos' 3% [inference]; critical if critical_bytes is crossed too, or tasks wait for memory."""
    critical_bytes: int = 2 * _GIB
    """MemAvailable and free swap together below this size: 35 of 768 GiB are enough [inference]. Free
    swap counts because memory is not exhausted before it is (earlyoom acts only if both are low)."""


@immutable
class RunwayLimits(SharedLimits):
    """The thresholds below which memory runs out soon."""

    rule: ClassVar[str] = "memory_runway_short"
    warning_hours: int = 72
    """A warning when fewer hours are left: a long weekend [inference]."""
    critical_hours: Annotated[int, AtMost("warning_hours")] = 12
    """Critical when fewer hours are left: a night [inference]."""


LEFT_LIMITS = LeftLimits()
RUNWAY_LIMITS = RunwayLimits()


@immutable
class DangerLimits:
    """The thresholds of a present danger, each under the rule that reports it by itself."""

    left: LeftLimits = LEFT_LIMITS
    pressure: PressureLimits = PRESSURE_LIMITS
    runway: RunwayLimits = RUNWAY_LIMITS


DANGER_LIMITS = DangerLimits()


def memory_danger(window: Window, limits: DangerLimits) -> str:
    """Return the present danger to the node's memory in words, empty where none is known."""
    return _pressing(window, limits.pressure) or _little_left(window, limits.left) or _ending(window, limits.runway)


def memory_severity(window: Window, limits: DangerLimits) -> tuple[Severity, str]:
    """Return how bad it is that much memory is in one place, and the danger as the end of a sentence.

    It is critical with a present danger, and a warning without one.
    """
    danger = memory_danger(window, limits)
    return (Severity.CRITICAL, f"; {danger}") if danger else (Severity.WARNING, "")


@immutable
class Reached:
    """The threshold that a share of memory or swap reached."""

    severity: Severity
    limit: float
    danger: str
    """The danger that makes it critical, as the end of a sentence; empty where it is a warning."""


def reached(
    ratio: float, *, warning_ratio: float, critical_ratio: float, window: Window, limits: DangerLimits
) -> Reached | None:
    """Compare a share with its two thresholds: from the second on it is critical with a present danger."""
    if ratio >= critical_ratio:
        severity, danger = memory_severity(window, limits)
        if severity is Severity.CRITICAL:
            return Reached(severity=severity, limit=critical_ratio, danger=danger)
    return Reached(severity=Severity.WARNING, limit=warning_ratio, danger="") if ratio >= warning_ratio else None


def is_daily_pattern_possible(forecast: Forecast, left: Runway) -> bool:
    """Whether the fall of MemAvailable may be a daily pattern, which goes up again: it was seen for less than a day.

    The kernel's own memory follows no such pattern.
    """
    return forecast.remembered_seconds < DAY_SECONDS and left.limited_by != "slab_unreclaimable"


def is_present(age_seconds: float, window: Window) -> bool:
    """Whether an event is so young that what it tells is going on: of the last minutes, or since the last scan."""
    since_last = seconds_since_last(window)
    return age_seconds <= max(PRESENT_SECONDS, since_last or 0)


def _pressing(window: Window, limits: PressureLimits) -> str:
    try:
        found = memory_pressure(window, limits)
    except AbsentError:
        return ""
    if found is None or not found.is_node_short:
        return ""
    return f"tasks wait for memory {min(found.avg10_percent, found.avg60_percent):.0f}% of the time (PSI)"


def _little_left(window: Window, limits: LeftLimits) -> str:
    meminfo = window.last.get(Meminfo)
    if meminfo is None or meminfo.available_bytes is None or meminfo.total_bytes is None:
        return ""
    usable_bytes = meminfo.total_bytes - hugepages_bytes(meminfo)
    left_bytes = meminfo.available_bytes + (meminfo.swap_free_bytes or 0)
    if left_bytes >= limits.critical_ratio * usable_bytes or left_bytes >= limits.critical_bytes:
        return ""
    swap = " of memory and swap" if meminfo.swap_free_bytes else ""
    share = f" ({percent(left_bytes / usable_bytes)})" if usable_bytes > 0 else ""
    return f"only {size(left_bytes)}{share}{swap} is left"


def _ending(window: Window, limits: RunwayLimits) -> str:
    forecast, left = window.last.get(Forecast), window.last.get(Runway)
    if forecast is None or forecast.reason or left is None or left.hours >= limits.critical_hours:
        return ""
    return "" if is_daily_pattern_possible(forecast, left) else f"MemAvailable runs out {left.text}"
