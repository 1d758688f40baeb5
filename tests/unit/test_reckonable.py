"""Times and numbers that have the right type and are none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from fleetscan.model import Node
from fleetscan.reckonable import EARLIEST, LARGEST, LATEST, is_reckonable
from tests.fixtures import lives
from tests.fixtures.clusters import pod_event

NOON = datetime(2026, 1, 6, 12, tzinfo=UTC)
EARLY = timezone(timedelta(hours=14))


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -1, 2**64, 0.5, "any text", "\x00", (), frozenset({1, 2}), {"a": 1}, EARLIEST, LATEST, NOON,
        NOON.astimezone(EARLY), Node(instance_id="i-1"), Node(instance_id="i-1", launched_at=NOON),
        lives.diagnosis(1, lives.finding()), pod_event("Evicted", NOON),
    ],
)  # fmt: skip
def test_what_can_be_reckoned_with(value: object) -> None:
    """Everything that a scan itself makes."""
    assert is_reckonable(value)


@pytest.mark.parametrize(
    "value",
    [
        float("nan"), float("inf"), float("-inf"), 1e300, 10**400, -(10**400), 2 * LARGEST,
        datetime(2026, 1, 6, 12), datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC),  # noqa: DTZ001 - the point
        (1, (2, [float("nan")])), {"a": {"b": 10**400}}, Node(instance_id="i-1", launched_at=datetime(2026, 1, 6)),  # noqa: DTZ001 - the point
        lives.diagnosis(1, lives.finding(measured=float("inf"))), replace(pod_event("Evicted", NOON), count=10**30),
    ],
)  # fmt: skip
def test_what_can_not(value: object) -> None:
    """However deep it is hidden."""
    assert not is_reckonable(value)
