"""The rule cpu_credits_exhausted: mode, balance and CPU use read together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetscan.diagnosis.rules.cpu_credits_exhausted import check
from fleetscan.errors import AbsentError
from fleetscan.model import Cause, CreditMode, Credits, Evidence, Sample, Severity, Window

THROTTLED = Credits(
    mode=CreditMode.STANDARD,
    baseline_ratio=0.2,
    maximum_balance=576.0,
    balance=0.4,
    cpu_utilization_ratio=0.2,
)


def window(burstable: Credits) -> Window:
    """Return a node of which only the credits are known."""
    return Window(first=Sample(), last=Sample([burstable]))


def evidence(**changes: object) -> Evidence:
    """Return what is expected of the throttled instance, with changes."""
    whole = Evidence(
        severity=Severity.CRITICAL,
        text="standard mode, 0.4 of 576 CPU credits left: CPU usage of 20% is throttled to the baseline of 20%",
        measured=0.4,
        limit=5.76,
        cause=Cause.CPU_CREDITS,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # a test names the fields that exist


def test_an_empty_standard_instance_at_its_baseline_is_throttled() -> None:
    """All three together: the mode, a balance about 0 and CPU use at the baseline."""
    assert evidence() == check(window(THROTTLED))


def test_at_one_percent_of_the_largest_balance_it_still_fires() -> None:
    """Exactly at the limit."""
    text = "standard mode, 5.8 of 576 CPU credits left: CPU usage of 18% is throttled to the baseline of 20%"
    expected = evidence(text=text, measured=5.76)

    assert expected == check(window(replace(THROTTLED, balance=5.76, cpu_utilization_ratio=0.185)))


def test_above_the_baseline_the_throttling_is_about_to_begin() -> None:
    """An instance at full speed is not throttled yet, so nobody is woken with a claim that it is."""
    text = (
        "standard mode, 0.0 of 576 CPU credits left: CPU usage of 95% will be throttled to the baseline of 20% "
        "within minutes"
    )
    expected = evidence(severity=Severity.WARNING, text=text, measured=0.0)

    assert expected == check(window(replace(THROTTLED, balance=0.0, cpu_utilization_ratio=0.95)))


@pytest.mark.parametrize(
    "burstable",
    [
        replace(THROTTLED, mode=CreditMode.UNLIMITED, surplus_balance=576.0),
        replace(THROTTLED, mode=CreditMode.UNLIMITED, balance=None, cpu_utilization_ratio=None),
        replace(THROTTLED, balance=5.77),
        replace(THROTTLED, cpu_utilization_ratio=0.17),
    ],
    ids=["the incident", "unlimited without datapoints", "credits left", "idle"],
)
def test_what_merely_looks_like_it_is_not_a_likely_cause(burstable: Credits) -> None:
    """Balance 0 in unlimited mode, credits left, or an instance that idles below its baseline."""
    assert check(window(burstable)) is None


@pytest.mark.parametrize(
    ("burstable", "missing"),
    [
        (replace(THROTTLED, balance=None), "CPUCreditBalance was not reported"),
        (replace(THROTTLED, maximum_balance=None), "largest credit balance of this instance type was not reported"),
        (replace(THROTTLED, cpu_utilization_ratio=None), "CPUUtilization was not reported"),
        (replace(THROTTLED, baseline_ratio=None), "baseline of this instance type was not reported"),
    ],
)
def test_a_missing_datapoint_skips_the_rule(burstable: Credits, missing: str) -> None:
    """Missing data is unknown, not an empty balance."""
    with pytest.raises(AbsentError, match=missing):
        check(window(burstable))


def test_without_credits_the_rule_is_skipped() -> None:
    """A node that is not burstable, or whose credits were not asked for."""
    with pytest.raises(AbsentError, match="Credits was not collected"):
        check(Window(first=Sample(), last=Sample()))


def test_metrics_that_nobody_asked_for_are_no_missing_datapoint() -> None:
    """In standard mode with nothing but the mode known: skipped, and the reason says why."""
    unasked = Credits(mode=CreditMode.STANDARD, is_metered=False)

    with pytest.raises(AbsentError, match="the credit metrics were not read: CloudWatch charges"):
        check(Window(first=Sample(), last=Sample([unasked])))
