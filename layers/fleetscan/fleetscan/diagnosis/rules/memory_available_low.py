"""Little memory is available to programs (MemAvailable).

What it means: MemAvailable is the kernel's own estimate of what programs can get without swapping: free memory and
caches that can be dropped. Memory reserved for huge pages is not counted, because ordinary programs cannot use it.

Why it hurts: the kubelet evicts pods at 100 MiB, and the kernel kills processes at about 0 (OOM). The node stalls
before either of them.

What to do: the finding names what holds the memory, as far as it is known: the largest account of the kernel, the
largest pod, or a process outside of pods, the container runtime among them. A finding that the next scan repeats is
not a short peak.

Source: node-mixin (10%), hotsos (3%), netdata; atmosphere pull request 3936 for the huge pages. The 5% is our own
figure, and critical only below 2 GiB with the free swap counted, or if tasks wait for memory or it runs out within
hours: 35 GiB of 768 are little of much.
"""

from __future__ import annotations

from fleetscan.capture.procfs.arcstats import Arcstats
from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.measures.danger import DANGER_LIMITS, DangerLimits, memory_danger
from fleetscan.diagnosis.measures.hugepages import hugepages_bytes
from fleetscan.diagnosis.measures.memory_holder import memory_holder
from fleetscan.diagnosis.measures.slab_cause import slab_cause
from fleetscan.diagnosis.measures.socket_buffers import BUFFER_LIMITS, Attribution, BufferLimits
from fleetscan.diagnosis.measures.unreclaimable import SLAB_LIMITS, SlabLimits, unreclaimable_level
from fleetscan.diagnosis.rule import Rule, known
from fleetscan.diagnosis.traits import MEMORY, Figure
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Cause, Evidence, Severity, Window
from fleetscan.model.ledger import Place
from fleetscan.quantities import percent, size

STARVING_HUGEPAGES_RATIO = 0.5
"""A huge page pool of at least this share of MemTotal is the cause [inference]."""

LARGE_CACHE_RATIO = 0.25
"""The ZFS ARC, or the dentry and inode caches, from this share of the memory on are named [inference]."""


@immutable
class Limits:
    """The thresholds of the rule."""

    danger: DangerLimits = DANGER_LIMITS
    slab: SlabLimits = SLAB_LIMITS
    buffers: BufferLimits = BUFFER_LIMITS


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare MemAvailable with the memory without huge pages; if the ZFS ARC takes it, it is information only."""
    meminfo = window.last[Meminfo]
    available_bytes = known(meminfo.available_bytes, "MemAvailable")
    all_bytes = known(meminfo.total_bytes, "MemTotal")
    pool_bytes = hugepages_bytes(meminfo)
    usable_bytes = all_bytes - pool_bytes
    if usable_bytes <= 0:
        raise AbsentError("HugePages are reported as larger than MemTotal")
    ratio = available_bytes / usable_bytes
    left = limits.danger.left
    if ratio >= left.warning_ratio:
        return None
    is_in_danger = ratio < left.critical_ratio and bool(memory_danger(window, limits.danger))
    severity = Severity.CRITICAL if is_in_danger else Severity.WARNING
    limit = left.critical_ratio if severity is Severity.CRITICAL else left.warning_ratio
    found, named = _cause(window, meminfo, pool_bytes, limits)
    if found.cause is Cause.ZFS_ARC and available_bytes + _arc_bytes(window) >= left.warning_ratio * usable_bytes:
        severity, limit = Severity.INFO, left.warning_ratio
    aside = f", {size(pool_bytes)} more is reserved for huge pages" if pool_bytes else ""
    aside += f", {size(meminfo.swap_free_bytes)} of swap is free" if meminfo.swap_free_bytes else ""
    holder = memory_holder(window)
    words = (f"; {found.words}" if found.words else "") + holder.beside(named)
    share = f"{size(available_bytes)} of {size(usable_bytes)} ({percent(ratio)}, threshold {percent(limit)})"
    return Evidence(
        severity=severity,
        text=f"MemAvailable is {share}{aside}{words}",
        measured=ratio,
        limit=limit,
        cause=found.cause,
        suspects=found.suspects or holder.suspects,
    )


def _cause(window: Window, meminfo: Meminfo, pool_bytes: int, limits: Limits) -> tuple[Attribution, Place | None]:
    """Return what takes the memory, as far as a cause is known, and which account of the ledger that is."""
    all_bytes = meminfo.total_bytes or 1
    arc_bytes = _arc_bytes(window)
    reclaimable_bytes = meminfo.slab_reclaimable_bytes or 0
    if pool_bytes >= STARVING_HUGEPAGES_RATIO * all_bytes:
        words = f"the huge page pool takes {percent(pool_bytes / all_bytes)} of MemTotal"
        return Attribution(cause=Cause.HUGEPAGES, words=words), Place.HUGEPAGES
    if arc_bytes >= LARGE_CACHE_RATIO * all_bytes:
        words = f"the ZFS ARC holds {size(arc_bytes)} and shrinks under memory pressure"
        return Attribution(cause=Cause.ZFS_ARC, words=words), Place.ZFS_CACHE
    slab_bytes = meminfo.slab_unreclaimable_bytes
    if slab_bytes and unreclaimable_level(meminfo, limits.slab) is not None:
        found = slab_cause(window, slab_bytes, limits.buffers)
        words = f"SUnreclaim is {size(slab_bytes)}: {found.words}"
        attribution = Attribution(cause=found.cause, words=words, suspects=found.suspects)
        return attribution, Place.SLAB_UNRECLAIMABLE
    if reclaimable_bytes >= LARGE_CACHE_RATIO * all_bytes:
        return _file_cache(window, reclaimable_bytes, limits), Place.SLAB_RECLAIMABLE
    return Attribution(cause=Cause.UNATTRIBUTED, words=""), None


def _arc_bytes(window: Window) -> int:
    arc = window.last.get(Arcstats)
    return 0 if arc is None else arc.size_bytes


def _file_cache(window: Window, reclaimable_bytes: int, limits: Limits) -> Attribution:
    """Attribute it to the dentry and inode caches, unless dying cgroups keep them alive."""
    found = slab_cause(window, reclaimable_bytes, limits.buffers)
    if found.cause is Cause.CONTAINER_CHURN:
        return found
    words = f"the dentry and inode caches (SReclaimable) hold {size(reclaimable_bytes)}, which is freed only slowly"
    return Attribution(cause=Cause.FILESYSTEM_CACHE, words=words)


RULE = Rule(
    id="memory_available_low",
    severity=Severity.CRITICAL,
    title="Low available memory (MemAvailable)",
    remedy=(
        "    kubectl cordon NODE\n"
        "Keeps new pods off the node. Then free what holds the memory: a pod, the kernel's slab, huge pages or the ZFS "
        "ARC, as the report shows.\n"
        "    ps -eo pid,rss,comm --sort=-rss | head\n"
        "Shows, on the node, the largest processes, those outside pods too."
    ),
    limits=DEFAULTS,
    check=check,
    is_failing_now=True,
    columns=(Figure.MEMORY_AVAILABLE,),
    required=(MEMORY,),
)
