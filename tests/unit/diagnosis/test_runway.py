"""What the past of a node says of its future: made-up readings, and all of the forecast."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from fleetscan.diagnosis.runway import forecast, runway, words
from fleetscan.model.forecast import Forecast, Growth, Runway
from fleetscan.model.memory import History, Reading

MIB = 2**20
HOUR = 3_600
NOW = 1_800_000_000


def reading(hours_ago: float, slab_mib: float | None, available_mib: float | None = None) -> Reading:
    """Return one reading of a node of 4,000 MiB."""
    return Reading(
        at_epoch_seconds=NOW - int(hours_ago * HOUR),
        boot_id="3f0c2d51",
        memory_total_bytes=4_000 * MIB,
        slab_unreclaimable_bytes=None if slab_mib is None else int(slab_mib * MIB),
        memory_available_bytes=None if available_mib is None else int(available_mib * MIB),
    )


def past(readings: Iterable[Reading]) -> tuple[History, Reading]:
    """Return the readings as what is remembered and the one of now."""
    *earlier, now = readings
    return History(at_epoch_seconds=NOW, readings=tuple(earlier)), now


def growth(per_hour_mib: float, *, hours: float, readings: int) -> Growth:
    """Return a rise without noise."""
    rate = per_hour_mib * MIB
    return Growth(
        low_bytes_per_hour=rate,
        rate_bytes_per_hour=rate,
        high_bytes_per_hour=rate,
        span_seconds=hours * HOUR,
        readings=readings,
    )


class TestForecast:
    """Which rise goes on."""

    def test_a_leak_that_has_become_faster_is_reported_at_the_pace_of_now(self) -> None:
        """Eleven days of 2 MiB an hour, then three of 5: a window that does not agree is not taken."""
        slabs = [(ago, 100 + 2 * (336 - ago) if ago >= 72 else 628 + 5 * (72 - ago)) for ago in range(336, -1, -2)]
        history, now = past(reading(ago, slab) for ago, slab in slabs)
        expected = Forecast(slab=growth(5, hours=72, readings=37), remembered_seconds=336 * HOUR)

        assert expected == forecast(history, now)

    def test_one_wild_reading_at_the_beginning_hides_no_leak(self) -> None:
        """Medians of five show how far it rose."""
        leak = [reading(ago / 12, 100 + 40 * (3 - ago / 12)) for ago in range(35, -1, -1)]
        history, now = past([reading(3, 190), *leak])
        found = forecast(history, now).slab

        assert found is not None
        assert found.rate_bytes_per_hour == pytest.approx(40 * MIB, rel=0.01)

    def test_what_is_of_another_boot_says_nothing(self) -> None:
        """Its rise ended with it."""
        history, now = past(reading(ago / 4, 100 + 40 * (3 - ago / 4)) for ago in range(12, -1, -1))
        found = forecast(history, replace(now, boot_id="ffffffff"))

        assert Forecast(reason=found.reason) == found
        assert found.reason


class TestRunway:
    """Hours until the kubelet evicts."""

    def test_the_worst_tenth_of_the_readings_is_left_to_chance(self) -> None:
        """One reading of 25, in which half of the memory was gone for a moment, is no date of death."""
        hours = [ago / 4 for ago in range(24, -1, -1)]
        readings = [reading(ago, 100 + 20 * (6 - ago), 1_500 - 20 * (6 - ago)) for ago in hours]
        readings[5] = reading(hours[5], 100 + 20 * (6 - hours[5]), 700)
        history, now = past(readings)
        lost = growth(20, hours=6, readings=25)
        expected = Runway(
            hours_low=64.0, hours=64.25, hours_high=64.5, limited_by="slab_unreclaimable", text="in 64 to 65 h"
        )

        assert expected == runway(Forecast(slab=lost, loss=lost, remembered_seconds=6 * HOUR), history, now)

    @pytest.mark.parametrize(("slab_mib", "limited_by"), [(10, "slab_unreclaimable"), (9, "memory"), (0, "memory")])
    def test_the_slab_limits_a_node_from_half_of_the_loss_on(self, slab_mib: int, limited_by: str) -> None:
        """Exactly half is enough."""
        history, now = past(reading(ago, None, 1_500 + 20 * ago) for ago in range(6, -1, -1))
        slab = growth(slab_mib, hours=6, readings=7) if slab_mib else None
        found = runway(Forecast(slab=slab, loss=growth(20, hours=6, readings=7)), history, now)

        assert found is not None
        assert (found.hours_low, found.hours, found.hours_high, found.limited_by) == (70.0, 71.0, 72.0, limited_by)

    def test_beyond_two_weeks_nothing_is_foretold(self) -> None:
        """As far as the memory goes back, no forecast goes further ahead."""
        history, now = past(reading(ago, None, 3_500) for ago in range(6, -1, -1))

        assert runway(Forecast(loss=growth(10, hours=6, readings=7)), history, now) is None


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 0.0, "now"),
        (0.2, 0.9, "within the hour"),
        (6.2, 8.1, "in 6 to 9 h"),
        (7.0, 7.0, "in about 7 h"),
        (71.5, 72.0, "in 71 to 72 h"),
        (71.5, 72.1, "in 2 to 4 d"),
        (40.0, None, "in 40 h or later"),
        (100.0, None, "in 4 d or later"),
    ],
)
def test_a_range_in_words_is_widened_to_whole_units(low: float, high: float | None, expected: str) -> None:
    """Never narrower than what was found."""
    assert expected == words(low, high)
