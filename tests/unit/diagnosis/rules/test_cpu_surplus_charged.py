"""The rule cpu_surplus_charged: unlimited mode costs money and throttles nothing."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.rules.cpu_surplus_charged import check
from fleetscan.errors import AbsentError
from fleetscan.model import CreditMode, Credits, Evidence, Sample, Severity, Window


def window(
    mode: CreditMode = CreditMode.UNLIMITED,
    *,
    balance: float | None = None,
    surplus: float | None = None,
    charged: float | None = None,
    maximum: float | None = None,
) -> Window:
    """Return a node of which only the credits are known."""
    burstable = Credits(
        mode=mode, balance=balance, surplus_balance=surplus, surplus_charged=charged, maximum_balance=maximum
    )
    return Window(first=Sample(), last=Sample([burstable]))


def test_the_incidents_surplus_at_its_maximum_is_a_cost_and_not_throttling() -> None:
    """Balance 0, surplus 576 of 576, unlimited."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="576 surplus CPU credits, the maximum, balance 0: a cost, not throttling (unlimited mode)",
        measured=576.0,
        limit=576.0,
    )

    assert expected == check(window(balance=0.0, surplus=576.0, maximum=576.0))


def test_charged_credits_fire_without_the_maximum() -> None:
    """What was charged was charged, whatever the balance."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="2.5 surplus CPU credits charged: a cost, not throttling (unlimited mode)",
        measured=2.5,
        limit=0.0,
    )

    assert expected == check(window(charged=2.5))


def test_a_surplus_below_the_maximum_that_was_not_charged_is_healthy() -> None:
    """It may still be paid back by idling."""
    assert check(window(surplus=575.9, maximum=576.0, charged=0.0)) is None


def test_standard_mode_has_no_surplus() -> None:
    """The two metrics exist only for unlimited instances."""
    assert check(window(CreditMode.STANDARD, balance=0.0)) is None


@pytest.mark.parametrize(
    ("seen", "missing"),
    [
        (window(surplus=1.0, maximum=576.0), "CPUSurplusCreditsCharged"),
        (window(charged=0.0, maximum=576.0), "CPUSurplusCreditBalance"),
        (window(charged=0.0, surplus=1.0), "largest credit balance"),
    ],
)
def test_a_missing_datapoint_skips_the_rule(seen: Window, missing: str) -> None:
    """Nothing known is not nothing charged."""
    with pytest.raises(AbsentError, match=missing):
        check(seen)


def test_without_credits_the_rule_is_skipped() -> None:
    """A node that is not burstable, or whose credits were not asked for."""
    with pytest.raises(AbsentError, match="Credits was not collected"):
        check(Window(first=Sample(), last=Sample()))


def test_metrics_that_nobody_asked_for_are_no_missing_datapoint() -> None:
    """In unlimited mode with nothing but the mode known: skipped, and the reason says why."""
    unasked = Credits(mode=CreditMode.UNLIMITED, is_metered=False)

    with pytest.raises(AbsentError, match="the credit metrics were not read: CloudWatch charges"):
        check(Window(first=Sample(), last=Sample([unasked])))


def test_the_age_of_a_reading_is_reported_when_it_is_more_than_the_metrics_own() -> None:
    """A reading is used for an hour, because every one is paid."""
    burstable = Credits(mode=CreditMode.UNLIMITED, surplus_balance=576.0, maximum_balance=576.0, age_seconds=2_400.0)
    found = check(Window(first=Sample(), last=Sample([burstable])))

    assert found is not None
    assert found.text.endswith("a cost, not throttling (unlimited mode) (read 40 min ago)")
