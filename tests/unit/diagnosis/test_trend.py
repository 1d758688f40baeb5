"""Trends through simulated readings: leaks are seen with a range that holds the true value, look-alikes are not."""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable

import pytest

from fleetscan.diagnosis.trend import MOST_POINTS, Point, Trend, steady_rise, thinned, trend

HOUR = 3600.0
MEBIBYTE = 2.0**20


type Curve = Callable[[float], float]


def series(count: int, value: Curve, *, every: float = 300.0) -> list[Point]:
    """Return ``count`` points, the value a function of the time in seconds."""
    return [(index * every, value(index * every)) for index in range(count)]


def noise(seed: int) -> random.Random:
    """Return repeatable noise."""
    return random.Random(seed)  # noqa: S311 - noise, not a secret


class TestTrend:
    """The slope and its range."""

    def test_a_straight_line_has_its_own_slope_and_no_spread(self) -> None:
        """Without noise the range is the slope."""
        expected = Trend(slope=2.0, low=2.0, high=2.0)

        assert expected == trend(series(12, lambda x: 7.0 + 2.0 * x))

    def test_one_wild_reading_in_four_does_not_move_it(self) -> None:
        """Theil-Sen stands up to 29% of wild points."""
        points = [
            (x, y + (1e9 if index % 4 == 1 else 0.0)) for index, (x, y) in enumerate(series(40, lambda x: 3.0 * x))
        ]
        found = trend(points)

        assert found is not None
        assert pytest.approx(3.0, rel=1e-6) == found.slope

    @pytest.mark.parametrize("count", [0, 1, 5])
    def test_five_points_are_no_trend(self, count: int) -> None:
        """Too few readings say nothing."""
        assert trend(series(count, lambda x: x)) is None

    def test_readings_at_one_instant_are_no_trend(self) -> None:
        """Without time there is no rate."""
        assert trend([(100.0, float(value)) for value in range(10)]) is None

    def test_thinning_keeps_the_oldest_and_the_newest(self) -> None:
        """A long history is thinned evenly."""
        points = series(1000, lambda x: x)
        kept = thinned(points)

        assert (MOST_POINTS, points[0], points[-1]) == (len(kept), kept[0], kept[-1])


class TestSteadyRise:
    """A leak goes on rising; a step, a burst and a sawtooth do not."""

    def test_a_noisy_leak_is_seen_and_its_range_holds_the_truth(self) -> None:
        """Over 200 simulated leaks the true slope lies in the range about as often as the range promises."""
        generator = noise(20240601)
        true_slope = 30 * MEBIBYTE / HOUR
        seen, held, errors = 0, 0, []
        for _ in range(200):
            points = series(48, lambda x: 500 * MEBIBYTE + true_slope * x + generator.gauss(0, 4 * MEBIBYTE))
            found = steady_rise(points)
            if found is not None:
                seen += 1
                held += found.low <= true_slope <= found.high
                errors.append(abs(found.slope - true_slope) / true_slope)
        middle = sorted(errors)[len(errors) // 2]
        sys.stdout.write(
            f"leaks seen {seen}/200, truth inside the range {held / seen:.0%}, median error {middle:.1%}\n"
        )

        assert seen == 200
        assert held / seen > 0.9
        assert middle < 0.05

    def test_the_range_holds_the_paces_of_both_halves(self) -> None:
        """What they differ by is no noise."""
        found = steady_rise([*((x, float(x)) for x in range(24)), *((24 + x, 24.0 + 2 * x) for x in range(25))])

        assert found == Trend(slope=1.5, low=1.0, high=2.0)

    @pytest.mark.parametrize(
        "value",
        [
            pytest.param(lambda x: 500.0 if x < 3 * HOUR else 900.0, id="a step late"),
            pytest.param(lambda x: 500.0 if x < HOUR else 900.0, id="a step early"),
            pytest.param(lambda x: 500.0 if x < 2 * HOUR else 900.0, id="a step in the middle"),
            pytest.param(lambda x: 500.0 + 400.0 * ((x % HOUR) / HOUR), id="a sawtooth"),
            pytest.param(lambda x: 500.0 + 50.0 * math.sin(x / HOUR), id="a wave"),
            pytest.param(lambda x: 900.0 * (1 - math.exp(-x / 600.0)), id="a cache that filled and stays"),
            pytest.param(lambda _: 500.0, id="level"),
            pytest.param(lambda x: 500.0 - x, id="falling"),
        ],
    )
    def test_what_is_no_leak_does_not_rise(self, value: Curve) -> None:
        """None of these is a leak, with a little noise on top."""
        generator = noise(7)
        points = [(x, y + generator.gauss(0, 1.0)) for x, y in series(48, value)]

        assert steady_rise(points) is None
