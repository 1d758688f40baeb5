"""The section ``pid_max``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from fleetscan.capture.procfs import pid_max
from fleetscan.capture.procfs.pid_max import PidMax
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = PidMax(maximum=4194304)

    assert expected == pid_max.parse(documented(pid_max))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "pid_max: is empty", id="empty"),
        pytest.param("0", "pid_max, line 1: pid_max is zero", id="no pid"),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        pid_max.parse(text)

    assert error == str(raised.value)


def test_this_machine_s_own_file_is_understood() -> None:
    """The kernel that runs the test writes what the parser reads."""
    assert pid_max.parse(Path("/proc/sys/kernel/pid_max").read_text()).maximum > 0
