"""How good the forecasts are: leaks simulated scan by scan through the real memory, and what merely looks like one.

The figures are printed (``pytest -s``) and loosely bounded, so that a change that makes them worse does not go unseen.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import pytest

from fleetscan.diagnosis.history import is_due, remember
from fleetscan.diagnosis.runway import EVICTION_FLOOR_BYTES, forecast, runway
from fleetscan.model.forecast import Forecast, Runway
from fleetscan.model.memory import History, Reading
from fleetscan.storage.history_codec import decode, encode

MIB = 2**20
MINUTE = 60
HOUR = 3_600
START = 1_800_000_000
SCAN_SECONDS = 5 * MINUTE
SMALL = 3_936 * MIB
LARGE = 16_207 * MIB
ALARM_HOURS = 72
DEADLY_HOURS = 12

type Curve = Callable[[float], float]
"""Hours since the first scan -> bytes."""


@dataclass
class Node:
    """A simulated node: unreclaimable slab and what pods use, as curves, with noise on both."""

    slab: Curve
    used: Curve
    total_bytes: int = SMALL
    noise_bytes: float = 25 * MIB
    slab_noise_bytes: float = 2 * MIB
    missing_ratio: float = 0.0
    reboots_at_hours: tuple[float, ...] = ()
    seed: int = 1

    def available(self, hours: float) -> float:
        """Return MemAvailable without noise."""
        return self.total_bytes - self.slab(hours) - self.used(hours)

    def scanned(self, hours: float) -> tuple[Forecast, Runway | None]:
        """Scan every five minutes, keep what is worth a write, and return the forecast of the last scan."""
        return self.forecasts(hours, since_hours=hours)[-1]

    def forecasts(self, hours: float, *, since_hours: float = 0.0) -> list[tuple[Forecast, Runway | None]]:
        """Return the forecast of every scan from an hour on, and in any case of the last."""
        generator = random.Random(self.seed)  # noqa: S311 - noise, not a secret
        remembered: tuple[Reading, ...] = ()
        found: list[tuple[Forecast, Runway | None]] = []
        scans = int(hours * HOUR / SCAN_SECONDS)
        for scan in range(scans + 1):
            at = scan * SCAN_SECONDS + generator.uniform(-20, 20)
            now = self._reading(at, generator)
            if scan < scans and generator.random() < self.missing_ratio:
                continue
            if scan == scans or scan * SCAN_SECONDS >= since_hours * HOUR:
                history = History(at_epoch_seconds=now.at_epoch_seconds, readings=remembered)
                expected = forecast(history, now)
                found.append((expected, runway(expected, history, now)))
            if is_due(remembered, now):
                remembered, problem = decode(encode(remember(remembered, now)))
                assert not problem
        return found

    def _reading(self, at: float, generator: random.Random) -> Reading:
        hours = at / HOUR
        boot = sum(reboot <= hours for reboot in self.reboots_at_hours)
        slab = max(0.0, self.slab(hours) + generator.gauss(0, self.slab_noise_bytes))
        return Reading(
            at_epoch_seconds=START + int(at),
            boot_id=f"{boot:08x}",
            memory_total_bytes=self.total_bytes,
            slab_unreclaimable_bytes=int(slab),
            memory_available_bytes=int(max(0.0, self.available(hours) + generator.gauss(0, self.noise_bytes))),
        )


def level(size_bytes: float) -> Curve:
    """Return a level."""
    return lambda _: size_bytes


def leak(per_hour: float, *, start: float = 100 * MIB, since: float = 0.0) -> Curve:
    """Return a leak that begins at an hour."""
    return lambda hours: start + per_hour * max(0.0, hours - since)


def daily(low: float, high: float) -> Curve:
    """Return the memory of pods that follow the traffic of the day."""
    return lambda hours: (low + high) / 2 - (high - low) / 2 * math.cos(2 * math.pi * hours / 24)


def say(words: str) -> None:
    """Print a figure for whoever runs this to see."""
    sys.stdout.write(f"{words}\n")


@dataclass
class Figures:
    """How forecasts compare with what is to come."""

    asked: int
    errors: list[float]
    inside: int
    widths: list[float]

    @property
    def seen_ratio(self) -> float:
        """Share of the leaks that were seen."""
        return len(self.errors) / self.asked

    @property
    def inside_ratio(self) -> float:
        """Share of the dates of death that lay in the range that was given."""
        return self.inside / max(1, len(self.errors))

    @property
    def middle_error(self) -> float:
        """The median of the relative errors."""
        return median(self.errors) if self.errors else math.inf

    def __str__(self) -> str:
        """Return all of it on one line."""
        worst = sorted(self.errors)[int(0.9 * len(self.errors))] if self.errors else math.inf
        width = median(self.widths) if self.widths else math.inf
        return (
            f"seen {self.seen_ratio:4.0%}, error median {self.middle_error:4.0%} and 90th percentile {worst:4.0%}, "
            f"truth in the range {self.inside_ratio:4.0%}, range {width:.0%} of the forecast wide"
        )


def measured(nodes: list[Node], hours: float) -> Figures:
    """Scan each node for so long and compare its forecast with its own curves."""
    figures = Figures(asked=len(nodes), errors=[], inside=0, widths=[])
    for node in nodes:
        _, found = node.scanned(hours)
        if found is None:
            continue
        true_hours = _true_hours(node, hours)
        figures.errors.append(abs(found.hours - true_hours) / true_hours)
        high = found.hours_high if found.hours_high is not None else math.inf
        figures.inside += found.hours_low <= true_hours <= high
        if math.isfinite(high):
            figures.widths.append((high - found.hours_low) / found.hours)
    return figures


def _true_hours(node: Node, now: float) -> float:
    """Return in how many hours the node's curves, without noise, reach the floor."""
    hours = now
    while node.available(hours) > EVICTION_FLOOR_BYTES:
        hours += 0.05
    return hours - now


