"""The section ``cgroups``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import cgroups
from fleetscan.capture.procfs.cgroups import Cgroups
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = Cgroups(memory_total=312, dying_total=5)

    assert expected == cgroups.parse(documented(cgroups))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "cgroups: has none of the fields that are read", id="empty"),
        pytest.param("memory", "cgroups, line 1: memory is missing", id="no value"),
        pytest.param("dying 1\ndying 1", "cgroups, line 2: dying is given twice", id="duplicate"),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        cgroups.parse(text)

    assert error == str(raised.value)


@pytest.mark.parametrize("text", ["memory 312", "memory 312\ndying -", "memory 312\nnew 5"])
def test_dying_cgroups_are_not_known_on_v1(text: str) -> None:
    """None, not 0: a v1 node may have thousands of them."""
    expected = Cgroups(memory_total=312, dying_total=None)

    assert expected == cgroups.parse(text)
