"""A ring as bytes: small, exact enough, and never believed when it is damaged."""

from __future__ import annotations

import random
import sys
import zlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.diagnosis.history import LARGEST_COUNT, LARGEST_SIZE_BYTES, MOST_READINGS, remember, thinned
from fleetscan.model.memory import Reading
from fleetscan.storage.history_codec import MAX_BYTES, TIME_STEP_SECONDS, decode, encode

GIB = 2**30
MIB = 2**20
NOW = 1_800_000_000 // TIME_STEP_SECONDS * TIME_STEP_SECONDS
FOUR_KILOBYTES = 4_096
WRITE_UNIT_BYTES = 1_024


def sizes() -> st.SearchStrategy[int | None]:
    """Sizes of memory, and what no machine has."""
    return st.none() | st.integers(0, 16 * GIB) | st.integers(0, LARGEST_SIZE_BYTES - 1)


def counts() -> st.SearchStrategy[int | None]:
    """Counters, small and huge."""
    return st.none() | st.integers(0, 100) | st.integers(0, LARGEST_COUNT - 1)


def readings() -> st.SearchStrategy[list[Reading]]:
    """Any readings in the order of time."""
    one = st.builds(
        Reading,
        at_epoch_seconds=st.integers(0, 2**40),
        boot_id=st.none() | st.integers(0, 2**32 - 1).map(lambda number: f"{number:08x}"),
        memory_total_bytes=sizes(),
        memory_available_bytes=sizes(),
        slab_unreclaimable_bytes=sizes(),
        memory_some_avg60_percent=st.none() | st.integers(0, 100),
        space_free_ratio=st.none() | st.floats(0, 1),
        inodes_free_ratio=st.none() | st.floats(0, 1),
        oom_kills_total=counts(),
        swapped_in_pages=counts(),
        swapped_out_pages=counts(),
        kubelet_started_seconds=counts(),
        containerd_started_seconds=counts(),
        bandwidth_in_exceeded_total=counts(),
        bandwidth_out_exceeded_total=counts(),
        packets_exceeded_total=counts(),
        conntrack_exceeded_total=counts(),
        linklocal_exceeded_total=counts(),
    )
    return st.lists(one, max_size=40).map(lambda found: sorted(found, key=lambda each: each.at_epoch_seconds))


def two_weeks(total_bytes: int, seed: int = 1, *, every: int = 300) -> tuple[Reading, ...]:
    """Return the full ring of a busy, leaking, swapping node whose numbers all move at every scan."""
    generator = random.Random(seed)  # noqa: S311 - noise, not a secret
    ring: tuple[Reading, ...] = ()
    for at in range(NOW - 15 * 86_400, NOW + 1, every):
        at_noisy = at + generator.randint(-20, 20)
        ring = remember(
            ring,
            Reading(
                at_epoch_seconds=at_noisy,
                boot_id="0123abcd",
                memory_total_bytes=total_bytes,
                memory_available_bytes=int(total_bytes * generator.uniform(0.3, 0.6)),
                slab_unreclaimable_bytes=int(total_bytes * (0.1 + 0.02 * generator.random())),
                memory_some_avg60_percent=generator.randint(0, 100),
                space_free_ratio=0.6 + generator.uniform(-0.002, 0.002),
                inodes_free_ratio=0.98 + generator.uniform(-0.0005, 0.0005),
                oom_kills_total=at // 3_000,
                swapped_in_pages=at * 40 + generator.randint(0, 10_000),
                swapped_out_pages=at * 30 + generator.randint(0, 10_000),
                kubelet_started_seconds=31 + generator.randint(0, 1),
                containerd_started_seconds=28,
                bandwidth_in_exceeded_total=0,
                bandwidth_out_exceeded_total=0,
                packets_exceeded_total=0,
                conntrack_exceeded_total=0,
                linklocal_exceeded_total=0,
            ),
        )
    return ring


def of_another_version(data: bytes) -> bytes:
    """Return a ring that says it is of version 3, whole in itself."""
    body = b"\3" + data[1:-4]
    return body + zlib.crc32(body).to_bytes(4)


