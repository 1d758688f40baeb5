"""Limits of disks are read again only when they are old, and their age goes with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from fleetscan.errors import AccessError
from fleetscan.model.disk_limits import DiskLimits, VolumeLimits
from fleetscan.scan.disk_cache import CachedDiskReader

HOUR = 3_600.0
VOLUMES: Mapping[str, Sequence[str]] = {"i-0": ("vol-0",), "i-1": ("vol-1",)}


@dataclass
class Reader:
    """Reads a balance that says when it was read."""

    now: float = 1_000_000.0
    asked: list[list[str]] = field(default_factory=list)

    def clock(self) -> float:
        """Return the time."""
        return self.now

    def limits(
        self,
        volumes: Mapping[str, Sequence[str]],
        *,
        fresh: Collection[str] = (),  # noqa: ARG002 - the port's
    ) -> Mapping[str, DiskLimits]:
        """Return the time as balance."""
        self.asked.append(sorted(volumes))
        return {
            each: DiskLimits(volumes=tuple(VolumeLimits(volume_id=one) for one in ids), io_balance_percent=self.now)
            for each, ids in volumes.items()
        }


@dataclass
class Book:
    """A book that may refuse."""

    readings: Mapping[str, tuple[float, DiskLimits]] = field(default_factory=dict)
    refuses: bool = False

    def load(self) -> Mapping[str, tuple[float, DiskLimits]]:
        """Return what is in it."""
        if self.refuses:
            raise AccessError("no")
        return self.readings

    def save(self, readings: Mapping[str, tuple[float, DiskLimits]]) -> None:
        """Replace what is in it."""
        if self.refuses:
            raise AccessError("no")
        self.readings = readings


def remembering(reader: Reader, cache: Book) -> CachedDiskReader:
    """Return a reader that remembers for an hour."""
    return CachedDiskReader(reader, cache, reader.clock, refresh_seconds=HOUR)


def test_twelve_scans_in_an_hour_read_once() -> None:
    """And the thirteenth reads anew."""
    reader, cache = Reader(), Book()
    ages = []
    for _ in range(13):
        ages.append(remembering(reader, cache).limits(VOLUMES)["i-0"].age_seconds)
        reader.now += 300

    assert len(reader.asked) == 2
    assert ages == [*(300.0 * one for one in range(12)), 0.0]


def test_a_node_that_must_be_fresh_or_has_another_volume_is_read_anew() -> None:
    """The others are not."""
    reader, cache = Reader(), Book()
    remembering(reader, cache).limits(VOLUMES)
    remembering(reader, cache).limits(VOLUMES, fresh={"i-1"})
    remembering(reader, cache).limits({"i-0": ("vol-0", "vol-9"), "i-1": ()})

    assert reader.asked == [["i-0", "i-1"], ["i-1"], ["i-0"]]


def test_a_cache_that_refuses_costs_money_and_no_reading() -> None:
    """Every scan reads."""
    reader, cache = Reader(), Book(refuses=True)
    found = [remembering(reader, cache).limits(VOLUMES).keys() for _ in range(2)]

    assert found == [VOLUMES.keys(), VOLUMES.keys()]
    assert len(reader.asked) == 2
