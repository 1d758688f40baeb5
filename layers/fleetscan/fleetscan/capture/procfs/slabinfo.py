"""/proc/slabinfo, reduced to the largest caches; skbuff_head_cache is always among them.

First the sum over all caches, then for each its name, active_objs, num_objs, objsize, objperslab, pagesperslab,
num_slabs, and whether it is reclaimable (/sys/kernel/slab/NAME/reclaim_account: ``1``, ``0``, or ``-``)::

    total caches=187 bytes=2254857830
    kmalloc-1k 1667384 1667392 1024 16 4 104212 0
    skbuff_head_cache 1657980 1657984 256 16 1 103624 0
    dentry 81234 84021 192 21 1 4001 1

Absent where the file cannot be read: it needs root (mode 0400) and a kernel with it compiled in.
https://man7.org/linux/man-pages/man5/slabinfo.5.html

``objects`` need not equal ``slabs * objects_per_slab``, and on a kernel with debugging ``object_bytes`` is more than
the name says. A cache merged with another of its size is listed under the other's name, or not at all.
"""

from __future__ import annotations

import re
from functools import lru_cache

from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "slabinfo"
_COLUMNS = ("active_objs", "num_objs", "objsize", "objperslab", "pagesperslab", "num_slabs")
_RECLAIMABLE = {"1": True, "0": False, rows.UNKNOWN: None}
_HEADS = "skbuff_head_cache"
_FAST_CLONES = "skbuff_fclone_cache"
_SMALL_DATA = "skbuff_small_head"
# kmalloc-1k, kmalloc-cg-1k (accounted), kmalloc-rcl-1k (reclaimable), kmalloc-rnd-07-1k (randomised, Linux 6.6),
# dma-kmalloc-1k; kmalloc-1024 before 4.20; size-1024 and size-1024(DMA) of the SLAB allocator, cleaned by the script.
_SIZE_CLASS = re.compile(
    r"(?:dma-)?kmalloc-(?:rnd-[0-9]{1,2}-|cg-|rcl-)?(?P<size>[0-9]{1,8})(?P<unit>[kM]?)"
    r"|size-(?P<old_size>[0-9]{1,8})(?:[(_]DMA[)_])?"
)
_UNIT_BYTES = {"": 1, "k": 1024, "M": 1024 * 1024}

NAMES_KEPT = 1_024
"""Names of caches whose meaning is remembered: all nodes of a fleet have the same few hundred."""


@immutable
class Cache:
    """One slab cache."""

    name: str
    active_objects: int
    objects: int
    object_bytes: int
    objects_per_slab: int
    pages_per_slab: int
    slabs: int
    is_reclaimable: bool | None
    """None where the node did not know."""

    @property
    def pages(self) -> int:
        """Pages that the cache holds."""
        return self.slabs * self.pages_per_slab


@immutable
class Slabinfo:
    """The slab caches of one node. ``caches`` are only the largest, most bytes first, and skbuff_head_cache."""

    caches_total: int
    """How many caches the node has, listed or not."""
    total_bytes: int
    """Pages held by all of them, in bytes."""
    caches: tuple[Cache, ...]


def parse(text: str) -> Slabinfo:
    """Parse the section ``slabinfo``; without its first row it is a ParseError.

    Two caches may bear one name: kernels allow it, and only debug kernels since 6.12 warn of it.
    """
    head, lines = rows.read_headed(text, source=_SOURCE, head="total")
    total = head.pairs(1)
    return Slabinfo(
        caches_total=total.whole("caches"),
        total_bytes=total.whole("bytes"),
        caches=tuple(_cache(row) for row in lines),
    )


def size_bytes(cache: Cache, page_bytes: int) -> int:
    """Return the memory a cache holds, used or not: its pages."""
    return cache.pages * page_bytes


@lru_cache(NAMES_KEPT)
def size_class_bytes(name: str) -> int | None:
    """Return the object size that a kmalloc cache's name promises: 1024 for ``kmalloc-1k``, None for other caches."""
    match = _SIZE_CLASS.fullmatch(name)
    if match is None:
        return None
    if match["old_size"]:
        return int(match["old_size"])
    return int(match["size"]) * _UNIT_BYTES[match["unit"]]


def skb_heads(info: Slabinfo) -> int | None:
    """Return how many socket buffers live in the kernel, None if the cache of their heads is not listed.

    Active objects of skbuff_head_cache and, where listed, skbuff_fclone_cache (a buffer with room for its clone).
    """
    heads = [cache.active_objects for cache in info.caches if cache.name == _HEADS]
    clones = [cache.active_objects for cache in info.caches if cache.name == _FAST_CLONES]
    return sum(heads + clones) if heads else None


def data_classes(info: Slabinfo) -> tuple[Cache, ...]:
    """Return the listed caches that can hold the data of socket buffers, in their order.

    These are the general size classes (kmalloc) that are not reclaimable, and skbuff_small_head of Linux 6.3 and later.
    """
    return tuple([cache for cache in info.caches if _holds_data(cache)])


def _holds_data(cache: Cache) -> bool:
    is_general = size_class_bytes(cache.name) is not None and "-rcl-" not in cache.name
    return cache.name == _SMALL_DATA or (is_general and cache.is_reclaimable is not True)


def _cache(row: rows.Row) -> Cache:
    flag = row.word(7, "reclaimable")
    if flag not in _RECLAIMABLE:
        raise row.error("reclaimable is neither 1 nor 0 nor -")
    name = row.name(0, "name")
    active_objects, objects, object_bytes, objects_per_slab, pages_per_slab, slabs = row.wholes(1, _COLUMNS)
    return Cache(
        name=name,
        active_objects=active_objects,
        objects=objects,
        object_bytes=object_bytes,
        objects_per_slab=objects_per_slab,
        pages_per_slab=pages_per_slab,
        slabs=slabs,
        is_reclaimable=_RECLAIMABLE[flag],
    )