class TestSize:
    """One DynamoDB write unit is 1 KB, and a ring is one write."""

    @pytest.mark.parametrize("total_bytes", [1 * GIB, 16 * GIB, 24_576 * GIB])
    def test_two_weeks_of_a_busy_node_fit_into_one_write_unit(self, total_bytes: int) -> None:
        """Nothing has to be left out, although every number moves at every scan."""
        ring = two_weeks(total_bytes)
        data = encode(ring)
        kept, problem = decode(data)
        days = (kept[-1].at_epoch_seconds - kept[0].at_epoch_seconds) / 86_400
        sys.stdout.write(f"{total_bytes // GIB} GiB: {len(ring)} readings over {days:.1f} d in {len(data)} bytes\n")

        assert (len(ring), "") == (len(kept), problem)
        assert len(data) <= MAX_BYTES < WRITE_UNIT_BYTES < FOUR_KILOBYTES
        assert days > 13

    def test_a_node_that_lies_at_random_has_a_shorter_memory_and_no_larger_one(self) -> None:
        """The worst case: every field another at every reading, and as long as it can be."""
        generator = random.Random(2)  # noqa: S311 - same
        worst = [
            Reading(
                at_epoch_seconds=NOW + index * 2**20,
                boot_id=f"{generator.getrandbits(32):08x}",
                memory_total_bytes=generator.randrange(LARGEST_SIZE_BYTES),
                memory_available_bytes=generator.randrange(LARGEST_SIZE_BYTES),
                slab_unreclaimable_bytes=generator.randrange(LARGEST_SIZE_BYTES),
                memory_some_avg60_percent=100,
                oom_kills_total=generator.randrange(LARGEST_COUNT),
                swapped_in_pages=generator.randrange(LARGEST_COUNT),
                swapped_out_pages=generator.randrange(LARGEST_COUNT),
                kubelet_started_seconds=generator.randrange(LARGEST_COUNT),
                containerd_started_seconds=generator.randrange(LARGEST_COUNT),
            )
            for index in range(MOST_READINGS)
        ]
        data = encode(worst)
        kept, problem = decode(data)

        assert len(data) <= MAX_BYTES
        assert problem == ""
        assert 8 <= len(kept) < MOST_READINGS
        assert worst[-1].oom_kills_total == kept[-1].oom_kills_total

    @given(readings())
    def test_no_ring_is_larger(self, given_readings: list[Reading]) -> None:
        """Whatever it holds, thinned or not."""
        assert len(encode(given_readings)) <= MAX_BYTES
        assert len(encode(thinned(given_readings))) <= MAX_BYTES


