"""Quantities in the sentences of findings."""

from __future__ import annotations

import pytest

from fleetscan.quantities import count, duration, percent, size


@pytest.mark.parametrize(
    ("amount_bytes", "expected"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (10_239, "10 KiB"),
        (1024 * 1024 - 1, "1.0 MiB"),
        (735 * 1024**2, "735 MiB"),
        (2_194_432 * 1024, "2.1 GiB"),
        (5 * 1024**6, "5120 PiB"),
        (-5_000_000_000, "-4.7 GiB"),
    ],
)
def test_a_size_has_the_largest_binary_unit_that_leaves_one(amount_bytes: float, expected: str) -> None:
    """One decimal place below 10, none above."""
    assert expected == size(amount_bytes)


@pytest.mark.parametrize(
    ("ratio", "expected"), [(0, "0%"), (0.0181, "1.8%"), (0.0999, "10%"), (0.544, "54%"), (1.27, "127%")]
)
def test_a_ratio_is_reported_in_percent(ratio: float, expected: str) -> None:
    """One decimal place below 10%."""
    assert expected == percent(ratio)


def test_thousands_are_parted() -> None:
    """Seven digits in a row are not read."""
    assert count(1_657_980) == "1,657,980"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.5, "0 s"),
        (8, "8 s"),
        (725, "12 min 5 s"),
        (3600, "1 h"),
        (273_600, "3 d 4 h"),
        (-90, "-1 min 30 s"),
    ],
)
def test_a_time_has_its_two_largest_units(seconds: float, expected: str) -> None:
    """A unit of none is left out."""
    assert expected == duration(seconds)
