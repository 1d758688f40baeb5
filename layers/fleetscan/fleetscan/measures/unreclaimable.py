"""How bad the unreclaimable slab of a node is: one measure that several rules go by.

Neither a share nor an amount will do alone. In the incident the node that survived held more (4.5 GB of 16) than the
one that died (2.1 GB of 4), and a share alone alarms on every small machine.
"""

from __future__ import annotations

from dataclasses import dataclass

from fleetscan.errors import AbsentError
from fleetscan.model import Severity
from fleetscan.procfs.meminfo import Meminfo
from fleetscan.rule import known

_MIB = 1024 * 1024

WARNING_RATIO = 0.10
"""Alibaba Cloud's guide to slab leaks."""

WARNING_BYTES = 500 * _MIB
"""Healthy nodes of the incident had 50 to 200 MB [inference]."""

CRITICAL_RATIO = 0.15
"""Together with CRITICAL_BYTES: memleak.go of Alibaba's node-problem-detector."""

CRITICAL_BYTES = 800 * _MIB

URGENT_RATIO = 0.25
"""deckhouse's alert on slab leaks; critical from WARNING_BYTES on."""

ANY_NODE_BYTES = 5_000_000_000
"""Much for any node (LBNL nhc pull requests 70 and 72): the measure where MemTotal is not known."""

SMALL_NODE_RATIO = 0.20
"""On a machine too small for WARNING_BYTES, and only where its memory is short too: 30 of 124 MB at openwrt 3507
[inference]."""

SMALL_NODE_FREE_RATIO = 0.20
"""Memory is short on a small machine below this share of MemAvailable, or of MemFree where the former is not known."""


@dataclass(frozen=True, slots=True)
class Level:
    """How high it is. ``limit`` has the unit of ``measured``: a ratio, or bytes where MemTotal is not known."""

    severity: Severity
    measured: float
    limit: float


def unreclaimable_level(meminfo: Meminfo) -> Level | None:
    """Return how high the unreclaimable slab is, None where it is normal.

    AbsentError where it is not known, or too little to be judged without MemTotal.
    """
    held_bytes = known(meminfo.slab_unreclaimable_bytes, "SUnreclaim")
    if held_bytes == 0:
        raise AbsentError("meminfo reports no unreclaimable slab at all, as inside an lxcfs container")
    if meminfo.total_bytes is None:
        if held_bytes < ANY_NODE_BYTES:
            raise AbsentError("MemTotal was not reported, and the amount alone is not much for every node")
        return Level(Severity.WARNING, held_bytes, ANY_NODE_BYTES)
    ratio = held_bytes / meminfo.total_bytes
    if ratio >= URGENT_RATIO and held_bytes >= WARNING_BYTES:
        return Level(Severity.CRITICAL, ratio, URGENT_RATIO)
    if ratio >= CRITICAL_RATIO and held_bytes >= CRITICAL_BYTES:
        return Level(Severity.CRITICAL, ratio, CRITICAL_RATIO)
    if ratio >= WARNING_RATIO and held_bytes >= WARNING_BYTES:
        return Level(Severity.WARNING, ratio, WARNING_RATIO)
    if ratio >= SMALL_NODE_RATIO and _is_short(meminfo, meminfo.total_bytes):
        return Level(Severity.WARNING, ratio, SMALL_NODE_RATIO)
    return None


def is_below_warning(held_bytes: int, meminfo: Meminfo | None) -> bool:
    """Whether so many bytes would not make the slab of this node large by themselves."""
    total_bytes = None if meminfo is None else meminfo.total_bytes
    return held_bytes < WARNING_BYTES or (total_bytes is not None and held_bytes < WARNING_RATIO * total_bytes)


def _is_short(meminfo: Meminfo, total_bytes: int) -> bool:
    left = meminfo.free_bytes if meminfo.available_bytes is None else meminfo.available_bytes
    return known(left, "MemAvailable") < SMALL_NODE_FREE_RATIO * total_bytes
