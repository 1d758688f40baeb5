"""The memory of one node: fine for hours, coarse for two weeks, bounded whatever happens."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.diagnosis.history import MOST_READINGS, TIERS, is_due, reading, remember, thinned
from fleetscan.model.memory import Reading, boot_mark
from fleetscan.model.readings import Readings

MINUTE = 60
HOUR = 3_600
DAY = 24 * HOUR
MIB = 2**20
NOW = 1_800_000_000
TOTAL = 4096 * MIB


def one(at: int = NOW, **changes: float | str | None) -> Reading:
    """Return a reading of a healthy node."""
    healthy = Reading(
        at_epoch_seconds=at,
        boot_id="0123abcd",
        memory_total_bytes=TOTAL,
        memory_available_bytes=2000 * MIB,
        slab_unreclaimable_bytes=120 * MIB,
        memory_some_avg60_percent=0,
        space_free_ratio=0.6,
        inodes_free_ratio=0.98,
        oom_kills_total=3,
        swapped_in_pages=10,
        swapped_out_pages=20,
        kubelet_started_seconds=31,
        containerd_started_seconds=28,
        bandwidth_in_exceeded_total=1,
        bandwidth_out_exceeded_total=2,
        packets_exceeded_total=3,
        conntrack_exceeded_total=4,
        linklocal_exceeded_total=5,
    )
    return replace(healthy, **changes)  # type: ignore[arg-type]  # each test names fields of its type


def scanned(days: float, *, every: int = 5 * MINUTE) -> tuple[Reading, ...]:
    """Return the ring after scans at this pace for so many days, each of which was remembered."""
    ring: tuple[Reading, ...] = ()
    for at in range(NOW - int(days * DAY), NOW + 1, every):
        ring = remember(ring, one(at))
    return ring


class TestRing:
    """What is kept of many scans."""

    def test_the_last_hours_are_kept_scan_by_scan_and_two_weeks_in_all(self) -> None:
        """Ages in hours: five minutes apart, then half an hour, two hours, eight hours."""
        ages = [NOW - kept.at_epoch_seconds for kept in scanned(20)]

        assert [5 * MINUTE * index for index in reversed(range(36))] == ages[-36:]
        assert 13.5 * DAY <= max(ages) <= 14 * DAY
        for (oldest, _), (older, slot) in pairwise(TIERS):
            between = [age for age in ages if oldest < age <= older]
            assert (older - oldest) // slot - 1 <= len(between) <= (older - oldest) // slot + 1

    @pytest.mark.parametrize("every", [10, MINUTE, 5 * MINUTE, HOUR, DAY])
    def test_it_is_bounded_at_any_pace(self, every: int) -> None:
        """Even a scan every ten seconds."""
        ring = scanned(0.5 if every < MINUTE else 4, every=every)

        assert len(ring) <= MOST_READINGS
        assert one(ring[-1].at_epoch_seconds) == ring[-1]

    def test_thinning_again_takes_nothing(self) -> None:
        """Slots stand still, so a ring does not thin out by being read and written."""
        ring = scanned(3)

        assert ring == thinned(ring)

    def test_readings_of_another_boot_stay_for_the_eye(self) -> None:
        """Even in the slot of one of this boot."""
        before = one(NOW - 100, boot_id="ffffffff")

        assert (before, one()) == remember([before], one())

    def test_counters_are_kept_for_an_hour(self) -> None:
        """They show what happened since the last scan, and cost bytes."""
        old, young = one(NOW - HOUR - 1), one(NOW - HOUR)
        bare = replace(
            old,
            oom_kills_total=None,
            swapped_in_pages=None,
            swapped_out_pages=None,
            kubelet_started_seconds=None,
            containerd_started_seconds=None,
            bandwidth_in_exceeded_total=None,
            bandwidth_out_exceeded_total=None,
            packets_exceeded_total=None,
            conntrack_exceeded_total=None,
            linklocal_exceeded_total=None,
        )

        assert (bare, young, one()) == remember([old, young], one())

    def test_the_room_of_file_systems_is_kept_for_a_day_and_two_hours(self) -> None:
        """A forecast of them looks no further back."""
        old, young = (remember([one(NOW - age)], one())[0] for age in (26 * HOUR + 1, 26 * HOUR))

        assert (old.space_free_ratio, old.inodes_free_ratio) == (None, None)
        assert (young.space_free_ratio, young.inodes_free_ratio) == (0.6, 0.98)

    def test_what_comes_from_later_than_now_is_not_believed(self) -> None:
        """A clock that was set back, or a scan that overtook another."""
        assert (one(),) == remember([one(NOW), one(NOW + 60)], one())

    @given(st.lists(st.integers(0, 30 * DAY), max_size=300).map(sorted))
    def test_any_times_give_a_bounded_ordered_ring_that_ends_with_the_newest(self, ages: list[int]) -> None:
        """Whatever the pace."""
        given_readings = [one(NOW + age) for age in ages]
        ring = thinned(given_readings)
        times = [kept.at_epoch_seconds for kept in ring]

        assert times == sorted(times)
        assert len(ring) <= MOST_READINGS
        assert ring[-1:] == tuple(given_readings[-1:])


class TestReading:
    """What is remembered of a diagnosis."""

    def test_it_is_taken_from_the_readings_of_the_scan(self) -> None:
        """Whole percent, and the beginning of the boot id."""
        readings = Readings(
            memory_total_bytes=TOTAL,
            memory_available_bytes=1,
            slab_unreclaimable_bytes=2,
            memory_some_avg60_percent=98.9,
            boot_id="3f0c2d51-6c0a-4d5e-9a55-5b1f1f0f7a10",
            space_free_ratio=0.25,
            inodes_free_ratio=0.5,
            oom_kills_total=4,
            kubelet_started_seconds=31,
            linklocal_exceeded_total=7,
        )
        expected = Reading(
            at_epoch_seconds=NOW,
            boot_id="3f0c2d51",
            memory_total_bytes=TOTAL,
            memory_available_bytes=1,
            slab_unreclaimable_bytes=2,
            memory_some_avg60_percent=99,
            space_free_ratio=0.25,
            inodes_free_ratio=0.5,
            oom_kills_total=4,
            kubelet_started_seconds=31,
            linklocal_exceeded_total=7,
        )

        assert expected == reading(readings, NOW + 0.9)

    def test_an_impossible_number_is_not_remembered(self) -> None:
        """A node that claims an exabyte lies."""
        lies = Readings(memory_total_bytes=2**70, oom_kills_total=2**64, memory_some_avg60_percent=1e9)

        assert Reading(at_epoch_seconds=NOW, memory_some_avg60_percent=100) == reading(lies, NOW)

    @pytest.mark.parametrize("boot_id", [None, "", "x", "0123ABCD-0000", "0123abcde", "0123abc"])
    def test_what_is_no_boot_id_is_none(self, boot_id: str | None) -> None:
        """A node may say anything."""
        assert boot_mark(boot_id) is None


class TestDue:
    """When a reading is worth a write."""

    @pytest.mark.parametrize(
        ("before", "expected"),
        [
            pytest.param([], True, id="nothing is remembered"),
            pytest.param([one(NOW - 300)], False, id="quiet for five minutes"),
            pytest.param([one(NOW - 839)], False, id="just not a quarter of an hour"),
            pytest.param([one(NOW - 840)], True, id="a quarter of an hour, the schedule's slack allowed for"),
            pytest.param([one(NOW - 300, boot_id="ffffffff")], True, id="rebooted"),
            pytest.param([one(NOW - 300, oom_kills_total=2)], True, id="an OOM kill"),
            pytest.param([one(NOW - 300, kubelet_started_seconds=900)], True, id="another kubelet"),
            pytest.param(
                [one(NOW - 300, kubelet_started_seconds=34)], False, id="the same kubelet, read a moment later"
            ),
            pytest.param([one(NOW - 300, memory_total_bytes=TOTAL - MIB)], False, id="a total that was rounded"),
            pytest.param([one(NOW - 300, kubelet_started_seconds=None)], True, id="a kubelet came up"),
            pytest.param([one(NOW - 300, slab_unreclaimable_bytes=109 * MIB)], True, id="slab moved 0.27%"),
            pytest.param([one(NOW - 300, slab_unreclaimable_bytes=110 * MIB)], False, id="slab moved 0.24%"),
            pytest.param([one(NOW - 300, memory_available_bytes=2210 * MIB)], True, id="5.1% less is available"),
            pytest.param([one(NOW - 300, memory_available_bytes=2200 * MIB)], False, id="4.9% less is available"),
            pytest.param([one(NOW - 300, slab_unreclaimable_bytes=None)], True, id="slab is readable now"),
            pytest.param([one(NOW - 300, space_free_ratio=0.611)], True, id="a disk moved 1.1%"),
            pytest.param([one(NOW - 300, space_free_ratio=0.609)], False, id="a disk moved 0.9%"),
            pytest.param([one(NOW - 300, inodes_free_ratio=0.9)], True, id="inodes moved 8%"),
            pytest.param([one(NOW - 300, inodes_free_ratio=None)], True, id="inodes are readable now"),
            pytest.param([one(NOW - 300, linklocal_exceeded_total=4)], True, id="an allowance was exceeded"),
            pytest.param([one(NOW + 300)], True, id="a clock that was set back"),
        ],
    )
    def test_some_time_passed_or_something_happened(self, before: list[Reading], *, expected: bool) -> None:
        """Quiet nodes are written every third scan."""
        assert expected is is_due(before, one())
