"""How much room the file systems of a worker have left, and when the fullest is full at its present pace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from statistics import median

from fleetscan.capture.procfs.filesystems import Filesystem, Filesystems
from fleetscan.diagnosis.trend import MOST_FALL_RATIO, Point, largest_fall, steady_rise
from fleetscan.immutable import immutable
from fleetscan.model import Window
from fleetscan.model.forecast import DAY_SECONDS
from fleetscan.model.memory import History, Reading

WINDOW_SECONDS = 6 * 3_600
"""How far back a trend is looked for (node-mixin's fsSpaceFillingUpPredictionWindow)."""

SHORTEST_SECONDS = 2 * 3_600
"""A trend needs readings over two hours, as for memory (deckhouse pull request 2154)."""

SMALLEST_RISE_RATIO = 0.01
"""A rise by less than this share of the file system is not extrapolated [inference]."""

WIDEST_RANGE = 3.0
"""A rise whose fastest rate is more than three times its slowest is not extrapolated [inference]."""

_HOUR = 3_600


@immutable
class Filling:
    """The hours until a file system is full: ``low <= hours <= high``."""

    hours_low: float
    hours: float
    hours_high: float
    span_seconds: float
    """The time over which the pace was observed."""


def writable(filesystems: Iterable[Filesystem]) -> tuple[Filesystem, ...]:
    """Return those that can be filled: what is read-only by design is always full."""
    return tuple(one for one in filesystems if not one.mount_is_read_only and not one.is_read_only)


def space_free_ratio(one: Filesystem) -> float | None:
    """Return the free share of its bytes; None where it is unknown."""
    return _share(one.free_bytes, one.total_bytes)


def inodes_free_ratio(one: Filesystem) -> float | None:
    """Return the free share of its inodes; None where it is unknown or their number is not fixed, as on btrfs."""
    return _share(one.free_inodes, one.total_inodes)


def least_free(window: Window, ratio_of: Callable[[Filesystem], float | None]) -> float | None:
    """Return the smallest free share of the file systems; None where none is known."""
    found = window.last.get(Filesystems)
    shares = () if found is None else (ratio_of(one) for one in writable(found.filesystems))
    return min((share for share in shares if share is not None), default=None)


def filling(window: Window, now_ratio: float, remembered: Callable[[Reading], float | None]) -> Filling | None:
    """Return when a share that has fallen steadily for some hours reaches 0; None where it has not, or is unknown.

    A share that rose again by half of what it lost within a day is a pattern (image garbage collection, log rotation,
    batch jobs) and not extrapolated.
    """
    history = window.last.get(History)
    if history is None:
        return None
    now = float(history.at_epoch_seconds)
    points: list[Point] = [
        (float(one.at_epoch_seconds), -share)
        for one in history.readings
        if now - DAY_SECONDS <= one.at_epoch_seconds < now and (share := remembered(one)) is not None
    ]
    points.append((now, -now_ratio))
    inside = [point for point in points if point[0] >= now - WINDOW_SECONDS]
    span_seconds = now - inside[0][0]
    if span_seconds < SHORTEST_SECONDS:
        return None
    rise = _rise(inside)
    if rise < SMALLEST_RISE_RATIO or largest_fall([value for _, value in points]) > MOST_FALL_RATIO * rise:
        return None
    found = steady_rise(inside)
    if found is None or found.high > WIDEST_RANGE * found.low:
        return None
    low, hours, high = (now_ratio / slope / _HOUR for slope in (found.high, found.slope, found.low))
    return Filling(hours_low=low, hours=hours, hours_high=high, span_seconds=span_seconds)


def _rise(points: Sequence[Point]) -> float:
    ends = max(1, min(5, len(points) // 2))
    return median(value for _, value in points[-ends:]) - median(value for _, value in points[:ends])


def _share(free: int | None, total: int | None) -> float | None:
    return None if free is None or not total else min(1.0, free / total)
