"""The section ``loadavg``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from fleetscan.capture.procfs import loadavg
from fleetscan.capture.procfs.loadavg import Loadavg
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = Loadavg(load1=34.04, load5=25.03, load15=22.70, runnable=38, threads=812)

    assert expected == loadavg.parse(documented(loadavg))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "loadavg: is empty", id="empty"),
        pytest.param("34.04 25.03 22.70", "loadavg, line 1: runnable/threads is missing", id="not enough fields"),
        pytest.param("1 1 1 5", "loadavg, line 1: threads is not a whole number: ''", id="no threads"),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        loadavg.parse(text)

    assert error == str(raised.value)


def test_this_machine_s_own_file_is_understood() -> None:
    """The kernel that runs the test writes what the parser reads."""
    assert loadavg.parse(Path("/proc/loadavg").read_text()).threads > 0
