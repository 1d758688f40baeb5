"""The slab caches of a node as rules see them: only where they can be believed, and summed by family."""

from __future__ import annotations

from fleetscan.capture.procfs.host import Host
from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.capture.procfs.slabinfo import Cache, Slabinfo, size_bytes
from fleetscan.diagnosis.knowledge.slab_signatures import family, is_unreclaimable
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Window
from fleetscan.quantities import count, percent

LEAST_COHERENT_RATIO = 0.8
"""Pages summed from slabinfo were 0.91 to 1.00 of meminfo's Slab on intact hosts; far below, data is missing."""

MOST_COHERENT_RATIO = 1.25
"""Far above, the two files are not of one node or not of one page size [inference]."""

DEAD_CGROUP_CACHES = 50_000
"""Objects of kmem_cache. A node has some 200 caches; before Linux 5.9 each memory cgroup, dying ones included, has its
own copies, some 50 at 1,000 cgroups (the threshold of cgroups_leaking) [inference]."""

DEAD_CGROUP_FILES = 1_000_000
"""Objects of kernfs_node_cache: files of sysfs and of cgroups. Idle machines have 20,000 to 100,000, and 250 pods add
some 50,000 (60 files for each of 750 cgroups) [inference]; coreos/bugs 1927 and moby 37722 had many millions."""


_DEAD_CGROUP_LIMITS = {
    "kmem_cache": DEAD_CGROUP_CACHES,
    "kmem_cache_node": DEAD_CGROUP_CACHES,
    "kernfs_node_cache": DEAD_CGROUP_FILES,
}


@immutable
class DeadCgroups:
    """Kernel objects that only cgroups of deleted containers leave in such numbers."""

    cache: str
    objects: int
    limit: int

    @property
    def words(self) -> str:
        """How many there are, and how many are normal."""
        usual = "some 60 for each cgroup" if self.cache == "kernfs_node_cache" else "a node has a few hundred"
        return f"{count(self.objects)} {self.cache} objects ({usual})"


@immutable
class CacheFamily:
    """Caches that differ only in their variant: kmalloc-1k, kmalloc-cg-1k and kmalloc-rnd-07-1k."""

    name: str
    active_objects: int
    held_bytes: int
    """Pages held, whether the objects in them are used or not."""
    is_unreclaimable: bool | None
    """None if it is unknown for one of them."""


def trusted_caches(window: Window) -> Slabinfo:
    """Return slabinfo; AbsentError if it does not agree with meminfo, because then a part of it is missing."""
    info = window.last[Slabinfo]
    meminfo = window.last.get(Meminfo)
    if meminfo is None or meminfo.slab_bytes is None:
        return info
    if meminfo.slab_bytes == 0:
        raise AbsentError("meminfo reports no slab at all, as inside an lxcfs container: it is not the node's own")
    ratio = info.total_bytes / meminfo.slab_bytes
    if not LEAST_COHERENT_RATIO <= ratio <= MOST_COHERENT_RATIO:
        raise AbsentError(
            f"the caches in slabinfo add up to {percent(ratio)} of meminfo's Slab: the data is incomplete"
        )
    return info


def cache_bytes(cache: Cache, window: Window) -> int:
    """Return what a cache holds: its pages, or its objects where the node's page size is not known."""
    return _cache_bytes(cache, _page_bytes(window))


def families(info: Slabinfo, window: Window) -> tuple[CacheFamily, ...]:
    """Return the listed caches summed by family, most bytes first."""
    grouped: dict[str, list[Cache]] = {}
    for cache in info.caches:
        grouped.setdefault(family(cache.name), []).append(cache)
    page_bytes = _page_bytes(window)
    found = [_family(name, caches, page_bytes) for name, caches in grouped.items()]
    return tuple(sorted(found, key=lambda one: -one.held_bytes))


def dead_cgroups(info: Slabinfo) -> DeadCgroups | None:
    """Return the objects in slabinfo that show dying memory cgroups; None if there are none."""
    for name, limit in _DEAD_CGROUP_LIMITS.items():
        objects = sum(cache.active_objects for cache in info.caches if cache.name == name)
        if objects >= limit:
            return DeadCgroups(cache=name, objects=objects, limit=limit)
    return None


def _family(name: str, caches: list[Cache], page_bytes: int | None) -> CacheFamily:
    flags = {is_unreclaimable(cache) for cache in caches}
    return CacheFamily(
        name=name,
        active_objects=sum([cache.active_objects for cache in caches]),
        held_bytes=sum([_cache_bytes(cache, page_bytes) for cache in caches]),
        is_unreclaimable=flags.pop() if len(flags) == 1 else None,
    )


def _page_bytes(window: Window) -> int | None:
    host = window.last.get(Host)
    return None if host is None else host.page_bytes


def _cache_bytes(cache: Cache, page_bytes: int | None) -> int:
    return size_bytes(cache, page_bytes) if page_bytes else cache.objects * cache.object_bytes