NOISES = [10 * MIB, 25 * MIB, 60 * MIB]
SEEDS = range(5)


class TestLeaks:
    """Leaks are seen in time, with a range that holds the true value."""

    @pytest.mark.parametrize("noise", NOISES)
    @pytest.mark.parametrize("rate", [60 * MIB, 120 * MIB])
    def test_a_slab_leak_that_kills_within_days_is_seen_and_dated(self, rate: float, noise: float) -> None:
        """Twelve hours after the boot, however MemAvailable jitters: the slab itself is quiet."""
        nodes = [Node(slab=leak(rate), used=level(900 * MIB), noise_bytes=noise, seed=seed) for seed in SEEDS]
        figures = measured(nodes, 12)
        say(f"slab leak {rate / MIB:.0f} MiB/h, noise {noise / MIB:.0f} MiB: {figures}")

        assert figures.seen_ratio >= 0.95
        assert figures.middle_error <= 0.15
        assert figures.inside_ratio >= 0.8

    @pytest.mark.parametrize("noise", [10 * MIB, 25 * MIB])
    def test_a_leak_of_pods_is_seen_and_dated(self, noise: float) -> None:
        """Only MemAvailable shows it."""
        nodes = [
            Node(slab=level(120 * MIB), used=leak(100 * MIB, start=800 * MIB), noise_bytes=noise, seed=seed)
            for seed in SEEDS
        ]
        figures = measured(nodes, 12)
        say(f"pod leak 100 MiB/h, noise {noise / MIB:.0f} MiB: {figures}")

        assert figures.seen_ratio >= 0.9
        assert figures.middle_error <= 0.15
        assert figures.inside_ratio >= 0.8

    def test_missing_scans_cost_little(self) -> None:
        """A third of them did not happen or were not answered."""
        nodes = [Node(slab=leak(100 * MIB), used=level(900 * MIB), missing_ratio=0.35, seed=seed) for seed in SEEDS]
        figures = measured(nodes, 12)
        say(f"a third of the scans missing: {figures}")

        assert figures.seen_ratio >= 0.95
        assert figures.middle_error <= 0.15

    def test_a_leak_that_began_lately_is_dated_by_its_own_pace(self) -> None:
        """Ten quiet days, then four hours of leak: the quiet days do not water it down."""
        nodes = [
            Node(slab=leak(200 * MIB, since=240), used=level(700 * MIB), total_bytes=LARGE, seed=seed)
            for seed in range(2)
        ]
        figures = measured(nodes, 245)
        say(f"leak since five hours after ten quiet days: {figures}")

        assert figures.seen_ratio == 1.0
        assert figures.middle_error <= 0.2

    def test_a_slow_leak_is_seen_over_days(self) -> None:
        """200 MiB a day on a 4 GiB node, with a day's traffic on top: nobody dies soon.

        It is asked at the quietest hour, so the busiest one comes sooner than the pace says: the range has to know.
        """
        nodes = [
            Node(slab=leak(200 * MIB / 24), used=daily(700 * MIB, 1100 * MIB), noise_bytes=20 * MIB, seed=seed)
            for seed in range(2)
        ]
        figures = measured(nodes, 10 * 24)
        say(f"slow leak of 200 MiB a day under daily traffic: {figures}")

        assert figures.seen_ratio >= 0.6
        assert figures.middle_error <= 0.6
        assert figures.inside_ratio >= 0.6

    def test_a_leak_is_seen_within_hours_of_a_boot(self) -> None:
        """The time from the first scan to the first forecast, for a node that lives a day."""
        waits = []
        for seed in range(3):
            node = Node(slab=leak(120 * MIB), used=level(900 * MIB), seed=seed)
            found = node.forecasts(8)
            waits.append(next(index for index, (_, left) in enumerate(found) if left is not None) / 12)
        say(f"first forecast after {sorted(waits)} h")

        assert max(waits) <= 3


