"""The rule cpu_steal_high: CPU time that the hypervisor withheld."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import host, loadavg, meminfo, stat
from fleetscan.diagnosis.rules.cpu_steal_high import check
from fleetscan.errors import AbsentError
from fleetscan.model import Cause, CreditMode, Credits, Evidence, Sample, Severity, Window


def window(steal_ticks: int, *others: object, total_ticks: int = 1000, first_steal: int = 0) -> Window:
    """Return a window in which this much of the CPU time was stolen."""
    return Window(
        first=Sample([stat.parse(f"cpu 0 0 0 0 0 0 0 {first_steal}")]),
        last=Sample([stat.parse(f"cpu 0 0 0 {total_ticks - steal_ticks} 0 0 0 {steal_ticks}"), *others]),
        seconds=5.0,
    )


def standard(balance: float | None) -> Credits:
    """Return a t3.medium in standard mode at its baseline."""
    return Credits(
        mode=CreditMode.STANDARD,
        baseline_ratio=0.2,
        maximum_balance=576.0,
        balance=balance,
        cpu_utilization_ratio=0.2,
    )


def test_a_shared_core_starves_the_cpu_and_not_the_memory() -> None:
    """The published m3.medium: 54.3% stolen, load 2 on one CPU, 60% of the memory free. Nobody is named."""
    seen = window(
        543,
        host.parse("cpus 1"),
        loadavg.parse("2.06 1.79 1.74 2/92 17511"),
        meminfo.parse("MemTotal: 3843220\nMemAvailable: 2321640"),
        total_ticks=1000,
    )
    expected = Evidence(
        severity=Severity.CRITICAL,
        text="CPU steal is 54% (threshold 30%): the node is short of CPU, not of memory (load average 2.06, 60% of "
        "the memory available); the reason is unknown",
        measured=0.543,
        limit=0.30,
    )

    assert expected == check(Window(first=seen.first, last=seen.last))


def test_a_tenth_is_a_warning() -> None:
    """Exactly at the limit it fires."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="CPU steal is 10% (threshold 10%); the reason is unknown",
        measured=0.10,
        limit=0.10,
    )

    assert expected == check(window(100))


def test_just_below_a_tenth_there_is_no_finding() -> None:
    """9.9% is not 10%."""
    assert check(window(99)) is None


@pytest.mark.parametrize(
    ("credit", "cause", "reason"),
    [
        (standard(0.0), Cause.CPU_CREDITS, "the instance is in standard mode and its CPU credits are exhausted"),
        (
            Credits(mode=CreditMode.UNLIMITED, balance=0.0),
            Cause.NOISY_NEIGHBOUR,
            "unlimited mode is never throttled, so other instances on the host use it (noisy neighbour)",
        ),
        (standard(300.0), Cause.NOISY_NEIGHBOUR, "300 CPU credits are left, so other instances on the host use it"),
        (
            standard(30.0),
            Cause.UNATTRIBUTED,
            "the CPU credits are nearly exhausted, which may be the reason",
        ),
        (
            standard(None),
            Cause.UNATTRIBUTED,
            "the reason is unknown: CPUCreditBalance was not reported",
        ),
    ],
    ids=["exhausted", "unlimited", "credits left", "nearly exhausted", "no datapoint"],
)
def test_a_cause_is_named_only_where_the_credits_leave_one_answer(credit: Credits, cause: Cause, reason: str) -> None:
    """A missing datapoint is no empty balance, and a neighbour is a likely cause only when credits are ruled out."""
    expected = Evidence(
        severity=Severity.CRITICAL,
        text=f"CPU steal is 50% (threshold 30%); {reason}",
        measured=0.5,
        limit=0.30,
        cause=cause,
    )

    assert expected == check(window(500, credit))


def test_a_steal_counter_that_runs_backwards_gives_no_result() -> None:
    """As on kernel 4.4, where it fell by hundreds of millions a second."""
    with pytest.raises(AbsentError, match="steal counters of /proc/stat ran backwards"):
        check(window(100, first_steal=832_457_433))


def test_a_counter_that_grows_faster_than_time_gives_no_result() -> None:
    """The same broken counter on its way up: two CPUs have 1,000 ticks in five seconds and no more."""
    with pytest.raises(AbsentError, match="grew faster than time"):
        check(window(832_457_433, host.parse("cpus 2"), total_ticks=832_458_000))


def test_without_a_first_sample_the_rule_is_skipped() -> None:
    """One sample has no rates."""
    with pytest.raises(AbsentError, match="Stat was not collected"):
        check(Window(first=Sample(), last=window(500).last))


def test_two_samples_at_the_same_tick_give_no_result() -> None:
    """Nothing divided by nothing is not 0%."""
    with pytest.raises(AbsentError, match="no CPU time passed"):
        check(window(0, total_ticks=0))
