"""Numbers as people say them."""

from __future__ import annotations

import pytest

from fleetscan.quantities import ratio
from fleetscan.render.words import amounts


@pytest.mark.parametrize(
    ("value_bytes", "expected"),
    [
        (None, "-"),
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (735 << 20, "735 MiB"),
        (2_247_000_000, "2.1 GiB"),
        (1 << 40, "1.0 TiB"),
    ],
)
def test_a_size_has_two_or_three_digits(value_bytes: int | None, expected: str) -> None:
    """An unknown size is a dash, a known one is reported in the unit that fits."""
    assert expected == amounts.size(value_bytes)


@pytest.mark.parametrize(
    ("part", "whole", "expected"), [(1, 4, 0.25), (None, 4, None), (1, None, None), (0, 4, 0.0), (1, 0, None)]
)
def test_a_share_of_nothing_or_of_the_unknown_is_unknown(
    part: float | None, whole: float | None, expected: float | None
) -> None:
    """Swap that does not exist is not 0% used."""
    assert expected == ratio(part, whole)


@pytest.mark.parametrize(("number", "expected"), [(0, "0 nodes"), (1, "1 node"), (1000, "1,000 nodes")])
def test_a_count_agrees_with_its_noun(number: int, expected: str) -> None:
    """One node is not one nodes."""
    assert expected == amounts.count(number, "node")


@pytest.mark.parametrize(("value_ratio", "expected"), [(None, "-"), (0.0, "0%"), (0.0181, "1.8%"), (0.544, "54%")])
def test_a_share_is_reported_in_percent(value_ratio: float | None, expected: str) -> None:
    """An unknown share is a dash, never 0%."""
    assert expected == amounts.percent(value_ratio)
