"""The section ``disks``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import disks
from fleetscan.capture.procfs.disks import Disk, Disks
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every value of the docstring's sample arrives, in its unit."""
    expected = Disks(
        disks=(
            Disk(
                device="nvme1n1",
                reads=12,
                writes=840,
                read_milliseconds=90,
                write_milliseconds=41000,
                busy_milliseconds=4980,
                queue_milliseconds=160000,
                in_flight=31,
                volume_id="vol-0abc",
            ),
        )
    )

    assert expected == disks.parse(documented(disks))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("sda reads=1", "disks, line 1: writes is missing", id="not enough fields"),
        pytest.param(
            "sda reads=1 writes=1 read_ms=1 write_ms=1 busy_ms=1 queue_ms=1 in_flight=0 volume=a\x00",
            "disks, line 1: volume is not a clean name: 'a\\x00'",
            id="unclean name",
        ),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        disks.parse(text)

    assert error == str(raised.value)


def test_a_volume_that_is_not_known_is_none() -> None:
    """An instance store has no volume."""
    (only,) = disks.parse("sda reads=1 writes=2 read_ms=3 write_ms=4 busy_ms=5 queue_ms=6 in_flight=7 volume=-").disks

    assert (
        Disk(
            device="sda",
            reads=1,
            writes=2,
            read_milliseconds=3,
            write_milliseconds=4,
            busy_milliseconds=5,
            queue_milliseconds=6,
            in_flight=7,
            volume_id=None,
        )
        == only
    )
