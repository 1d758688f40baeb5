"""The counters of /proc/meminfo that do not overlap, and what their sum leaves unexplained."""

from __future__ import annotations

from fleetscan.capture.procfs.arcstats import Arcstats
from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.measures.hugepages import hugepages_bytes
from fleetscan.diagnosis.rule import known
from fleetscan.errors import AbsentError
from fleetscan.model import Window
from fleetscan.quantities import size

SUM_ABOVE_TOTAL_RATIO = 0.05
"""The kernel counts per CPU and adds up later; by more the counters contradict each other [inference]."""


def explained_bytes(meminfo: Meminfo, window: Window) -> int:
    """Return the sum of the counters that do not overlap; AbsentError if a large one is missing."""
    slab_bytes = known(meminfo.slab_bytes, "Slab")
    known(meminfo.page_tables_bytes, "PageTables")
    known(meminfo.kernel_stack_bytes, "KernelStack")
    if slab_bytes == 0:
        raise AbsentError("meminfo reports no slab at all, as inside an lxcfs container: it is not the node's own")
    return (
        known(meminfo.free_bytes, "MemFree")
        + known(meminfo.buffers_bytes, "Buffers")
        + known(meminfo.cached_bytes, "Cached")
        + known(meminfo.anon_bytes, "AnonPages")
        + slab_bytes
        + kernel_bytes(meminfo)
        # Missing if the kernel has no swap.
        + (meminfo.swap_cached_bytes or 0)
        + hugepages_bytes(meminfo)
        + arc_bytes(window)
    )


def sum_problem(meminfo: Meminfo, window: Window) -> str:
    """Return why the counters cannot be added up: they are more than there is. Empty if they can, or are not known.

    Swapped-out pages that are still mapped are in AnonPages and in SwapCached, so that much is no contradiction.
    """
    total_bytes = meminfo.total_bytes
    if total_bytes is None:
        return ""
    try:
        sum_bytes = explained_bytes(meminfo, window) - (meminfo.swap_cached_bytes or 0)
    except AbsentError:
        return ""
    if sum_bytes <= (1 + SUM_ABOVE_TOTAL_RATIO) * total_bytes:
        return ""
    return f"the counters of meminfo add up to {size(sum_bytes)}, more than MemTotal {size(total_bytes)}"


def kernel_bytes(meminfo: Meminfo) -> int:
    """Return what the kernel is known to hold outside of slab and vmalloc.

    Fields are missing if the kernel does not have the feature.
    """
    return (
        (meminfo.page_tables_bytes or 0)
        + (meminfo.kernel_stack_bytes or 0)
        + (meminfo.secondary_page_tables_bytes or 0)
        + (meminfo.percpu_bytes or 0)
        + (meminfo.zswap_bytes or 0)
        + (meminfo.hardware_corrupted_bytes or 0)
    )


def arc_bytes(window: Window) -> int:
    """Return the size of the ZFS ARC, 0 without ZFS: meminfo has no field for it."""
    arc = window.last.get(Arcstats)
    return 0 if arc is None else arc.size_bytes


def vmalloc_bytes(meminfo: Meminfo, missing_bytes: int) -> tuple[int, int]:
    """Return how much of what is missing vmalloc explains, least and most.

    Its counter may contain the kernel stacks, which have a counter of their own.
    """
    used_bytes = meminfo.vmalloc_used_bytes or 0
    most_bytes = max(0, min(used_bytes, missing_bytes))
    least_bytes = max(0, used_bytes - (meminfo.kernel_stack_bytes or 0))
    return min(least_bytes, most_bytes), most_bytes
