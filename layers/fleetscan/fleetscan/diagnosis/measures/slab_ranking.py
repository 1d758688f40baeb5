"""The slab caches of a node by size."""

from __future__ import annotations

from operator import itemgetter

from fleetscan.diagnosis.knowledge.slab_signatures import is_unreclaimable
from fleetscan.diagnosis.measures.kernel_caches import cache_bytes, trusted_caches
from fleetscan.model import Window
from fleetscan.model.picture import RankedCache


def slab_ranking(window: Window, most: int) -> tuple[RankedCache, ...]:
    """Return the largest caches, no more than ``most``, most bytes first.

    AbsentError if slabinfo was not read or a part of it is missing.
    """
    sizes = [(cache_bytes(cache, window), cache) for cache in trusted_caches(window).caches]
    sizes.sort(key=itemgetter(0), reverse=True)
    return tuple(
        [
            RankedCache(
                name=cache.name,
                held_bytes=held_bytes,
                active_objects=cache.active_objects,
                object_bytes=cache.object_bytes,
                is_unreclaimable=is_unreclaimable(cache),
            )
            for held_bytes, cache in sizes[:most]
        ]
    )
