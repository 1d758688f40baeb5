"""Which slab cache holds the memory? Multiplies counts by sizes, and compares heads with data objects."""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.capture.procfs.slabinfo import Cache, Slabinfo, data_classes, skb_heads
from fleetscan.diagnosis.investigation.hypothesis import Answer, Hypothesis, no, unknown, yes
from fleetscan.diagnosis.knowledge.slab_signatures import is_unreclaimable
from fleetscan.diagnosis.measures.kernel_caches import trusted_caches
from fleetscan.diagnosis.measures.socket_buffers import BUFFER_LIMITS, BufferLimits
from fleetscan.diagnosis.measures.unreclaimable import SLAB_LIMITS, SlabLimits, unreclaimable_level
from fleetscan.diagnosis.rule import known
from fleetscan.diagnosis.rules import slab_unreclaimable_high
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Finding, Window
from fleetscan.quantities import count, percent, size

CACHES_SHOWN = 3


@immutable
class Limits:
    """The thresholds for a large slab and for many socket buffers."""

    slab: SlabLimits = SLAB_LIMITS
    buffers: BufferLimits = BUFFER_LIMITS


def _examine(window: Window, _findings: Sequence[Finding], limits: Limits) -> Answer:
    meminfo = window.last[Meminfo]
    level = unreclaimable_level(meminfo, limits.slab)
    slab_bytes = known(meminfo.slab_unreclaimable_bytes, "SUnreclaim")
    share = "" if not meminfo.total_bytes else f" ({percent(slab_bytes / meminfo.total_bytes)} of MemTotal)"
    held = f"unreclaimable slab (SUnreclaim) is {size(slab_bytes)}{share}"
    if level is None:
        return no(held)
    try:
        slabinfo = trusted_caches(window)
    except AbsentError as absent:
        return unknown(f"{held}, but in which caches is unknown: {absent}")
    caches = [cache for cache in slabinfo.caches if is_unreclaimable(cache) is not False]
    caches.sort(key=_object_bytes, reverse=True)
    if not caches:
        return unknown(f"{held}, but no unreclaimable cache is among those that were read")
    return yes(f"{'; '.join(_equation(cache) for cache in caches[:CACHES_SHOWN])}{_pairs(slabinfo, limits.buffers)}")


def _object_bytes(cache: Cache) -> int:
    return cache.objects * cache.object_bytes


def _equation(cache: Cache) -> str:
    return f"{cache.name} {count(cache.objects)} x {count(cache.object_bytes)} B = {size(_object_bytes(cache))}"


def _pairs(slabinfo: Slabinfo, limits: BufferLimits) -> str:
    """Return how many data objects there are for each socket buffer; empty if there are few socket buffers."""
    heads = skb_heads(slabinfo) or 0
    largest = max(data_classes(slabinfo), key=_object_bytes, default=None)
    if heads < limits.heads_total or largest is None:
        return ""
    return f"; {largest.active_objects / heads:.2f} {largest.name} objects per socket buffer"


SLAB = Hypothesis(
    id="slab",
    question="Does the kernel itself hold the memory (slab), and in which cache?",
    examine=_examine,
    limits=Limits(),
    rules=(slab_unreclaimable_high.RULE.id,),
)
