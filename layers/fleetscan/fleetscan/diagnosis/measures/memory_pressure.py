"""Memory pressure (PSI) that other evidence confirms: one measure that several rules share.

The averages alone are not enough: they lag after relief (earlyoom issue 100), and out-of-tree schedulers break them
(oomd issue 119, 99% on an idle machine). So the running total must have grown too, and memory must be low, or pages
must be swapped or read back.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.capture.procfs.pressure import Pressure, ResourcePressure
from fleetscan.capture.procfs.vmstat import Vmstat, rate_per_second
from fleetscan.diagnosis.measures.memory_stall import stalled_ratio
from fleetscan.diagnosis.rule import known
from fleetscan.diagnosis.thresholds import AtLeast, SharedLimits
from fleetscan.immutable import immutable
from fleetscan.model import Severity, Window

FLAT_RATIO = 0.9
"""avg10 from this share of avg60 on is not falling [inference]."""

LEAST_STALLED_RATIO = 0.05
"""If tasks stalled for less than this share of the window, the averages lag [inference: half of the warning]."""

HALF_RATIO = 0.5
SWAPPED_RATIO = 0.4
"""Swap used from this share on, with less than HALF_RATIO available, is low memory too [inference: incident 48%]."""

SWAPPED_PAGES_PER_SECOND = 5.0
"""Pages swapped in and out together (pcp; the threshold of swap_thrashing)."""

MAJOR_FAULTS_PER_SECOND = 100.0
"""A fifth of swap_thrashing's threshold: here they only confirm [inference]."""


@immutable
class PressureLimits(SharedLimits):
    """The thresholds from which tasks wait for memory."""

    rule: ClassVar[str] = "memory_pressure_high"
    warning_percent: float = 10.0
    """avg10 and avg60 of some, both (nohang; the form is KEP-5394's)."""
    critical_percent: Annotated[float, AtLeast("warning_percent")] = 60.0
    """avg10 and avg60 of some, both and not falling (systemd-oomd 60, oomd 60 to 80)."""
    critical_full_percent: float = 20.0
    """avg60 of full [inference]: for a fifth of the time no task made progress."""
    short_ratio: float = 0.25
    """MemAvailable below this share may stall a node [inference]: the incident's node had 18.7%, above the usual 10%
    alert."""


PRESSURE_LIMITS = PressureLimits()


@immutable
class MemoryPressure:
    """How long tasks wait for memory, and whether the node as a whole is short of it."""

    severity: Severity
    measured: float
    """Percent of the time."""
    limit: float
    avg10_percent: float
    avg60_percent: float
    full_avg60_percent: float | None
    is_node_short: bool
    """Whether little of the node's memory is available; if not, probably a cgroup at its own limit stalls."""


def memory_pressure(window: Window, limits: PressureLimits) -> MemoryPressure | None:
    """Return the pressure if the running total grew and memory is low, or pages are swapped or read back; else None.

    AbsentError if it is unknown.
    """
    pressure = known(window.last[Pressure].memory, "the pressure on memory")
    reached = _reached(pressure, limits)
    if reached is None:
        return None
    meminfo = window.last[Meminfo]
    total_bytes = known(meminfo.total_bytes, "MemTotal")
    available_bytes = known(meminfo.available_bytes, "MemAvailable")
    stalled = stalled_ratio(window)
    if stalled is not None and stalled < LEAST_STALLED_RATIO:
        return None
    severity, measured, limit = reached
    avg10, avg60 = _averages(pressure)
    is_node_short = available_bytes < limits.short_ratio * total_bytes
    if not is_node_short:
        if not _is_in_motion(window) and not _is_swapped(window, meminfo, available_bytes / total_bytes):
            return None
        severity, measured, limit = Severity.WARNING, min(avg10, avg60), limits.warning_percent
    return MemoryPressure(
        severity=severity,
        measured=measured,
        limit=limit,
        avg10_percent=avg10,
        avg60_percent=avg60,
        full_avg60_percent=None if pressure.full is None else pressure.full.avg60_percent,
        is_node_short=is_node_short,
    )


def _averages(pressure: ResourcePressure) -> tuple[float, float]:
    some = known(pressure.some, "memory some")
    return known(some.avg10_percent, "memory some avg10"), known(some.avg60_percent, "memory some avg60")


def _reached(pressure: ResourcePressure, limits: PressureLimits) -> tuple[Severity, float, float] | None:
    avg10, avg60 = _averages(pressure)
    lower = min(avg10, avg60)
    full_avg60 = None if pressure.full is None else pressure.full.avg60_percent
    if lower < limits.warning_percent:
        return None
    if lower >= limits.critical_percent and avg10 >= FLAT_RATIO * avg60:
        return Severity.CRITICAL, lower, limits.critical_percent
    if full_avg60 is not None and full_avg60 >= limits.critical_full_percent:
        return Severity.CRITICAL, full_avg60, limits.critical_full_percent
    return Severity.WARNING, lower, limits.warning_percent


def _is_in_motion(window: Window) -> bool:
    first, last = window.first.get(Vmstat), window.last.get(Vmstat)
    if first is None or last is None:
        return False
    swapped_in = rate_per_second(first.swapped_in_pages, last.swapped_in_pages, window.seconds) or 0.0
    swapped_out = rate_per_second(first.swapped_out_pages, last.swapped_out_pages, window.seconds) or 0.0
    faults = rate_per_second(first.major_faults_total, last.major_faults_total, window.seconds) or 0.0
    return swapped_in + swapped_out >= SWAPPED_PAGES_PER_SECOND or faults >= MAJOR_FAULTS_PER_SECOND


def _is_swapped(window: Window, meminfo: Meminfo, available_ratio: float) -> bool:
    """Return whether used swap means low memory: not with one sample, because swap stays full long after relief."""
    if stalled_ratio(window) is None or not meminfo.swap_total_bytes or meminfo.swap_free_bytes is None:
        return False
    used_ratio = 1 - meminfo.swap_free_bytes / meminfo.swap_total_bytes
    return used_ratio >= SWAPPED_RATIO and available_ratio < HALF_RATIO
