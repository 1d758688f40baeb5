"""The section ``buddyinfo``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import buddyinfo
from fleetscan.capture.procfs.buddyinfo import Buddyinfo
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every value of the docstring's sample arrives, in its unit."""
    expected = Buddyinfo(free_blocks=(4381, 2107, 811, 322, 96, 31, 8, 2, 0, 0, 0))

    assert expected == buddyinfo.parse(documented(buddyinfo))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "buddyinfo: is empty", id="empty"),
        pytest.param("1 2 x", "buddyinfo, line 1: order 2 is not a whole number: 'x'", id="no number"),
        pytest.param(
            "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
            "buddyinfo, line 1: more than 32 orders",
            id="too many orders",
        ),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        buddyinfo.parse(text)

    assert error == str(raised.value)


def test_a_kernel_with_pages_of_64_kib_has_more_orders() -> None:
    """As many as it says."""
    assert len(buddyinfo.parse(" ".join("1" * 14)).free_blocks) == 14
