"""The section ``neighbours``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import neighbours
from fleetscan.capture.procfs.neighbours import Neighbours
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every value of the docstring's sample arrives, in its unit."""
    expected = Neighbours(entries=412, limit=1024, table_fulls=3)

    assert expected == neighbours.parse(documented(neighbours))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "neighbours: is empty", id="empty"),
        pytest.param("entries=1 entries=1", "neighbours, line 1: 'entries' is given twice", id="duplicate"),
        pytest.param("gc_thresh3=x", "neighbours, line 1: gc_thresh3 is not a whole number: 'x'", id="no number"),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        neighbours.parse(text)

    assert error == str(raised.value)


def test_what_the_kernel_does_not_count_is_none() -> None:
    """Before 4.14 there is no table_fulls."""
    assert Neighbours(entries=5, limit=None, table_fulls=None) == neighbours.parse("entries=5")
