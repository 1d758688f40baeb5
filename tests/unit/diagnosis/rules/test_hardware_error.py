"""The rule hardware_error: uncorrected errors, memory out of use, corrected errors."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import meminfo
from fleetscan.diagnosis.rules.hardware_error import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity
from tests.fixtures.kernel_lines import logged, without_a_log

UNCORRECTED = "EDAC MC0: 1 UE memory read error on CPU_SrcID#0_MC#0_Chan#1_DIMM#0"
CORRECTED = "mce: [Hardware Error]: Machine check events logged"
LOST = meminfo.parse("MemTotal: 4030464\nHardwareCorrupted: 8")
SOUND = meminfo.parse("MemTotal: 4030464")


def test_an_uncorrected_error_is_critical_whatever_else_is_logged() -> None:
    """A flood of corrected ones does not hide it."""
    expected = Evidence(
        severity=Severity.CRITICAL,
        text=f"uncorrected: 1 line in the kernel log within 24 h, the last 5 min ago: {UNCORRECTED}",
        measured=1.0,
        limit=1.0,
    )
    window = logged(
        f"hardware_error 300 {UNCORRECTED}",
        f"hardware_corrected 10 {CORRECTED}",
        others=(LOST,),
        counts="hardware_corrected=4000",
    )

    assert expected == check(window)


@pytest.mark.parametrize(("count", "severity"), [(9, Severity.INFO), (10, Severity.WARNING)])
def test_corrected_errors_are_information_until_they_are_many(count: int, severity: Severity) -> None:
    """No data was lost."""
    text = f"corrected, no data was lost: {count} lines in the kernel log within 24 h, the last 10 s ago: {CORRECTED}"
    expected = Evidence(severity=severity, text=text, measured=float(count), limit=10.0)

    assert expected == check(logged(f"hardware_corrected 10 {CORRECTED}", counts=f"hardware_corrected={count}"))


@pytest.mark.parametrize("has_log", [True, False])
def test_memory_that_was_taken_out_of_use_is_a_warning_with_and_without_a_log(has_log: bool) -> None:  # noqa: FBT001
    """The kernel counts it since boot."""
    text = "8.0 KiB of memory were taken out of use since boot, because they are defective (HardwareCorrupted)"
    expected = Evidence(severity=Severity.WARNING, text=text, measured=8192.0, limit=0.0)

    assert expected == check(logged(others=(LOST,)) if has_log else without_a_log(LOST))


def test_a_day_without_errors_is_healthy_and_an_unknown_day_is_skipped() -> None:
    """Silence counts only if the log reaches back."""
    assert check(logged(f"hardware_error 86401 {UNCORRECTED}", others=(SOUND,))) is None
    with pytest.raises(AbsentError, match=r"kernel log covers only 1\.0 h"):
        check(logged(oldest=3600, others=(SOUND,)))
    with pytest.raises(AbsentError, match="KernelLog was not collected"):
        check(without_a_log())
