"""The memory ledger of a node: entries that add up to MemTotal, each byte counted once."""

from __future__ import annotations

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.capture.procfs.slices import Slices
from fleetscan.diagnosis.knowledge.slab_signatures import is_unreclaimable
from fleetscan.diagnosis.measures.hugepages import hugepages_bytes
from fleetscan.diagnosis.measures.kernel_caches import cache_bytes, trusted_caches
from fleetscan.diagnosis.measures.memory_accounts import (
    arc_bytes,
    explained_bytes,
    kernel_bytes,
    sum_problem,
    vmalloc_bytes,
)
from fleetscan.diagnosis.measures.pod_cpus import POD_SLICES, pod_slice
from fleetscan.diagnosis.rule import known
from fleetscan.errors import AbsentError
from fleetscan.model import Window
from fleetscan.model.ledger import Entry, Ledger, Place

NAMED_CACHES = 3
"""The incident's slab was two caches; a bar with more than a few parts is hard to read."""

NAMED_RATIO = 0.02
"""Share of MemTotal; smaller parts cannot be seen in a bar."""


def ledger(window: Window) -> Ledger:
    """Return the ledger of the last sample; AbsentError if a large counter is missing or the counters contradict.

    The counters are those of ``memory_accounts``. Three of them overlap a little: swapped-out pages that are still
    mapped are in SwapCached and in AnonPages, so a sum above MemTotal is subtracted from the page cache, which includes
    SwapCached; shared memory is a part of Cached; vmalloc counts only beyond the kernel stacks.
    """
    meminfo = window.last[Meminfo]
    total_bytes = known(meminfo.total_bytes, "MemTotal")
    missing_bytes = total_bytes - explained_bytes(meminfo, window)
    if problem := sum_problem(meminfo, window):
        raise AbsentError(problem)
    vmalloc, _ = vmalloc_bytes(meminfo, missing_bytes)
    files_bytes = _files_bytes(meminfo) + min(0, missing_bytes)
    if files_bytes < 0:
        raise AbsentError("the counters of meminfo add up to more than MemTotal")
    # They are read at different moments; what is not reclaimable is a part of all slab.
    slab_bytes = known(meminfo.slab_bytes, "Slab")
    stuck_bytes = min(known(meminfo.slab_unreclaimable_bytes, "SUnreclaim"), slab_bytes)
    entries = (
        *_programs(window, known(meminfo.anon_bytes, "AnonPages")),
        Entry(place=Place.SHARED, held_bytes=_shared_bytes(meminfo)),
        Entry(place=Place.PAGE_CACHE, held_bytes=files_bytes),
        *_unreclaimable(window, stuck_bytes, total_bytes),
        Entry(place=Place.SLAB_RECLAIMABLE, held_bytes=slab_bytes - stuck_bytes),
        *_kernel(meminfo, vmalloc, total_bytes),
        Entry(place=Place.HUGEPAGES, held_bytes=hugepages_bytes(meminfo)),
        Entry(place=Place.ZFS_CACHE, held_bytes=arc_bytes(window)),
        Entry(place=Place.UNACCOUNTED, held_bytes=max(0, missing_bytes) - vmalloc),
        Entry(place=Place.FREE, held_bytes=known(meminfo.free_bytes, "MemFree")),
    )
    return Ledger(total_bytes=total_bytes, entries=tuple(entry for entry in entries if entry.held_bytes > 0))


def accounts(window: Window) -> tuple[Entry, ...]:
    """Return the ledger's entries, or as many of them as are known where the ledger cannot be added up."""
    try:
        return ledger(window).entries
    except AbsentError:
        return _known_accounts(window)


def _known_accounts(window: Window) -> tuple[Entry, ...]:
    meminfo = window.last.get(Meminfo)
    if meminfo is None:
        return ()
    total_bytes = meminfo.total_bytes or 0
    stuck_bytes = meminfo.slab_unreclaimable_bytes
    entries = (
        *_known_programs(window, meminfo),
        Entry(place=Place.SHARED, held_bytes=meminfo.shmem_bytes or 0),
        Entry(place=Place.PAGE_CACHE, held_bytes=_files_bytes(meminfo) if meminfo.cached_bytes is not None else 0),
        *(_unreclaimable(window, stuck_bytes, total_bytes) if stuck_bytes else ()),
        Entry(place=Place.SLAB_RECLAIMABLE, held_bytes=meminfo.slab_reclaimable_bytes or 0),
        *_kernel(meminfo, 0, total_bytes),
        Entry(place=Place.HUGEPAGES, held_bytes=hugepages_bytes(meminfo)),
        Entry(place=Place.ZFS_CACHE, held_bytes=arc_bytes(window)),
        Entry(place=Place.FREE, held_bytes=meminfo.free_bytes or 0),
    )
    return tuple(entry for entry in entries if entry.held_bytes > 0)


