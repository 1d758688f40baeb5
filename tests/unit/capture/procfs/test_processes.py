"""The section ``processes``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import processes
from fleetscan.capture.procfs.processes import Process, Processes
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = Processes(
        processes=(
            Process(
                pid=5150,
                command="java",
                rss_bytes=399507456,
                swap_bytes=104857600,
                pod="live/checkout-6c9f7d5b8-x2x9q",
            ),
            Process(pid=811, command="kubelet", rss_bytes=98566144, swap_bytes=0, pod=None),
            Process(
                pid=4242, command="scope", rss_bytes=67108864, swap_bytes=None, pod="weave/weave-scope-agent-x7k2p"
            ),
        )
    )

    assert expected == processes.parse(documented(processes))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("1 init 5 0", "processes, line 1: pod is missing", id="not enough fields"),
        pytest.param("1 init 5 0 -\n1 init 5 0 -", "processes, line 2: '1' is given twice", id="duplicate"),
        pytest.param("1 in;it 5 0 -", "processes, line 1: command is not a clean name: 'in;it'", id="unclean name"),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        processes.parse(text)

    assert error == str(raised.value)


def test_no_row_means_that_no_process_was_seen() -> None:
    """As in a recorded tree without processes."""
    expected = Processes(processes=())

    assert expected == processes.parse("")
