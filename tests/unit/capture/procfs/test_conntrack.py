"""The section ``conntrack``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import conntrack
from fleetscan.capture.procfs.conntrack import Conntrack
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = Conntrack(count=11803, maximum=131072)

    assert expected == conntrack.parse(documented(conntrack))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "conntrack: is empty", id="empty"),
        pytest.param("5", "conntrack, line 1: max is missing", id="not enough fields"),
        pytest.param("5 0", "conntrack, line 1: max is zero", id="no limit"),
        pytest.param("5 -", "conntrack, line 1: max is not a whole number: '-'", id="unknown"),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        conntrack.parse(text)

    assert error == str(raised.value)
