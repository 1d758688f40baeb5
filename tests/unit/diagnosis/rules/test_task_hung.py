"""The rule task_hung: lines of the kernel log."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import kernel_log
from fleetscan.diagnosis.rules.task_hung import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window

LINE = "INFO: task kworker/u4:2:5150 blocked for more than 122 seconds."


def window(*events: str, oldest: str = "1186000") -> Window:
    """Return a node with these lines in its kernel log."""
    text = "\n".join([f"read lines=812 oldest_age_seconds={oldest}", *events])
    return Window(first=Sample(), last=Sample([kernel_log.parse(text)]))


def test_the_first_line_of_the_day_is_a_warning() -> None:
    """A day ago to the second still counts."""
    expected = Evidence(
        severity=Severity.WARNING,
        text=f"1 line in the kernel log within 24 h, the last 1 d ago: {LINE}",
        measured=1.0,
        limit=1.0,
    )

    assert expected == check(window(f"task_hung 86400 {LINE}"))


def test_more_lines_are_counted_and_the_newest_is_reported() -> None:
    """Others of the day before and of another kind are not."""
    expected = Evidence(
        severity=Severity.WARNING,
        text=f"2 lines in the kernel log within 24 h, the last 1 min ago: {LINE}",
        measured=2.0,
        limit=1.0,
    )
    events = [
        f"task_hung 60 {LINE}",
        "io_error 61 I/O error, dev nvme1n1",
        "task_hung 70 again",
        "task_hung 86401 old",
    ]

    assert expected == check(window(*events))


def test_a_silent_log_says_healthy() -> None:
    """A whole day was read and holds none."""
    assert check(window(oldest="86400")) is None


def test_a_wrapped_log_skips_the_rule() -> None:
    """The silence of an hour says nothing about a day."""
    with pytest.raises(AbsentError, match=r"kernel log covers only 1\.0 h"):
        check(window(oldest="3600"))


def test_without_a_log_the_rule_is_skipped() -> None:
    """Not collected is not silent."""
    with pytest.raises(AbsentError, match="KernelLog was not collected"):
        check(Window(first=Sample(), last=Sample()))
