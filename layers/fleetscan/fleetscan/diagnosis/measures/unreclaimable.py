"""How high a node's unreclaimable slab (SUnreclaim) is: one measure that several rules share.

Neither a share nor a size is enough alone. In the incident the node that stayed Ready held more (4.5 GB of 16) than the
one that became NotReady (2.1 GB of 4), and a share alone fires on every small machine.

From ``urgent_ratio`` on it is critical by itself: only what holds it or a reboot gives it back. From ``critical_ratio``
on it is critical with a present danger (``measures/danger.py``), or if it reaches ``urgent_ratio`` within hours.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.measures.danger import DangerLimits, memory_danger
from fleetscan.diagnosis.rule import known
from fleetscan.diagnosis.thresholds import AtLeast, SharedLimits
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Severity, Window
from fleetscan.model.forecast import Forecast
from fleetscan.quantities import size

_MIB = 1024 * 1024

SMALL_NODE_FREE_RATIO = 0.20
"""A small machine is short of memory below this share of MemAvailable, or of MemFree if the former is unknown."""


@immutable
class SlabLimits(SharedLimits):
    """The thresholds from which SUnreclaim is large."""

    rule: ClassVar[str] = "slab_unreclaimable_high"
    warning_ratio: float = 0.10
    """Share of MemTotal, together with warning_bytes (Alibaba Cloud's guide to slab leaks)."""
    warning_bytes: int = 500 * _MIB
    """Healthy nodes of the incident had 50 to 200 MB [inference]."""
    critical_ratio: Annotated[float, AtLeast("warning_ratio")] = 0.15
    """Share of MemTotal, together with critical_bytes: critical if it grows or little memory is left [inference]."""
    critical_bytes: Annotated[int, AtLeast("warning_bytes")] = 800 * _MIB
    """Bytes, together with critical_ratio [inference]."""
    urgent_ratio: Annotated[float, AtLeast("critical_ratio")] = 0.25
    """Share of MemTotal that is critical by itself from warning_bytes on (deckhouse's alert on slab leaks)."""
    small_node_ratio: Annotated[float, AtLeast("warning_ratio")] = 0.20
    """Share of MemTotal: a warning on a machine too small for warning_bytes, only if it is short of memory too: 30 of
    124 MB at openwrt 3507 [inference]."""
    any_node_bytes: int = 5_000_000_000
    """Much for any node: a warning if MemTotal is unknown (LBNL nhc pull requests 70 and 72)."""


SLAB_LIMITS = SlabLimits()


@immutable(kw_only=False)
class Level:
    """How high it is. ``limit`` has the unit of ``measured``: a ratio, or bytes if MemTotal is unknown."""

    severity: Severity
    measured: float
    limit: float
    danger: str = ""
    """The present danger that makes it critical, in words; empty where its share alone does, or none."""

    @property
    def danger_words(self) -> str:
        """The danger as the end of a sentence."""
        return f"; {self.danger}" if self.danger else ""


def unreclaimable_level(meminfo: Meminfo, limits: SlabLimits) -> Level | None:
    """Return how high the unreclaimable slab is by itself, None if it is normal.

    AbsentError if it is unknown, or too low to be evaluated without MemTotal.
    """
    held_bytes = known(meminfo.slab_unreclaimable_bytes, "SUnreclaim")
    if held_bytes == 0:
        raise AbsentError("meminfo reports no unreclaimable slab at all, as inside an lxcfs container")
    if meminfo.total_bytes is None:
        if held_bytes < limits.any_node_bytes:
            raise AbsentError("MemTotal was not reported, and the amount alone is not much for every node")
        return Level(Severity.WARNING, held_bytes, limits.any_node_bytes)
    ratio = held_bytes / meminfo.total_bytes
    if ratio >= limits.urgent_ratio and held_bytes >= limits.warning_bytes:
        return Level(Severity.CRITICAL, ratio, limits.urgent_ratio)
    if ratio >= limits.warning_ratio and held_bytes >= limits.warning_bytes:
        return Level(Severity.WARNING, ratio, limits.warning_ratio)
    if ratio >= limits.small_node_ratio and _is_short(meminfo, meminfo.total_bytes):
        return Level(Severity.WARNING, ratio, limits.small_node_ratio)
    return None


def slab_level(window: Window, limits: SlabLimits, danger: DangerLimits) -> Level | None:
    """Return how high the unreclaimable slab is on this node, with the danger that makes it critical; like the above.

    So much as is large, but not critical by itself, is critical if it grows, or with a present danger.
    """
    meminfo = window.last[Meminfo]
    level = unreclaimable_level(meminfo, limits)
    held_bytes, total_bytes = meminfo.slab_unreclaimable_bytes, meminfo.total_bytes
    if level is None or level.severity is Severity.CRITICAL or not held_bytes or not total_bytes:
        return level
    ratio = held_bytes / total_bytes
    if ratio < limits.critical_ratio or held_bytes < limits.critical_bytes:
        return level
    words = _growth_words(window, held_bytes, limits.urgent_ratio * total_bytes, danger) or memory_danger(
        window, danger
    )
    return Level(Severity.CRITICAL, ratio, limits.critical_ratio, words) if words else level


def is_below_warning(held_bytes: int, meminfo: Meminfo | None, limits: SlabLimits) -> bool:
    """Whether so many bytes alone would stay below the warning threshold of this node's slab."""
    total_bytes = None if meminfo is None else meminfo.total_bytes
    return held_bytes < limits.warning_bytes or (
        total_bytes is not None and held_bytes < limits.warning_ratio * total_bytes
    )


def _growth_words(window: Window, held_bytes: int, urgent_bytes: float, danger: DangerLimits) -> str:
    """Return that it grows to what is critical by itself, within the hours that are critical for running out."""
    forecast, hours = window.last.get(Forecast), danger.runway.critical_hours
    growth = None if forecast is None else forecast.slab
    if growth is None or held_bytes + hours * growth.rate_bytes_per_hour < urgent_bytes:
        return ""
    return f"it grows by {growth.pace}, to {size(urgent_bytes)} within {hours} h"


def _is_short(meminfo: Meminfo, total_bytes: int) -> bool:
    left = meminfo.free_bytes if meminfo.available_bytes is None else meminfo.available_bytes
    return known(left, "MemAvailable") < SMALL_NODE_FREE_RATIO * total_bytes
