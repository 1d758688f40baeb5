"""The rule kernel_bug: crashes of kernel code, of which each has several lines."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.rules.kernel_bug import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity
from tests.fixtures.kernel_lines import logged, without_a_log

BUG = "BUG: kernel NULL pointer dereference, address: 0000000000000008"
OOPS = "Oops: 0000 [#1] PREEMPT SMP NOPTI"


def test_the_lines_of_one_crash_are_one_and_a_warning() -> None:
    """It may have been the only one."""
    expected = Evidence(
        severity=Severity.WARNING,
        text=f"1 crash of kernel code: 2 lines in the kernel log within 24 h, the last 9 min ago: {OOPS}",
        measured=1.0,
        limit=1.0,
    )

    assert expected == check(logged(f"kernel_bug 540 {OOPS}", f"kernel_bug 540 {BUG}"))


def test_a_second_crash_within_the_hour_is_critical() -> None:
    """It goes on."""
    expected = Evidence(
        severity=Severity.CRITICAL,
        text=f"2 crashes of kernel code: 3 lines in the kernel log within 24 h, the last 9 min ago: {OOPS}",
        measured=2.0,
        limit=2.0,
    )

    assert expected == check(logged(f"kernel_bug 540 {OOPS}", f"kernel_bug 540 {BUG}", f"kernel_bug 9000 {BUG}"))


def test_two_crashes_of_which_the_last_is_hours_old_are_a_warning() -> None:
    """What is over is no present danger."""
    found = check(logged(f"kernel_bug 3601 {BUG}", f"kernel_bug 9000 {BUG}"))

    assert found is not None
    assert (found.severity, found.measured) == (Severity.WARNING, 2.0)


def test_a_day_without_a_crash_is_healthy_and_an_unknown_day_is_skipped() -> None:
    """Silence counts only if the log reaches back."""
    assert check(logged(f"kernel_bug 86401 {BUG}", "io_error 60 I/O error, dev nvme1n1")) is None
    with pytest.raises(AbsentError, match=r"kernel log covers only 1\.0 h"):
        check(logged(oldest=3600))
    with pytest.raises(AbsentError, match="KernelLog was not collected"):
        check(without_a_log())
