"""The rule accelerator_error: NVIDIA's Xid by their number, Neuron, and what their libraries crash with."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.rules.accelerator_error import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity
from tests.fixtures.kernel_lines import logged, without_a_log

LOST = "NVRM: Xid (PCI:0000:00:1e): 79, pid=4711, name=python3, GPU has fallen off the bus."
REMAPPED = "NVRM: Xid (PCI:0000:10:1c): 63, pid=1896, Row Remapper: New row marked for remapping"
FAULT = "NVRM: Xid (PCI:0000:10:1c): 31, pid=1896, name=train, Ch 00000008, intr 10000000. MMU Fault"
NEURON = "NEURON_HW_ERR=SRAM_UNCORRECTABLE_ERROR instance-id=i-0592464924bd45322 nd-id=0 nc-id=0"
CRASH = "pt_main_thread[2536443]: segfault at 7f79 ip 00007f7c sp 00007f7c error 4 in libnccl.so.2[7f7c7ac00000]"


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        (f"accelerator_error 60 {LOST}", Severity.CRITICAL),
        (f"accelerator_error 60 {NEURON}", Severity.CRITICAL),
        (f"accelerator_warning 60 {REMAPPED}", Severity.WARNING),
        (f"accelerator_warning 60 {CRASH}", Severity.WARNING),
        (f"accelerator_warning 60 {FAULT}", Severity.INFO),
    ],
)
def test_the_number_of_an_error_decides_how_bad_it_is(line: str, severity: Severity) -> None:
    """One line of each is enough."""
    text = f"1 line in the kernel log within 24 h, the last 1 min ago: {line.split(' ', 2)[2]}"
    expected = Evidence(severity=severity, text=text, measured=1.0, limit=1.0)

    assert expected == check(logged(line))


def test_the_worst_is_reported_though_others_are_newer() -> None:
    """A program's own errors follow when its GPU is gone."""
    found = check(logged(f"accelerator_warning 10 {FAULT}", f"accelerator_error 60 {LOST}"))

    assert found is not None
    assert (found.severity, found.text.endswith(LOST)) == (Severity.CRITICAL, True)


def test_a_day_without_errors_is_healthy_and_an_unknown_day_is_skipped() -> None:
    """Silence counts only if the log reaches back."""
    assert check(logged(f"accelerator_error 86401 {LOST}")) is None
    with pytest.raises(AbsentError, match=r"kernel log covers only 1\.0 h"):
        check(logged(oldest=3600))
    with pytest.raises(AbsentError, match="KernelLog was not collected"):
        check(without_a_log())
