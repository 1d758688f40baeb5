"""The section ``waiting``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import waiting
from fleetscan.capture.procfs.waiting import Waiting, WaitingTask
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every value of the docstring's sample arrives, in its unit."""
    expected = Waiting(
        tasks=(
            WaitingTask(pid=7005, command="postgres", pod="default/db-0"),
            WaitingTask(pid=812, command="containerd", pod=None),
        )
    )

    assert expected == waiting.parse(documented(waiting))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("1 init", "waiting, line 1: pod is missing", id="not enough fields"),
        pytest.param("1 init -\n1 init -", "waiting, line 2: '1' is given twice", id="duplicate"),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        waiting.parse(text)

    assert error == str(raised.value)


def test_no_row_means_that_none_was_seen() -> None:
    """An empty list is a value: the node looked."""
    assert Waiting(tasks=()) == waiting.parse("")