def trembling(curve: Curve, seed: int) -> Curve:
    """Return the curve with slow wandering on top, as caches and garbage collectors do."""
    generator = random.Random(seed)  # noqa: S311 - same
    phases = [(generator.uniform(0.7, 6), generator.uniform(0, 7)) for _ in range(4)]
    return lambda hours: (
        curve(hours) + sum(12 * MIB * math.sin(2 * math.pi * hours / period + phase) for period, phase in phases)
    )


def staircase(*steps: tuple[float, float], start: float = 700 * MIB) -> Curve:
    """Return a level that rises by so much at each hour: deployments."""
    return lambda hours: start + sum(size for at, size in steps if hours >= at)


def sawtooth(period: float, height: float, *, start: float) -> Curve:
    """Return a leak that is given back again and again: a pod that is restarted, a cache that is emptied."""
    return lambda hours: start + height * ((hours % period) / period)


BENIGN: dict[str, tuple[Curve, Curve, tuple[float, ...]]] = {
    "level, whatever the page cache does: MemAvailable counts it": (level(120 * MIB), level(1500 * MIB), ()),
    "one deployment": (level(120 * MIB), staircase((20, 900 * MIB)), ()),
    "three deployments in a day": (
        level(120 * MIB),
        staircase((26, 300 * MIB), (31, 300 * MIB), (40, 300 * MIB)),
        (),
    ),
    "traffic of the day": (level(120 * MIB), daily(800 * MIB, 2200 * MIB), ()),
    "traffic of the day in slab, too": (daily(100 * MIB, 400 * MIB), daily(800 * MIB, 1800 * MIB), ()),
    "pod leak that its limit ends, every 8 h": (level(120 * MIB), sawtooth(8, 1200 * MIB, start=700 * MIB), ()),
    "slab that a restart gives back, every 6 h": (
        sawtooth(6, 500 * MIB, start=100 * MIB),
        level(900 * MIB),
        (),
    ),
    "cache that filled and stays": (lambda h: 100 * MIB + 400 * MIB * (1 - math.exp(-h / 3)), level(900 * MIB), ()),
    "a boot every 5 h, filling up after each": (
        lambda h: 100 * MIB + 100 * MIB * (1 - math.exp(-(h % 5) / 0.4)),
        lambda h: 1500 * MIB * (1 - math.exp(-(h % 5) / 0.3)),
        tuple(range(5, 60, 5)),
    ),
}


class TestBenign:
    """What is no leak raises no alarm."""

    @pytest.mark.parametrize("kind", BENIGN)
    def test_it_has_no_short_runway(self, kind: str) -> None:
        """Over two days of scans, after the first day has taught what is usual, every scan is asked."""
        slab, used, reboots = BENIGN[kind]
        alarms = deadly = asked = 0
        node = Node(slab=slab, used=trembling(used, 1), reboots_at_hours=reboots, seed=1)
        for expected, found in node.forecasts(50, since_hours=26):
            asked += not expected.reason
            alarms += found is not None and found.hours < ALARM_HOURS
            deadly += found is not None and found.hours < DEADLY_HOURS
        say(f"{kind}: {alarms} short and {deadly} deadly runways in {asked} forecasts")

        assert alarms <= 0.03 * asked
        assert deadly == 0

    def test_a_morning_on_a_young_node_may_be_mistaken_and_that_is_counted(self) -> None:
        """Before a node has seen a day it cannot know that traffic goes down again: the price of early warnings."""
        alarms = deadly = asked = 0
        for seed in range(2):
            node = Node(slab=level(120 * MIB), used=trembling(daily(800 * MIB, 2200 * MIB), seed), seed=seed)
            for expected, found in node.forecasts(24):
                asked += not expected.reason
                alarms += found is not None and found.hours < ALARM_HOURS
                deadly += found is not None and found.hours < DEADLY_HOURS
        say(f"first day of a node: {alarms} short and {deadly} deadly runways in {asked} forecasts")

        assert alarms <= 0.4 * asked
