"""High memory pressure (PSI): tasks stall because they wait for memory.

What it means: the kernel measures the share of time in which some task (some) or all of them (full) waited for
memory: for a page to be read back from disk or swap, or for another page to be freed. Healthy nodes show 0.

Why it hurts: at 60% the node works less than half of the time. It looks like a shortage of CPU: load rises, the
kubelet misses its heartbeats, and the node becomes NotReady. In the incident it was 98.9%.

What to do: find out where the memory is before you add CPUs: in pods, in host processes, or in the kernel, which no
pod metric shows. Move pods away before the kubelet stops responding.

Source: Kubernetes KEP-5394 (avg10 and avg60 together), nohang (10), systemd-oomd and oomd (60). The averages alone
are not enough: they lag after relief (earlyoom issue 100), and out-of-tree schedulers break them (oomd issue 119,
99% on an idle machine). So the running total must have grown too, and memory must be low, or pages must be swapped
or read back.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.capture.procfs.pressure import Pressure, ResourcePressure
from fleetscan.capture.procfs.vmstat import Vmstat, rate_per_second
from fleetscan.diagnosis.measures.memory_stall import stalled_ratio
from fleetscan.diagnosis.rule import Rule, known
from fleetscan.diagnosis.thresholds import AtLeast, SharedLimits
from fleetscan.diagnosis.traits import PRESSURE, Figure
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import percent, size

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
class Limits(SharedLimits):
    """The thresholds of the rule."""

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


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Use the averages only if the running total grew and memory is low, or pages are swapped or read back."""
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
    if available_bytes >= limits.short_ratio * total_bytes:
        if not _is_in_motion(window) and not _is_swapped(window, meminfo, available_bytes / total_bytes):
            return None
        # The node as a whole has memory: probably a cgroup at its own limit stalls.
        severity, measured, limit = Severity.WARNING, min(_averages(pressure)), limits.warning_percent
    return Evidence(severity=severity, text=_text(pressure, meminfo, measured, limit), measured=measured, limit=limit)


def _averages(pressure: ResourcePressure) -> tuple[float, float]:
    some = known(pressure.some, "memory some")
    return known(some.avg10_percent, "memory some avg10"), known(some.avg60_percent, "memory some avg60")


def _reached(pressure: ResourcePressure, limits: Limits) -> tuple[Severity, float, float] | None:
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


def _text(pressure: ResourcePressure, meminfo: Meminfo, measured: float, limit: float) -> str:
    avg10, avg60 = _averages(pressure)
    full_avg60 = None if pressure.full is None else pressure.full.avg60_percent
    is_of_full = full_avg60 is not None and measured == full_avg60
    full = "" if full_avg60 is None else f", full avg60 {full_avg60:.2f}%"
    threshold = f" (threshold {limit:.0f}%)"
    total_bytes, available_bytes = meminfo.total_bytes or 1, meminfo.available_bytes or 0
    swap = ""
    if meminfo.swap_total_bytes and meminfo.swap_free_bytes is not None:
        swap = f", swap is {percent(1 - meminfo.swap_free_bytes / meminfo.swap_total_bytes)} used"
    return (
        f"memory PSI some avg10 {avg10:.2f}%, avg60 {avg60:.2f}%{'' if is_of_full else threshold}{full}"
        f"{threshold if is_of_full else ''}: tasks stall waiting for memory; MemAvailable is {size(available_bytes)} "
        f"of {size(total_bytes)} ({percent(available_bytes / total_bytes)}){swap}"
    )


RULE = Rule(
    id="memory_pressure_high",
    severity=Severity.CRITICAL,
    title="High memory pressure (PSI)",
    remedy=(
        "    kubectl cordon NODE\n"
        "    kubectl drain NODE --ignore-daemonsets --delete-emptydir-data\n"
        "Keep new pods off the node and move its pods away, before the kubelet misses its heartbeats (NotReady).\n"
        "    ps -eo pid,rss,comm --sort=-rss | head\n"
        "Shows, on the node, the largest processes, those outside pods too. Memory that no process holds is in the "
        "kernel (SUnreclaim)."
    ),
    limits=DEFAULTS,
    check=check,
    is_failing_now=True,
    columns=(Figure.MEMORY_PRESSURE,),
    required=(PRESSURE,),
)
