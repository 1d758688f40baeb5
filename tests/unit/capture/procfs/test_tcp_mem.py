"""The section ``tcp_mem``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from fleetscan.capture.procfs import tcp_mem
from fleetscan.capture.procfs.tcp_mem import TcpMem
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = TcpMem(low_pages=46521, pressure_pages=62030, maximum_pages=93042)

    assert expected == tcp_mem.parse(documented(tcp_mem))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "tcp_mem: is empty", id="empty"),
        pytest.param("1 2", "tcp_mem, line 1: maximum is missing", id="not enough fields"),
        pytest.param("0 0 0", "tcp_mem, line 1: maximum is zero", id="no maximum"),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        tcp_mem.parse(text)

    assert error == str(raised.value)


def test_this_machine_s_own_file_is_understood() -> None:
    """The kernel that runs the test writes what the parser reads."""
    assert tcp_mem.parse(Path("/proc/sys/net/ipv4/tcp_mem").read_text()).maximum_pages > 0
