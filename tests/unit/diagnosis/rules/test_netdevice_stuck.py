"""The rule netdevice_stuck: lines of the kernel log, three of them in 20 minutes."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import kernel_log
from fleetscan.diagnosis.rules.netdevice_stuck import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window

LINE = "unregister_netdevice: waiting for eth0 to become free. Usage count = 1"


def window(*ages_seconds: int, oldest: str = "1186000") -> Window:
    """Return a node whose kernel log has the line this many seconds ago."""
    events = [f"netdevice_stuck {age} {LINE}" for age in ages_seconds]
    text = "\n".join([f"read lines=812 oldest_age_seconds={oldest}", *events])
    return Window(first=Sample(), last=Sample([kernel_log.parse(text)]))


def test_three_lines_in_20_minutes_are_critical() -> None:
    """Exactly three, the oldest exactly 20 minutes ago; older ones are not counted."""
    expected = Evidence(
        severity=Severity.CRITICAL,
        text=f"3 lines in the kernel log within 20 min (threshold 3), the last 10 s ago: {LINE}",
        measured=3.0,
        limit=3.0,
    )

    assert expected == check(window(10, 20, 1200, 4000))


def test_two_lines_now_and_more_before_are_a_warning() -> None:
    """It may have gone by now."""
    expected = Evidence(
        severity=Severity.WARNING,
        text=f"4 lines in the kernel log within 24 h, the last 10 s ago: {LINE}",
        measured=4.0,
        limit=1.0,
    )

    assert expected == check(window(10, 20, 1201, 1211))


def test_one_line_is_a_warning() -> None:
    """A slow goodbye."""
    expected = Evidence(
        severity=Severity.WARNING,
        text=f"1 line in the kernel log within 24 h, the last 1 d ago: {LINE}",
        measured=1.0,
        limit=1.0,
    )

    assert expected == check(window(86_400))


def test_a_line_of_the_day_before_is_over() -> None:
    """A day and a second."""
    assert check(window(86_401)) is None


def test_a_wrapped_log_skips_the_rule() -> None:
    """The silence of an hour says nothing about a day."""
    with pytest.raises(AbsentError, match=r"kernel log covers only 1\.0 h"):
        check(window(oldest="3600"))


def test_without_a_log_the_rule_is_skipped() -> None:
    """Not collected is not silent."""
    with pytest.raises(AbsentError, match="KernelLog was not collected"):
        check(Window(first=Sample(), last=Sample()))
