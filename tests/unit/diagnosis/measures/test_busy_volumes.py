"""The EBS volumes that requests wait for."""

from __future__ import annotations

from fleetscan.capture.procfs.disks import parse
from fleetscan.diagnosis.measures.busy_volumes import MOST, busy_volumes
from tests.fixtures.windows import one_sample


def disk(number: int, queue: int, volume: str) -> str:
    """Return a line of the section."""
    figures = f"reads=1 writes=1 read_ms=1 write_ms=1 busy_ms=1 queue_ms={queue} in_flight=0"
    return f"nvme{number}n1 {figures} volume={volume}\n"


def test_the_volume_with_the_longest_queue_comes_first() -> None:
    """One that nobody waits for is left out, as is a disk that is no volume."""
    text = disk(0, 90, "vol-0a") + disk(1, 160_000, "vol-0b") + disk(2, 0, "vol-0c") + disk(3, 500, "-")

    assert busy_volumes(one_sample(parse(text))) == ("vol-0b", "vol-0a")
    assert busy_volumes(one_sample()) == ()


def test_their_number_is_bounded() -> None:
    """A node with hundreds of disks."""
    text = "".join(disk(number, 1_000 - number, f"vol-{number:04x}") for number in range(100))

    assert busy_volumes(one_sample(parse(text))) == tuple(f"vol-{number:04x}" for number in range(MOST))
