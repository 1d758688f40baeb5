"""The rule filesystem_readonly: the kernel stopped writing."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import kernel_log
from fleetscan.diagnosis.rules.filesystem_readonly import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window

LINE = "EXT4-fs (nvme1n1): Remounting filesystem read-only"


def window(*events: str, oldest: str = "1186000") -> Window:
    """Return a node with these lines in its kernel log."""
    text = "\n".join([f"read lines=812 oldest_age_seconds={oldest}", *events])
    return Window(first=Sample(), last=Sample([kernel_log.parse(text)]))


def test_a_remount_is_critical_and_reported_in_the_kernels_words() -> None:
    """The newest of two."""
    expected = Evidence(severity=Severity.CRITICAL, text=f"1 h ago the kernel logged: {LINE}", measured=2.0, limit=1.0)

    assert expected == check(window(f"filesystem_readonly 3600 {LINE}", "filesystem_readonly 86400 other"))


def test_a_remount_of_the_day_before_and_an_input_error_are_not_it() -> None:
    """An error that did not end the writing is another matter."""
    assert check(window("io_error 60 I/O error, dev nvme1n1, sector 1", f"filesystem_readonly 86401 {LINE}")) is None


def test_a_wrapped_log_skips_the_rule() -> None:
    """The silence of an hour says nothing about a day."""
    with pytest.raises(AbsentError, match=r"kernel log covers only 1\.0 h"):
        check(window(oldest="3600"))


def test_without_a_log_the_rule_is_skipped() -> None:
    """Not collected is not silent."""
    with pytest.raises(AbsentError, match="KernelLog was not collected"):
        check(Window(first=Sample(), last=Sample()))
