"""The section ``kernel_log``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import kernel_log
from fleetscan.capture.procfs.kernel_log import KernelEvent, KernelLog, KindCount, UndatedEvent
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = KernelLog(
        lines_read=812,
        oldest_age_seconds=1186000,
        events=(
            KernelEvent(
                kind="oom_kill",
                age_seconds=312,
                text="oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),task=java,pid=4711,uid=0",
            ),
            KernelEvent(
                kind="task_hung",
                age_seconds=4021,
                text="INFO: task kworker/u4:2:5150 blocked for more than 122 seconds.",
            ),
        ),
        undated_events=(UndatedEvent(kind="io_error", text="I/O error, dev nvme1n1, sector 8423440"),),
        counts=(KindCount(kind="io_error", count=204),),
    )

    assert expected == kernel_log.parse(documented(kernel_log))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "kernel_log: is empty", id="empty"),
        pytest.param("oom_kill 5 x", "kernel_log, line 1: does not begin with read: 'oom_kill'", id="no head"),
        pytest.param("read oldest_age_seconds=1", "kernel_log, line 1: lines is missing", id="no count"),
        pytest.param("read lines=1 lines=1", "kernel_log, line 1: 'lines' is given twice", id="duplicate field"),
        pytest.param("read lines=1\noom_kill", "kernel_log, line 2: age is missing", id="not enough fields"),
        pytest.param(
            "read lines=1\noom_kill 5 Killed \x1b[31m",
            r"kernel_log, line 2: text is not printable: 'Killed \x1b[31m'",
            id="unprintable",
        ),
        pytest.param("read lines=1\n" + "io_error 5 x\n" * 200, "kernel_log: more than 200 rows", id="too many rows"),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        kernel_log.parse(text)

    assert error == str(raised.value)


def test_a_kind_of_a_newer_script_is_ignored() -> None:
    """Whatever stands in its line."""
    expected = KernelLog(lines_read=1, oldest_age_seconds=None, events=())

    assert expected == kernel_log.parse("read lines=1 oldest_age_seconds=- new_kind=4\nnew_kind x\n")


def test_the_text_is_cut_at_240_characters() -> None:
    """A longer one is not from our script, but the line still matters."""
    parsed = kernel_log.parse("read lines=1\nio_error 5 " + "a" * 241)

    assert [KernelEvent(kind="io_error", age_seconds=5, text="a" * 240)] == list(parsed.events)
