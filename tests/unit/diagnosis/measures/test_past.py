"""How a node's memory went: few readings, spread over the time that matters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fleetscan.diagnosis.measures.past import past
from fleetscan.model.forecast import Growth
from fleetscan.model.memory import History, Reading
from fleetscan.model.picture import Past

NOW = 1_800_000_000
HOUR = 3_600
DAY = 24 * HOUR
FLOOR = 100 << 20
GROWTH = Growth(low_bytes_per_hour=1, rate_bytes_per_hour=2, high_bytes_per_hour=3, span_seconds=6 * HOUR, readings=6)


def reading(ago_seconds: int, boot_id: str = "0123abcd") -> Reading:
    """Return a reading whose numbers show its age."""
    return Reading(
        at_epoch_seconds=NOW - ago_seconds,
        boot_id=boot_id,
        memory_available_bytes=ago_seconds,
        slab_unreclaimable_bytes=2 * ago_seconds,
    )


def history(*readings: Reading) -> History:
    """Return a past, oldest first."""
    return History(at_epoch_seconds=NOW, readings=readings)


def test_few_readings_are_all_kept() -> None:
    """The last is that of the scan going on; a start in between is marked."""
    found = past(
        history(reading(2 * HOUR, "aaaaaaaa"), reading(HOUR)), reading(0), growth=None, floor_bytes=FLOOR, most=60
    )
    expected = Past(
        at_epoch_seconds=(NOW - 2 * HOUR, NOW - HOUR, NOW),
        available_bytes=(2 * HOUR, HOUR, 0),
        slab_unreclaimable_bytes=(4 * HOUR, 2 * HOUR, 0),
        boots=(1,),
        floor_bytes=FLOOR,
    )

    assert expected == found


def test_nothing_remembered_is_nothing() -> None:
    """No memory, no answer this time, no earlier scan: a single reading is no past."""
    expected = [None, None, None]

    assert expected == [
        past(known, now, growth=None, floor_bytes=FLOOR, most=60)
        for known, now in ((None, reading(0)), (history(reading(HOUR)), None), (history(), reading(0)))
    ]


def test_a_loss_is_shown_from_where_it_is_seen_and_a_day_at_least() -> None:
    """Two weeks beside the hours that are left would hide both."""
    readings = [reading(days * DAY) for days in range(13, 0, -1)]
    short = past(history(*readings), reading(0), growth=GROWTH, floor_bytes=FLOOR, most=60)
    long = past(history(*readings), reading(0), growth=None, floor_bytes=FLOOR, most=60)

    assert (short.at_epoch_seconds if short else None) == (NOW - DAY, NOW)
    assert (long.at_epoch_seconds[0] if long else None) == NOW - 13 * DAY


def test_what_claims_to_come_from_later_is_left_out() -> None:
    """A clock that was set back."""
    found = past(history(reading(HOUR), reading(-HOUR)), reading(0), growth=None, floor_bytes=FLOOR, most=60)

    assert (found.at_epoch_seconds if found else None) == (NOW - HOUR, NOW)


@given(
    ages=st.lists(st.integers(min_value=-HOUR, max_value=14 * DAY), max_size=200, unique=True),
    most=st.integers(min_value=2, max_value=60),
)
def test_no_more_than_asked_for_and_in_order(ages: list[int], most: int) -> None:
    """However many are remembered, and however they are spread."""
    found = past(
        history(*(reading(age) for age in sorted(ages, reverse=True))),
        reading(0),
        growth=None,
        floor_bytes=FLOOR,
        most=most,
    )

    times = () if found is None else found.at_epoch_seconds
    assert len(times) <= most
    assert list(times) == sorted(set(times))
    assert found is None or times[-1] == NOW
