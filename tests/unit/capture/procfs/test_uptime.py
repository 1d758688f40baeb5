"""The section ``uptime``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from fleetscan.capture.procfs import uptime
from fleetscan.capture.procfs.uptime import Uptime
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = Uptime(uptime_seconds=1186401.52)

    assert expected == uptime.parse(documented(uptime))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "uptime: is empty", id="empty"),
        pytest.param(" \t\n", "uptime: is empty", id="blank"),
        pytest.param("x 0.00", "uptime, line 1: uptime is not a decimal number: 'x'", id="not a number"),
        pytest.param("-5 0.00", "uptime, line 1: uptime is not a decimal number: '-5'", id="negative"),
        pytest.param("1_0 0.00", "uptime, line 1: uptime is not a decimal number: '1_0'", id="underscore"),
        pytest.param("\uff15 0.00", "uptime, line 1: uptime is not a decimal number: '\\uff15'", id="unicode digit"),
        pytest.param("nan 0.00", "uptime, line 1: uptime is not a decimal number: 'nan'", id="nan"),
        pytest.param("1e9 0.00", "uptime, line 1: uptime is not a decimal number: '1e9'", id="exponent"),
        pytest.param(
            "9" * 10_000 + " 0.00",
            "uptime, line 1: uptime is not a decimal number: '9999999999999999999999999999999999999999...'",
            id="ten thousand digits",
        ),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        uptime.parse(text)

    assert error == str(raised.value)


def test_this_machine_s_own_file_is_understood() -> None:
    """The kernel that runs the test writes what the parser reads."""
    assert uptime.parse(Path("/proc/uptime").read_text()).uptime_seconds > 0
