"""Whether a burstable instance is throttled because its CPU credits are exhausted.

A balance of 0 alone proves nothing. An instance in unlimited mode runs at full speed and is charged; an idle one in
standard mode is not throttled either.
"""

from __future__ import annotations

import enum

from fleetscan.diagnosis.knowledge.burstable import NOT_READ
from fleetscan.diagnosis.rule import known
from fleetscan.errors import AbsentError
from fleetscan.model import CreditMode, Credits
from fleetscan.quantities import duration

EMPTY_RATIO = 0.01
"""A balance of at most this share of the largest one is "about 0": five minutes of earning are 0.35% of it (24 hours
of earnings are the most an instance can hold, EC2 user guide, burstable-credits-baseline-concepts)."""

AT_BASELINE_RATIO = 0.9
"""CPU usage from this share of the baseline on is throttled; CloudWatch averages over five minutes."""

ABOVE_BASELINE_RATIO = 1.5
"""CPU usage above this multiple of the baseline is not throttled yet: the credits ran out within the five minutes."""

FRESH_SECONDS = 600
"""Up to this age a reading is current: the metrics come every five minutes, up to two periods late (EC2 user guide)."""


class Throttling(enum.Enum):
    """Whether a burstable instance is throttled."""

    NONE = "none"
    IMMINENT = "imminent"
    """The credits are exhausted and it still runs above its baseline: throttling starts within minutes."""
    THROTTLED = "throttled"


def demand_metrics(burstable: Credits) -> None:
    """Raise an AbsentError with the reason if the credit metrics were not read."""
    if not burstable.is_metered:
        raise AbsentError(NOT_READ)


def read_ago(burstable: Credits) -> str:
    """Return the age of the metrics if they are old, as `` (read 40 min ago)``; else nothing."""
    if burstable.age_seconds <= FRESH_SECONDS:
        return ""
    return f" (read {duration(burstable.age_seconds // 60 * 60)} ago)"


def throttling(burstable: Credits) -> Throttling:
    """Return whether the instance is throttled; AbsentError if a datapoint that decides it is missing."""
    if burstable.mode is CreditMode.UNLIMITED:
        return Throttling.NONE
    demand_metrics(burstable)
    balance = known(burstable.balance, "CPUCreditBalance")
    maximum = known(burstable.maximum_balance, "the largest credit balance of this instance type")
    if balance > EMPTY_RATIO * maximum:
        return Throttling.NONE
    used_ratio = known(burstable.cpu_utilization_ratio, "CPUUtilization")
    baseline_ratio = known(burstable.baseline_ratio, "the baseline of this instance type")
    if used_ratio < AT_BASELINE_RATIO * baseline_ratio:
        return Throttling.NONE
    return Throttling.IMMINENT if used_ratio > ABOVE_BASELINE_RATIO * baseline_ratio else Throttling.THROTTLED
