"""Forecast from the history of a node: steady loss of memory, and the time until the kubelet evicts pods.

A rise is looked for in the last hours first, then further back, and counts only if the value did not fall back during
the last day: what went down again yesterday (traffic, a batch job, a restarted pod) is no leak today. Trends use only
readings since the last boot.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from statistics import median

from fleetscan.diagnosis.trend import MOST_FALL_RATIO, Point, Trend, blocks_of, largest_fall, steady_rise
from fleetscan.model.forecast import DAY_SECONDS, Forecast, Growth, Runway
from fleetscan.model.memory import History, Reading
from fleetscan.quantities import counted, duration

_HOUR = 3_600
_DAY = 24 * _HOUR
_MIB = 2**20

EVICTION_FLOOR_BYTES = 100 * _MIB
"""The kubelet's default hard eviction threshold, ``memory.available<100Mi``
(https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/)."""

WINDOWS_SECONDS = (3 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY, 3 * _DAY, 14 * _DAY)
"""How far back a rise is looked for."""

FEWEST_READINGS = 3
SHORTEST_SECONDS = 2 * _HOUR
"""A trend needs at least three readings over two hours (deckhouse pull request 2154); how many it takes to find one
depends on the noise, and is never below eleven."""

BLOCKS = 24
"""Blocks of a window: only their medians are used, so that the many recent readings do not outweigh older days."""

LOOK_BACK_SECONDS = DAY_SECONDS
"""A daily pattern goes up and down within this time."""

YOUNG_LOSS_SECONDS = 6 * _HOUR
"""With less than a day of history, the loss of MemAvailable is measured over at least six hours: pods start and traffic
rises in less time. SUnreclaim follows neither [inference]."""

MOST_ENDS = 5
"""Readings at either end whose medians give the size of a rise."""

SMALLEST_RISE_RATIO = 0.01
"""A rise by less than this share of the memory is not extrapolated [inference]."""

MOST_HOURS = 14 * 24
"""No forecast goes further ahead than the history goes back."""

WIDEST_RANGE = 3.0
"""A rise whose fastest rate is more than three times its slowest is not extrapolated [inference]."""

_SLACK_SECONDS = 15 * 60
"""The oldest reading inside a window may be younger than the start of the window by the interval between writes."""

SLAB_SHARE = 0.5
"""From this share of the loss on, the slab is the limiting resource."""

_HOURS_SHOWN_BELOW = 72
_HOURS_OF_A_DAY = 24

type Measure = Callable[[Reading], float | None]


def forecast(history: History | None, now: Reading | None) -> Forecast:
    """Return the forecast; ``reason`` if the history is too short or missing, or the node did not respond."""
    if history is None:
        return Forecast(reason="no history of earlier scans is kept")
    if now is None:
        return Forecast(reason="the node did not respond in this scan")
    if history.problem:
        return Forecast(reason=f"the history of earlier scans could not be read: {history.problem}")
    if now.boot_id is None or now.memory_total_bytes is None:
        return Forecast(reason="the boot id or MemTotal of the node is unknown")
    same = [
        one for one in (*history.readings, now) if (one.boot_id, one.memory_total_bytes is None) == (now.boot_id, False)
    ]
    span_seconds = now.at_epoch_seconds - same[0].at_epoch_seconds
    if len(same) < FEWEST_READINGS or span_seconds < SHORTEST_SECONDS:
        readings = counted(len(same), "reading")
        return Forecast(reason=f"not enough history since boot: {readings} over {duration(span_seconds)}")
    loss_seconds = YOUNG_LOSS_SECONDS if span_seconds < LOOK_BACK_SECONDS else SHORTEST_SECONDS
    return Forecast(
        slab=_growth(same, _slab, now.memory_total_bytes, SHORTEST_SECONDS),
        loss=_growth(same, _loss, now.memory_total_bytes, loss_seconds),
        remembered_seconds=span_seconds,
    )


def runway(expected: Forecast, history: History | None, now: Reading | None) -> Runway | None:
    """Return the time to exhaustion by the loss of MemAvailable or the growth of the slab; None if neither.

    The current MemAvailable is the median of the last three readings since boot, so that one outlier does not decide;
    the range reaches from the lowest value of the day at the fastest rate to the highest of the three at the slowest.
    """
    growth = expected.loss or expected.slab
    if growth is None or history is None or now is None or now.memory_available_bytes is None:
        return None
    since = now.at_epoch_seconds - min(growth.span_seconds, LOOK_BACK_SECONDS)
    recent = [
        (now.at_epoch_seconds - one.at_epoch_seconds, one.memory_available_bytes)
        for one in (*history.readings, now)
        if one.boot_id == now.boot_id and one.memory_available_bytes is not None and one.at_epoch_seconds >= since
    ]
    newest = [available_bytes for _, available_bytes in recent[-3:]]
    # What each reading would be now, less what has been lost since; the lowest tenth is ignored as outliers.
    today = sorted(size - age_seconds / _HOUR * growth.rate_bytes_per_hour for age_seconds, size in recent)
    hours, low, high = (
        max(0.0, available_bytes - EVICTION_FLOOR_BYTES) / rate
        for available_bytes, rate in (
            (median(newest), growth.rate_bytes_per_hour),
            (min(*newest, today[len(today) // 10]), growth.high_bytes_per_hour),
            (max(newest), growth.low_bytes_per_hour),
        )
    )
    if hours > MOST_HOURS:
        return None
    is_slab = expected.slab is not None and expected.slab.rate_bytes_per_hour >= SLAB_SHARE * growth.rate_bytes_per_hour
    latest = None if high > MOST_HOURS else high
    return Runway(
        hours_low=round(low, 2),
        hours=round(hours, 2),
        hours_high=None if latest is None else round(latest, 2),
        limited_by="slab_unreclaimable" if is_slab else "memory",
        text=words(low, latest),
    )


def words(low_hours: float, high_hours: float | None) -> str:
    """Return a range in words, rounded outwards: ``in 6 to 9 h``, ``in 3 to 5 d``, ``in 40 h or later``."""
    furthest = low_hours if high_hours is None else high_hours
    if furthest <= 0:
        return "now"
    if furthest < 1:
        return "within the hour"
    unit, size = ("h", 1) if furthest <= _HOURS_SHOWN_BELOW else ("d", _HOURS_OF_A_DAY)
    low = math.floor(low_hours / size)
    if high_hours is None:
        return f"in {low} {unit} or later"
    high = math.ceil(high_hours / size)
    return f"in about {high} {unit}" if high <= low else f"in {low} to {high} {unit}"


def _slab(one: Reading) -> float | None:
    return one.slab_unreclaimable_bytes


def _loss(one: Reading) -> float | None:
    return None if one.memory_available_bytes is None else -one.memory_available_bytes


def _growth(readings: Sequence[Reading], measure: Measure, total_bytes: int, shortest_seconds: float) -> Growth | None:
    """Return the ongoing rise over the longest window that agrees with all shorter ones that rise."""
    points = [(float(one.at_epoch_seconds), y) for one in readings if (y := measure(one)) is not None]
    chosen: tuple[Trend, list[Point]] | None = None
    for window_seconds in (each for each in WINDOWS_SECONDS if each >= shortest_seconds):
        inside = points[bisect_left(points, (readings[-1].at_epoch_seconds - window_seconds, -math.inf)) :]
        is_long = bool(inside) and inside[-1][0] - inside[0][0] >= shortest_seconds - _SLACK_SECONDS
        found = _rise(points, inside, SMALLEST_RISE_RATIO * total_bytes) if is_long else None
        if found is not None:
            if chosen is not None and (found.low > chosen[0].high or found.high < chosen[0].low):
                break
            chosen = found, inside
        if len(inside) == len(points):
            break
    if chosen is None:
        return None
    rise, span = chosen
    return Growth(
        low_bytes_per_hour=rise.low * _HOUR,
        rate_bytes_per_hour=rise.slope * _HOUR,
        high_bytes_per_hour=rise.high * _HOUR,
        span_seconds=span[-1][0] - span[0][0],
        readings=len(span),
    )


def _rise(points: Sequence[Point], inside: Sequence[Point], smallest: float) -> Trend | None:
    """Return the steady rise inside a window, or None; cheap checks come first, because most nodes have none."""
    ends = min(MOST_ENDS, len(inside) // 2)
    rise = median(y for _, y in inside[-ends:]) - median(y for _, y in inside[:ends])
    if rise < smallest:
        return None
    since = min(inside[0][0], inside[-1][0] - LOOK_BACK_SECONDS)
    if largest_fall([y for _, y in points[bisect_left(points, (since, -math.inf)) :]]) > MOST_FALL_RATIO * rise:
        return None
    found = steady_rise(blocks_of(inside, BLOCKS) if len(inside) > BLOCKS else inside)
    return None if found is None or found.high > WIDEST_RANGE * found.low else found
