"""The memory ledger of a node: entries that add up to MemTotal."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from fleetscan.immutable import immutable


class Place(enum.StrEnum):
    """What holds memory, in the order in which it is shown. No byte is in two places."""

    PODS = "pods"
    """Memory of the programs in pods themselves (anonymous pages); their files are in the page cache."""
    SYSTEM = "system"
    """The same of all that runs outside of pods: kubelet, container runtime, agents, shells."""
    PROCESSES = "processes"
    """Pods and system together, if the node did not report them separately."""
    SHARED = "shared"
    """Shared memory and tmpfs, which looks like page cache and cannot be dropped."""
    PAGE_CACHE = "page_cache"
    """Files kept in memory, buffers and the swap cache: given back when it is needed."""
    SLAB_UNRECLAIMABLE = "slab_unreclaimable"
    """Kernel objects that memory pressure cannot free; the largest caches have an entry each."""
    SLAB_RECLAIMABLE = "slab_reclaimable"
    PAGE_TABLES = "page_tables"
    """This and the next two have an entry of their own where they are large, else they are in KERNEL_OTHER."""
    PER_CPU = "per_cpu"
    VMALLOC = "vmalloc"
    KERNEL_OTHER = "kernel_other"
    """Page tables, stacks, per-CPU memory, vmalloc, compressed swap and pages taken out of use as broken."""
    HUGEPAGES = "hugepages"
    """Pools of huge pages, used or not."""
    ZFS_CACHE = "zfs_cache"
    UNACCOUNTED = "unaccounted"
    """In no field of /proc/meminfo: pages that the kernel or a driver allocated directly."""
    FREE = "free"


PLACE_WORDS: Mapping[Place, str] = {
    Place.PODS: "pods",
    Place.SYSTEM: "host processes",
    Place.PROCESSES: "pods and host processes",
    Place.SHARED: "shared memory and tmpfs",
    Place.PAGE_CACHE: "page cache",
    Place.SLAB_UNRECLAIMABLE: "unreclaimable slab",
    Place.SLAB_RECLAIMABLE: "reclaimable slab",
    Place.PAGE_TABLES: "page tables",
    Place.PER_CPU: "per-CPU memory",
    Place.VMALLOC: "vmalloc",
    Place.KERNEL_OTHER: "other kernel memory",
    Place.HUGEPAGES: "huge pages",
    Place.ZFS_CACHE: "ZFS cache",
    Place.UNACCOUNTED: "unaccounted",
    Place.FREE: "free",
}
"""What each place is called, in every output."""


@immutable
class Entry:
    """One line of the ledger."""

    place: Place
    held_bytes: int
    """Never 0."""
    name: str = ""
    """The slab cache; empty for the rest of them and everywhere else."""


@immutable
class Ledger:
    """All memory of one node. ``sum(entry.held_bytes for entry in entries) == total_bytes``."""

    total_bytes: int
    """MemTotal."""
    entries: tuple[Entry, ...]
    """In the order of ``Place``, the caches of a place by size, its rest last."""