class TestRoundTrip:
    """What was written is read."""

    def test_of_too_many_readings_the_newest_are_kept(self) -> None:
        """However little each of them holds."""
        many = [Reading(at_epoch_seconds=NOW + at * TIME_STEP_SECONDS) for at in range(MOST_READINGS + 5)]

        assert decode(encode(many)) == (tuple(many[5:]), "")

    def test_a_reading_comes_back(self) -> None:
        """Sizes rounded to 128 KiB at 2 GiB, free shares to 0.2%, times to 15 s, the rest exact."""
        one = Reading(
            at_epoch_seconds=NOW + 7,
            boot_id="00ff00ff",
            memory_total_bytes=2 * GIB - 1,
            memory_available_bytes=700 * MIB + 40_000,
            slab_unreclaimable_bytes=0,
            memory_some_avg60_percent=100,
            space_free_ratio=0.3141,
            inodes_free_ratio=1.0,
            oom_kills_total=0,
            swapped_in_pages=40_122_918,
            kubelet_started_seconds=31,
            linklocal_exceeded_total=4,
        )
        bare = Reading(at_epoch_seconds=NOW + 300)
        expected = replace(
            one,
            at_epoch_seconds=NOW,
            memory_total_bytes=2 * GIB,
            memory_available_bytes=700 * MIB,
            space_free_ratio=0.314,
        )

        assert ((expected, bare), "") == decode(encode([one, bare]))

    def test_what_the_version_before_wrote_is_read(self) -> None:
        """Its bytes, three readings: it knew five counters and no file systems."""
        written = bytes.fromhex(
            "011003a0989c39cc0314038082fc07818004811e81050181800480800201040001020303cde8a126030b013f0139018b890944"
        )
        common: dict[str, Any] = {"boot_id": "00ff00ff", "memory_total_bytes": 4 * GIB}
        counted: dict[str, Any] = {
            "memory_available_bytes": GIB,
            "slab_unreclaimable_bytes": 140 * MIB,
            "swapped_out_pages": 5,
            "kubelet_started_seconds": 31,
            "containerd_started_seconds": 28,
        }
        expected = (
            Reading(
                at_epoch_seconds=NOW - 7200,
                memory_available_bytes=2 * GIB,
                slab_unreclaimable_bytes=120 * MIB,
                memory_some_avg60_percent=3,
                **common,
            ),
            Reading(at_epoch_seconds=NOW - 300, oom_kills_total=1, swapped_in_pages=40_122_918, **common, **counted),
            Reading(
                at_epoch_seconds=NOW,
                memory_some_avg60_percent=0,
                oom_kills_total=2,
                swapped_in_pages=40_122_919,
                **common,
                **counted,
            ),
        )

        assert (expected, "") == decode(written)
        assert (expected, "") == decode(encode(expected))

    def test_nothing_comes_back_as_nothing(self) -> None:
        """A ring without readings is no damage."""
        assert decode(encode([])) == ((), "")

    @given(readings())
    def test_what_is_written_again_does_not_drift(self, given_readings: list[Reading]) -> None:
        """Rounding once is enough: a ring is read and written at every scan."""
        once, problem = decode(encode(given_readings))
        twice, _ = decode(encode(once))

        assert problem == ""
        assert once == twice

    @given(readings())
    def test_the_newest_reading_survives_with_its_counters(self, given_readings: list[Reading]) -> None:
        """Whatever had to go, the last scan did not."""
        kept, _ = decode(encode(given_readings))
        for newest, came_back in zip(given_readings[-1:], kept[-1:], strict=True):
            assert abs(newest.at_epoch_seconds - came_back.at_epoch_seconds) <= TIME_STEP_SECONDS
            assert (newest.boot_id, newest.oom_kills_total, newest.swapped_in_pages) == (
                came_back.boot_id,
                came_back.oom_kills_total,
                came_back.swapped_in_pages,
            )


class TestDamage:
    """What cannot be read is nothing remembered, with a reason."""

    WHOLE = encode(two_weeks(4 * GIB, every=6 * 3_600))

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"", "the stored history is empty"),
            (b"\0" * (MAX_BYTES + 1), f"the stored history has {MAX_BYTES + 1} bytes, more than {MAX_BYTES}"),
            (WHOLE[:-1], "the stored history is damaged: its checksum is wrong"),
            (b"something else entirely", "the stored history is damaged: its checksum is wrong"),
            (of_another_version(WHOLE), "the stored history was written by another version (3, not 2)"),
            (zlib.crc32(b"").to_bytes(4), "the stored history was written by another version (none, not 2)"),
        ],
    )
    def test_it_says_why(self, data: bytes, reason: str) -> None:
        """Empty, too large, cut, foreign, of a later version."""
        assert ((), reason) == decode(data)

    @given(st.binary(max_size=200))
    def test_no_bytes_raise_even_with_a_right_checksum(self, body: bytes) -> None:
        """A body of chance: readings of chance or a reason, never an exception."""
        whole = b"\1\20" + body
        found, problem = decode(whole + zlib.crc32(whole).to_bytes(4))

        assert len(found) <= MOST_READINGS
        assert not (found and problem)

    @given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
    def test_one_flipped_byte_is_noticed(self, at: int, change: int) -> None:
        """The checksum sees to that."""
        damaged = bytearray(self.WHOLE)
        damaged[at] ^= change
        found, problem = decode(bytes(damaged))

        assert found == ()
        assert problem
