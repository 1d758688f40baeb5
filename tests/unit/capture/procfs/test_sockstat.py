"""The section ``sockstat``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from fleetscan.capture.procfs import sockstat
from fleetscan.capture.procfs.sockstat import Sockstat
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = Sockstat(
        sockets_used=812,
        tcp_in_use=21,
        tcp_orphan=0,
        tcp_time_wait=14,
        tcp_allocated=96,
        tcp_memory_pages=31,
        udp_in_use=9,
        udp_memory_pages=4,
    )

    assert expected == sockstat.parse(documented(sockstat))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "sockstat: has none of the fields that are read", id="empty"),
        pytest.param("TCP: inuse", "sockstat, line 1: inuse is missing", id="not enough fields"),
        pytest.param("TCP: mem 1\nTCP: mem 1", "sockstat, line 2: TCP: is given twice", id="duplicate line"),
        pytest.param("TCP: mem 1 mem 2", "sockstat, line 1: 'mem' is given twice", id="duplicate field"),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        sockstat.parse(text)

    assert error == str(raised.value)


def test_what_the_file_does_not_say_is_none() -> None:
    """A file with one protocol is a file; the others are unknown."""
    expected = Sockstat(
        sockets_used=None,
        tcp_in_use=None,
        tcp_orphan=None,
        tcp_time_wait=None,
        tcp_allocated=None,
        tcp_memory_pages=None,
        udp_in_use=None,
        udp_memory_pages=4,
    )

    assert expected == sockstat.parse("UDP: mem 4\nRAW: inuse x\n")


def test_this_machine_s_own_file_is_understood() -> None:
    """The kernel that runs the test writes what the parser reads."""
    assert sockstat.parse(Path("/proc/net/sockstat").read_text()).tcp_memory_pages is not None
