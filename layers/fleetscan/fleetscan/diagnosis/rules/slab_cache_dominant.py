"""One kind of kernel object takes much of the node's memory.

What it means: of the kernel's caches that cannot be reclaimed, one holds 5 % of the memory or more. On a healthy
node no single one comes near. Its name is a lead to what makes the objects: files held open, containers that come and
go, socket buffers, a security module.

Why it hurts: objects of one kind that only grow are a leak, in the kernel or of a process that never lets go. It ends
when the memory does.

What to do: follow the name. Where it belongs to a process, stop or update that process; where a kernel or a driver
leaks, update the AMI. A general size class (kmalloc) may hold anything, so its name proves nothing.

Source: LBNL nhc pull requests 70 and 72 (5 GB); Alibaba Cloud's guide to slab leaks (only caches that are not
reclaimable count). The shares of 5 % and 20 % are ours. Signatures and their sources stand in slab_signatures.py.
"""

from __future__ import annotations

from typing import Annotated

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.measures.kernel_caches import CacheFamily, families, trusted_caches
from fleetscan.diagnosis.measures.slab_cause import family_cause
from fleetscan.diagnosis.measures.socket_buffers import BUFFER_LIMITS, BufferLimits
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import AtLeast
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import count, percent, size


@immutable
class Limits:
    """From where on it fires."""

    warning_ratio: float = 0.05
    """Of MemTotal [inference]."""
    critical_ratio: Annotated[float, AtLeast("warning_ratio")] = 0.20
    """Of MemTotal [inference]."""
    critical_bytes: int = 5_000_000_000
    """Much on any node (LBNL nhc pull requests 70 and 72)."""
    buffers: BufferLimits = BUFFER_LIMITS


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare the largest cache that cannot be reclaimed with MemTotal and with an amount."""
    found = families(trusted_caches(window), window)
    meminfo = window.last.get(Meminfo)
    total_bytes = None if meminfo is None else meminfo.total_bytes
    largest = next((one for one in found if one.is_unreclaimable), None)
    crossed = None if largest is None else _crossed(largest.held_bytes, total_bytes, limits)
    if largest is None or crossed is None:
        _require_known(found, total_bytes, limits)
        return None
    severity, measured, limit = crossed
    cause = family_cause(largest, window, limits.buffers)
    share = "" if total_bytes is None else f", {percent(largest.held_bytes / total_bytes)} of the node's memory"
    held = f"{largest.name} holds {size(largest.held_bytes)}{share}"
    return Evidence(
        severity=severity,
        text=f"{held}, in {count(largest.active_objects)} objects: {cause.words}",
        measured=measured,
        limit=limit,
        cause=cause.cause,
        suspects=cause.suspects,
    )


def _crossed(held_bytes: int, total_bytes: int | None, limits: Limits) -> tuple[Severity, float, float] | None:
    ratio = 0.0 if total_bytes is None else held_bytes / total_bytes
    if ratio >= limits.critical_ratio:
        return Severity.CRITICAL, ratio, limits.critical_ratio
    if held_bytes >= limits.critical_bytes:
        return Severity.CRITICAL, held_bytes, limits.critical_bytes
    return (Severity.WARNING, ratio, limits.warning_ratio) if ratio >= limits.warning_ratio else None


def _require_known(found: tuple[CacheFamily, ...], total_bytes: int | None, limits: Limits) -> None:
    """Raise AbsentError where silence would call a node well that was only half seen."""
    unknown = next((one for one in found if one.is_unreclaimable is None), None)
    if unknown is not None and _crossed(unknown.held_bytes, total_bytes, limits):
        raise AbsentError(
            f"{unknown.name} holds {size(unknown.held_bytes)}, but whether it can be reclaimed is not known"
        )
    if total_bytes is None:
        raise AbsentError("MemTotal was not reported, and no cache is large for every node")


RULE = Rule(
    id="slab_cache_dominant",
    severity=Severity.CRITICAL,
    title="One kind of kernel object takes much of the memory",
    remedy=(
        "See whether it still grows, and what it may be merged with:\n"
        "    grep '^NAME ' /proc/slabinfo\n"
        "    ls -l /sys/kernel/slab | grep NAME\n"
        "Where a process holds the objects, find it; files and sockets show here:\n"
        "    for p in /proc/[0-9]*; do echo $(ls $p/fd | wc -l) $p $(cat $p/comm); done | sort -rn | head\n"
        "Where the kernel leaks, drain the node, replace it and update its AMI:\n"
        "    kubectl drain NODE --ignore-daemonsets --delete-emptydir-data"
    ),
    limits=DEFAULTS,
    check=check,
)
