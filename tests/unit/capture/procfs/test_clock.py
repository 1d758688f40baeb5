"""The section ``clock``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import clock
from fleetscan.capture.procfs.clock import Clock
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every value of the docstring's sample arrives, in its unit."""
    expected = Clock(is_synchronized=True, stratum=3, offset_seconds=0.000012031)

    assert expected == clock.parse(documented(clock))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "clock: is empty", id="empty"),
        pytest.param(
            "perhaps stratum=3",
            "clock, line 1: state is neither synchronized nor unsynchronized: 'perhaps'",
            id="no state",
        ),
        pytest.param(
            "synchronized stratum=3 offset_seconds=-0.5",
            "clock, line 1: offset_seconds is not a decimal number: '-0.5'",
            id="signed",
        ),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        clock.parse(text)

    assert error == str(raised.value)


def test_a_clock_without_a_source_is_not_synchronized() -> None:
    """What chrony did not say is None."""
    expected = Clock(is_synchronized=False, stratum=0, offset_seconds=None)

    assert expected == clock.parse("unsynchronized stratum=0 offset_seconds=- leap=Not_synchronised")
