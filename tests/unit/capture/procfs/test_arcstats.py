"""The section ``arcstats``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import arcstats
from fleetscan.capture.procfs.arcstats import Arcstats
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = Arcstats(size_bytes=67108864)

    assert expected == arcstats.parse(documented(arcstats))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "arcstats: has none of the fields that are read", id="empty"),
        pytest.param("size", "arcstats, line 1: size is missing", id="no value"),
        pytest.param("size 1\nsize 1", "arcstats, line 2: size is given twice", id="duplicate"),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        arcstats.parse(text)

    assert error == str(raised.value)