def _known_programs(window: Window, meminfo: Meminfo) -> tuple[Entry, ...]:
    """Return what programs hold, by their cgroups alone where AnonPages is not known."""
    if meminfo.anon_bytes is not None:
        return _programs(window, meminfo.anon_bytes)
    slices = window.last.get(Slices)
    own = [(one.name in POD_SLICES, one.anon_bytes or 0) for one in (() if slices is None else slices.slices)]
    return (
        Entry(place=Place.PODS, held_bytes=sum(held_bytes for is_of_pods, held_bytes in own if is_of_pods)),
        Entry(place=Place.SYSTEM, held_bytes=sum(held_bytes for is_of_pods, held_bytes in own if not is_of_pods)),
    )


def _shared_bytes(meminfo: Meminfo) -> int:
    return min(meminfo.shmem_bytes or 0, known(meminfo.cached_bytes, "Cached"))


def _files_bytes(meminfo: Meminfo) -> int:
    cached_bytes = known(meminfo.cached_bytes, "Cached") - _shared_bytes(meminfo)
    return cached_bytes + (meminfo.buffers_bytes or 0) + (meminfo.swap_cached_bytes or 0)


def _kernel(meminfo: Meminfo, vmalloc: int, total_bytes: int) -> tuple[Entry, ...]:
    """Return what the kernel holds beside slab: large parts by themselves, the rest together."""
    named = (
        (Place.PAGE_TABLES, (meminfo.page_tables_bytes or 0) + (meminfo.secondary_page_tables_bytes or 0)),
        (Place.PER_CPU, meminfo.percpu_bytes or 0),
        (Place.VMALLOC, vmalloc),
    )
    large = [(place, held_bytes) for place, held_bytes in named if held_bytes >= NAMED_RATIO * total_bytes]
    all_bytes = kernel_bytes(meminfo) + vmalloc
    rest_bytes = all_bytes - sum(held_bytes for _, held_bytes in large)
    entries = [Entry(place=place, held_bytes=held_bytes) for place, held_bytes in large]
    return (*entries, Entry(place=Place.KERNEL_OTHER, held_bytes=rest_bytes))


def _programs(window: Window, all_bytes: int) -> tuple[Entry, ...]:
    """Return what programs hold, in pods and outside of pods if the node reported them separately."""
    try:
        reported_bytes = known(pod_slice(window.last).anon_bytes, "the pods' own memory")
    except AbsentError:
        return (Entry(place=Place.PROCESSES, held_bytes=all_bytes),)
    pods_bytes = min(reported_bytes, all_bytes)
    return (
        Entry(place=Place.PODS, held_bytes=pods_bytes),
        Entry(place=Place.SYSTEM, held_bytes=all_bytes - pods_bytes),
    )


def _unreclaimable(window: Window, stuck_bytes: int, total_bytes: int) -> tuple[Entry, ...]:
    """Return the largest caches by name, and the rest; they are read at different moments, so their sum is capped."""
    try:
        info = trusted_caches(window)
    except AbsentError:
        return (Entry(place=Place.SLAB_UNRECLAIMABLE, held_bytes=stuck_bytes),)
    stuck = [(cache_bytes(cache, window), cache.name) for cache in info.caches if is_unreclaimable(cache)]
    large = sorted((one for one in stuck if one[0] >= NAMED_RATIO * total_bytes), reverse=True)[:NAMED_CACHES]
    entries, left_bytes = [], stuck_bytes
    for size_bytes, name in large:
        held_bytes = min(size_bytes, left_bytes)
        left_bytes -= held_bytes
        entries.append(Entry(place=Place.SLAB_UNRECLAIMABLE, held_bytes=held_bytes, name=name))
    return (*entries, Entry(place=Place.SLAB_UNRECLAIMABLE, held_bytes=left_bytes))
