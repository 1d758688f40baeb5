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

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.measures.memory_holder import memory_holder
from fleetscan.diagnosis.measures.memory_pressure import (
    PRESSURE_LIMITS,
    MemoryPressure,
    memory_pressure,
)
from fleetscan.diagnosis.measures.memory_pressure import PressureLimits as Limits
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.traits import PRESSURE, Figure
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import percent, size


def check(window: Window, limits: Limits = PRESSURE_LIMITS) -> Evidence | None:
    """Use the averages only if the running total grew and memory is low, or pages are swapped or read back."""
    pressure = memory_pressure(window, limits)
    if pressure is None:
        return None
    return Evidence(
        severity=pressure.severity,
        text=f"{_text(pressure, window.last[Meminfo])}{memory_holder(window).words if pressure.is_node_short else ''}",
        measured=pressure.measured,
        limit=pressure.limit,
    )


def _text(pressure: MemoryPressure, meminfo: Meminfo) -> str:
    is_of_full = pressure.full_avg60_percent is not None and pressure.measured == pressure.full_avg60_percent
    full = "" if pressure.full_avg60_percent is None else f", full avg60 {pressure.full_avg60_percent:.2f}%"
    threshold = f" (threshold {pressure.limit:.0f}%)"
    total_bytes, available_bytes = meminfo.total_bytes or 1, meminfo.available_bytes or 0
    swap = ""
    if meminfo.swap_total_bytes and meminfo.swap_free_bytes is not None:
        swap = f", swap is {percent(1 - meminfo.swap_free_bytes / meminfo.swap_total_bytes)} used"
    return (
        f"memory PSI some avg10 {pressure.avg10_percent:.2f}%, avg60 {pressure.avg60_percent:.2f}%"
        f"{'' if is_of_full else threshold}{full}{threshold if is_of_full else ''}: tasks stall waiting for memory; "
        f"MemAvailable is {size(available_bytes)} of {size(total_bytes)} ({percent(available_bytes / total_bytes)})"
        f"{swap}"
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
    limits=PRESSURE_LIMITS,
    check=check,
    is_failing_now=True,
    columns=(Figure.MEMORY_PRESSURE,),
    required=(PRESSURE,),
)
