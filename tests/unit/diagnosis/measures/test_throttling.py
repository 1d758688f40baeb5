"""Whether a burstable instance is held back: balance, mode and CPU use read together."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.measures.throttling import Throttling, read_ago, throttling
from fleetscan.errors import AbsentError
from fleetscan.model import CreditMode, Credits


def credits_of(
    balance: float | None, used_ratio: float | None, *, mode: CreditMode = CreditMode.STANDARD, is_metered: bool = True
) -> Credits:
    """Return a t3a.medium: at most 576 credits, a baseline of 20 %."""
    return Credits(
        mode=mode,
        baseline_ratio=0.2,
        maximum_balance=576.0,
        balance=balance,
        cpu_utilization_ratio=used_ratio,
        is_metered=is_metered,
    )


@pytest.mark.parametrize(
    ("balance", "used_ratio", "expected"),
    [
        (5.76, 0.2, Throttling.THROTTLED),
        (5.77, 0.2, Throttling.NONE),
        (0.0, 0.181, Throttling.THROTTLED),
        (0.0, 0.179, Throttling.NONE),
        (0.0, 0.3, Throttling.THROTTLED),
        (0.0, 0.301, Throttling.IMMINENT),
        (400.0, None, Throttling.NONE),
    ],
)
def test_an_empty_balance_and_work_at_the_baseline(
    balance: float, used_ratio: float | None, expected: Throttling
) -> None:
    """About 0 is a hundredth; at the baseline is nine tenths of it; above one and a half it has yet to be."""
    assert expected is throttling(credits_of(balance, used_ratio))


def test_an_unlimited_instance_pays_and_goes_on() -> None:
    """Whatever its balance, read or not."""
    unlimited = credits_of(0.0, 0.2, mode=CreditMode.UNLIMITED, is_metered=False)

    assert throttling(unlimited) is Throttling.NONE


@pytest.mark.parametrize(
    "burstable", [credits_of(None, 0.2), credits_of(0.0, None), credits_of(0.0, 0.2, is_metered=False)]
)
def test_a_missing_datapoint_is_not_zero(burstable: Credits) -> None:
    """Nothing is said."""
    with pytest.raises(AbsentError):
        throttling(burstable)


@pytest.mark.parametrize(("age_seconds", "is_shown"), [(0.0, False), (600.0, False), (601.0, True)])
def test_an_old_reading_says_so(age_seconds: float, *, is_shown: bool) -> None:
    """Up to ten minutes it is as new as the metrics."""
    assert bool(read_ago(Credits(mode=CreditMode.STANDARD, age_seconds=age_seconds))) is is_shown
