"""The rule cpu_stalled: RCU stalls, hard lockups and work queues that do not get on."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.rules.cpu_stalled import Limits, check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity
from tests.fixtures.kernel_lines import logged, without_a_log

STALL = "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:"
LOCKUP = "NMI watchdog: Watchdog detected hard LOCKUP on cpu 3"


def test_the_first_line_of_the_day_is_a_warning() -> None:
    """The kernel waits long before it says so."""
    text = f"1 line in the kernel log within 24 h, the last 1 d ago: {LOCKUP}"
    expected = Evidence(severity=Severity.WARNING, text=text, measured=1.0, limit=1.0)

    assert expected == check(logged(f"cpu_stalled 86400 {LOCKUP}"))


def test_stalls_and_lockups_are_counted_together_also_those_that_are_not_listed() -> None:
    """The node lists the last ones of a flood and says how many there were."""
    text = f"412 lines in the kernel log within 24 h, the last 6 min ago: {LOCKUP}"
    expected = Evidence(severity=Severity.WARNING, text=text, measured=412.0, limit=1.0)
    window = logged(f"cpu_stalled 360 {LOCKUP}", f"cpu_stalled 700 {STALL}", counts="cpu_stalled=412 io_error=9")

    assert expected == check(window)


@pytest.mark.parametrize(
    ("line", "limits"),
    [
        (f"cpu_stalled 86401 {STALL}", Limits()),
        (f"soft_lockup 60 {STALL}", Limits()),
        (f"cpu_stalled 60 {STALL}", Limits(warning_total=2)),
    ],
    ids=["yesterday", "another kind", "below the limit"],
)
def test_what_is_old_or_something_else_or_too_few_is_not_it(line: str, limits: Limits) -> None:
    """A whole day was read."""
    assert check(logged(line), limits) is None


def test_a_wrapped_log_and_no_log_skip_the_rule() -> None:
    """The silence of an hour says nothing about a day."""
    with pytest.raises(AbsentError, match=r"kernel log covers only 1\.0 h"):
        check(logged(oldest=3600))
    with pytest.raises(AbsentError, match="KernelLog was not collected"):
        check(without_a_log())
