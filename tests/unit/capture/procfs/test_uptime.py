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
