"""Times and numbers that have the right type and are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from fleetscan.immutable import immutable
from fleetscan.model import Node
from fleetscan.storage.sane import EARLIEST, LARGEST, LATEST, is_sane, loads
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
    assert is_sane(value)


@pytest.mark.parametrize(
    "value",
    [
        float("nan"), float("inf"), float("-inf"), 1e300, 10**400, -(10**400), 2 * LARGEST,
        datetime(2026, 1, 6, 12), datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC),  # noqa: DTZ001 - the point
        (1, (2, [float("nan")])), {"a": {"b": 10**400}}, Node(instance_id="i-1", launched_at=datetime(2026, 1, 6)),  # noqa: DTZ001 - the point
        lives.diagnosis(1, lives.finding(measured=float("inf"))), replace(pod_event("Evicted", NOON), count=10**30),
    ],
)  # fmt: skip
def test_what_cannot(value: object) -> None:
    """However deep it is hidden."""
    assert not is_sane(value)


def test_json_with_numbers_that_are_ones() -> None:
    """Read as anybody reads it."""
    expected = {"a": [0, -1, 2**64 - 1, 0.5, 1e3, None, True], "b": "1e999"}

    assert expected == loads('{"a": [0, -1, 18446744073709551615, 0.5, 1e3, null, true], "b": "1e999"}')


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e300", "9" * 21, "9" * 400, "9" * 10_000]
)
def test_json_with_a_number_that_is_none(number: str) -> None:
    """Python's own reader takes all but the last."""
    with pytest.raises(ValueError, match=r"number"):
        loads(f"[{number}]")


@immutable
class Holds:
    """A value in each form that a field can have."""

    words: tuple[str, ...] = ()
    number: int | float | None = None
    moments: tuple[datetime | None, ...] = ()
    shares: Mapping[str, float] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    pair: tuple[str, float] = ("", 0.0)
    marks: frozenset[int] | None = None
    inner: tuple[Inner, ...] = ()
    either: Inner | str = ""
    anything: object = None


@immutable
class Inner:
    """A single number."""

    count: int = 0


NOT_A_NUMBER = float("nan")
INNER = Inner(count=10**30)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (Holds(number=2), Holds(number=10**30)),
        (Holds(number=0.5), Holds(number=NOT_A_NUMBER)),
        (Holds(moments=(None, NOON)), Holds(moments=(None, NOON.replace(tzinfo=None)))),
        (Holds(shares={"a": 0.5}), Holds(shares={"a": float("inf")})),
        (Holds(pair=("a", 1.0)), Holds(pair=("a", NOT_A_NUMBER))),
        (Holds(marks=frozenset({1})), Holds(marks=frozenset({1, 2**65}))),
        (Holds(inner=(Inner(), Inner(count=1))), Holds(inner=(Inner(), INNER))),
        (Holds(either=Inner()), Holds(either=INNER)),
        (Holds(anything=[1]), Holds(anything=[{"a": -(10**30)}])),
        (Holds(words=("a",), names={"a": "b"}), Holds(number=-(10**400))),
    ],
)
def test_a_field_is_asked_by_its_type(good: Holds, bad: Holds) -> None:
    """Whatever form of type it has: what only looks at numbers must find each of them."""
    assert is_sane(good)
    assert not is_sane(bad)
    assert not is_sane([good, bad])
