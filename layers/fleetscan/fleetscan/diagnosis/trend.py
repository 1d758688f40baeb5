"""A robust slope through noisy readings, with a confidence range.

Theil-Sen: the median of the slopes between all pairs of points. Up to 29% of the points may be outliers without
changing it; a least-squares line is changed by a single one. The range is Sen's: the slopes at the ranks that Kendall's
statistic allows.

Sources: P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", JASA 63 (1968), 1379-1389;
M. Hollander, D. A. Wolfe, "Nonparametric Statistical Methods", section 9.3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, combinations, pairwise
from statistics import median

from fleetscan.immutable import immutable

FEWEST_POINTS = 6
"""Below six points Sen's range at 95% covers every pair and says nothing (Kendall's statistic, n = 5: C > N - 1)."""

MOST_POINTS = 48
"""1,128 pairs; more points cost more than they tell. Evenly thinned beyond it, the newest kept."""

MOST_FALL_RATIO = 0.5
"""A rise that fell back by half is a sawtooth. Our own figure: leaks do not fall back, caches do."""

MOST_BLOCKS = 8
"""Blocks of a history whose medians distinguish a ramp from a staircase."""

FEWEST_POINTS_OF_A_BLOCK = 2
"""A median needs two points."""

BIGGEST_STEPS = 3
"""So many steps, such as deployments, are recognised in one history."""

NORMAL_QUANTILE_95 = 1.96
"""Two-sided 95% of the normal distribution."""

type Point = tuple[float, float]
"""Time in seconds and a value in any unit."""


@immutable
class Trend:
    """A slope in units per second with its 95% range; ``low <= slope <= high``."""

    slope: float
    low: float
    high: float

    @property
    def is_rising(self) -> bool:
        """Whether even the low end of the range rises."""
        return self.low > 0


def trend(points: Sequence[Point]) -> Trend | None:
    """Fit points ordered by time; None when there are fewer than six distinct times."""
    kept = thinned(points)
    slopes = sorted((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(kept, 2) if x2 > x1)
    if len(kept) < FEWEST_POINTS or len(slopes) < len(kept):
        return None
    margin = NORMAL_QUANTILE_95 * math.sqrt(len(kept) * (len(kept) - 1) * (2 * len(kept) + 5) / 18)
    lowest = max(0, round((len(slopes) - margin) / 2) - 1)
    highest = min(len(slopes) - 1, round((len(slopes) + margin) / 2))
    return Trend(slope=median(slopes), low=slopes[lowest], high=slopes[highest])


def steady_rise(points: Sequence[Point]) -> Trend | None:
    """Return the trend of a rise that goes on, or None.

    A leak rises in the older half of its history and in the newer one. A step (a deploy, a burst, a cache that filled)
    rises in one of them or in neither, a few steps are a staircase, a sawtooth falls back: none of them is a leak,
    however steep its overall slope. The range is widened to include the slopes of both halves.
    """
    whole = trend(points)
    if whole is None or not whole.is_rising:
        return None
    rise = whole.slope * (points[-1][0] - points[0][0])
    if largest_fall([value for _, value in points]) > MOST_FALL_RATIO * rise or is_staircase(points):
        return None
    middle = (points[0][0] + points[-1][0]) / 2
    halves = ([point for point in points if point[0] <= middle], [point for point in points if point[0] >= middle])
    parts = [part for half in halves if (part := trend(half)) is not None and part.is_rising]
    if len(parts) < len(halves):
        return None
    slopes = [part.slope for part in parts]
    return Trend(slope=whole.slope, low=min(whole.low, *slopes), high=max(whole.high, *slopes))


def is_staircase(points: Sequence[Point]) -> bool:
    """Return whether most of a rise came in a few steps: started pods, not a leak.

    Measured between the medians of up to eight parts of the time. An even rise has 3/7 of itself in the largest three
    of seven differences; the limit is halfway between that and everything.
    """
    blocks = blocks_of(points, min(MOST_BLOCKS, len(points) // FEWEST_POINTS_OF_A_BLOCK))
    steps = sorted(after - before for (_, before), (_, after) in pairwise(blocks))
    if len(steps) <= BIGGEST_STEPS:
        return False
    rise = blocks[-1][1] - blocks[0][1]
    return sum(steps[-BIGGEST_STEPS:]) > (1 + BIGGEST_STEPS / len(steps)) / 2 * rise


def blocks_of(points: Sequence[Point], count: int) -> Sequence[Point]:
    """Return the medians of time and value in so many equal parts of the time; a part without a point is left out."""
    if not points or count < 1:
        return ()
    start, span = points[0][0], points[-1][0] - points[0][0]
    parts: dict[int, list[Point]] = {}
    for x, y in points:
        parts.setdefault(min(count - 1, int((x - start) / span * count)) if span else 0, []).append((x, y))
    return [(median(x for x, _ in part), median(y for _, y in part)) for part in parts.values()]


def largest_fall(values: Sequence[float]) -> float:
    """Return how far the values fell below their previous maximum, single outliers ignored (medians of three)."""
    if len(values) <= 1:
        return 0.0
    middle = (sorted(three)[1] for three in zip(values, values[1:], values[2:], strict=False))
    smooth = [(values[0] + values[1]) / 2, *middle, (values[-2] + values[-1]) / 2]
    return max((peak - value for peak, value in zip(accumulate(smooth, max), smooth, strict=True)), default=0.0)


def thinned(points: Sequence[Point]) -> Sequence[Point]:
    """Return at most 48 of the points, evenly spread by rank, first and newest included."""
    if len(points) <= MOST_POINTS:
        return points
    step = (len(points) - 1) / (MOST_POINTS - 1)
    return [points[round(rank * step)] for rank in range(MOST_POINTS)]
