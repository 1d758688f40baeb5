"""One slab cache holds much of the node's memory.

What it means: of the slab caches that cannot be reclaimed, one holds 5% of the memory or more. On a healthy node
none comes near that. Its name is a hint to what makes the objects: open files, containers that start and stop,
socket buffers, a security module.

Why it hurts: objects of one kind that only grow are a leak, in the kernel or of a process that never releases them.
They grow until the node has no memory left.

What to do: follow the name. If a process makes the objects, stop or update that process; if a kernel or a driver
leaks, update the AMI. A general size class (kmalloc) may hold anything, so its name proves nothing.

Source: LBNL nhc pull requests 70 and 72 (5 GB); Alibaba Cloud's guide to slab leaks (only caches that are not
reclaimable count). The shares of 5% and 20% are our own figures. From 20% or 5 GB on it is critical if little memory is
left, memory runs out or tasks wait for it, or if unreclaimable slab as a whole is critical by itself: 9.5 GiB in one
cache of a node with 1 TiB are a leak to look for and no danger. Signatures and their sources are in slab_signatures.py.
"""

from __future__ import annotations

from typing import Annotated

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.measures.danger import DANGER_LIMITS, DangerLimits, memory_severity
from fleetscan.diagnosis.measures.kernel_caches import CacheFamily, families, trusted_caches
from fleetscan.diagnosis.measures.slab_cause import family_cause
from fleetscan.diagnosis.measures.socket_buffers import BUFFER_LIMITS, BufferLimits
from fleetscan.diagnosis.measures.unreclaimable import SLAB_LIMITS, SlabLimits, unreclaimable_level
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import AtLeast
from fleetscan.diagnosis.traits import Family
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import count, percent, size


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_ratio: float = 0.05
    """Share of MemTotal [inference]."""
    critical_ratio: Annotated[float, AtLeast("warning_ratio")] = 0.20
    """Share of MemTotal that is critical with a present danger [inference]."""
    critical_bytes: int = 5_000_000_000
    """Bytes that are much on any node: critical with a present danger too (LBNL nhc pull requests 70 and 72)."""
    slab: SlabLimits = SLAB_LIMITS
    danger: DangerLimits = DANGER_LIMITS
    buffers: BufferLimits = BUFFER_LIMITS


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare the largest cache that cannot be reclaimed with MemTotal and with a fixed size."""
    found = families(trusted_caches(window), window)
    meminfo = window.last.get(Meminfo)
    total_bytes = None if meminfo is None else meminfo.total_bytes
    largest = next((one for one in found if one.is_unreclaimable), None)
    if largest is None or not _is_much(largest.held_bytes, total_bytes, limits):
        _require_known(found, total_bytes, limits)
        return None
    severity, danger = _severity(largest.held_bytes, total_bytes, window, limits)
    measured, limit = _crossed(largest.held_bytes, total_bytes, severity, limits)
    cause = family_cause(largest, window, limits.buffers)
    share = "" if total_bytes is None else f", {percent(largest.held_bytes / total_bytes)} of MemTotal"
    threshold = size(limit) if limit == limits.critical_bytes else percent(limit)
    held = f"slab cache {largest.name} holds {size(largest.held_bytes)}{share} (threshold {threshold})"
    return Evidence(
        severity=severity,
        text=f"{held}, in {count(largest.active_objects)} objects{danger}: {cause.words}",
        measured=measured,
        limit=limit,
        cause=cause.cause,
        suspects=cause.suspects,
    )


def _is_much(held_bytes: int, total_bytes: int | None, limits: Limits) -> bool:
    return _share(held_bytes, total_bytes) >= limits.warning_ratio or held_bytes >= limits.critical_bytes


def _severity(held_bytes: int, total_bytes: int | None, window: Window, limits: Limits) -> tuple[Severity, str]:
    """Return critical if it is large and the node in danger, or unreclaimable slab as a whole critical by itself."""
    if _share(held_bytes, total_bytes) < limits.critical_ratio and held_bytes < limits.critical_bytes:
        return Severity.WARNING, ""
    try:
        level = unreclaimable_level(window.last[Meminfo], limits.slab)
    except AbsentError:
        level = None
    if level is not None and level.severity is Severity.CRITICAL:
        return Severity.CRITICAL, ""
    return memory_severity(window, limits.danger)


def _crossed(held_bytes: int, total_bytes: int | None, severity: Severity, limits: Limits) -> tuple[float, float]:
    """Return the measure and the threshold of this severity that it crossed: a share, or bytes where it is small."""
    ratio = _share(held_bytes, total_bytes)
    limit = limits.critical_ratio if severity is Severity.CRITICAL else limits.warning_ratio
    return (ratio, limit) if ratio >= limit else (held_bytes, limits.critical_bytes)


def _share(held_bytes: int, total_bytes: int | None) -> float:
    return held_bytes / total_bytes if total_bytes else 0.0


def _require_known(found: tuple[CacheFamily, ...], total_bytes: int | None, limits: Limits) -> None:
    """Raise AbsentError if the data is too incomplete to report that no cache is dominant."""
    unknown = next((one for one in found if one.is_unreclaimable is None), None)
    if unknown is not None and _is_much(unknown.held_bytes, total_bytes, limits):
        raise AbsentError(
            f"{unknown.name} holds {size(unknown.held_bytes)}, but whether it can be reclaimed is unknown"
        )
    if total_bytes is None:
        raise AbsentError("MemTotal was not reported, and no slab cache is large enough to count on any node")


RULE = Rule(
    id="slab_cache_dominant",
    severity=Severity.CRITICAL,
    title="One slab cache holds much of the memory",
    remedy=(
        "    ls -l /sys/kernel/slab | grep NAME\n"
        "Shows, on the node, which other caches the kernel has merged into this one (SLUB merging).\n"
        "    for p in /proc/[0-9]*; do echo $(ls $p/fd | wc -l) $p $(cat $p/comm); done | sort -rn | head\n"
        "Shows the processes with the most open files and sockets. Stop the one that holds the objects.\n"
        "    kubectl drain NODE --ignore-daemonsets --delete-emptydir-data\n"
        "Moves the pods to other nodes, if the kernel or a driver leaks. Then replace the node with a newer AMI."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.KERNEL_MEMORY,
)
