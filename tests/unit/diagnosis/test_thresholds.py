"""What a threshold is made of: names, bounds, and limits that belong to another rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import pytest

from fleetscan.diagnosis.thresholds import (
    UNITS,
    AtLeast,
    AtMost,
    Between,
    NoLimits,
    SharedLimits,
    Threshold,
    moved,
    thresholds,
)
from fleetscan.immutable import immutable


@immutable
class Shared(SharedLimits):
    """Limits of large_thing."""

    rule: ClassVar[str] = "large_thing"
    warning_bytes: int = 100


SHARED = Shared()


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Limits of a rule that goes by large_thing's too."""

    warning_ratio: float = 0.5
    critical_ratio: Annotated[float, AtLeast("warning_ratio"), Between(0, 2)] = 0.75
    left_hours: Annotated[int, AtMost("warning_ratio")] = 0
    large: Shared = SHARED


@dataclass(frozen=True, slots=True, kw_only=True)
class Unnamed:
    """A limit whose name does not say what it is."""

    warning: float = 0.5


def test_the_thresholds_of_a_rule_are_its_own() -> None:
    """Name, default, bounds and order; what it borrows is not among them."""
    expected = (
        Threshold(
            rule="mine",
            name="warning_ratio",
            default=0.5,
            is_whole=False,
            bounds=UNITS["ratio"],
            unit="ratio",
            owner=Own,
        ),
        Threshold(
            rule="mine",
            name="critical_ratio",
            default=0.75,
            is_whole=False,
            bounds=Between(0, 2),
            unit="ratio",
            order=(AtLeast("warning_ratio"),),
            owner=Own,
        ),
        Threshold(
            rule="mine",
            name="left_hours",
            default=0,
            is_whole=True,
            bounds=UNITS["hours"],
            unit="hours",
            order=(AtMost("warning_ratio"),),
            owner=Own,
        ),
    )

    assert expected == thresholds("mine", Own())


def test_shared_limits_belong_to_the_rule_that_they_name() -> None:
    """Whether that rule has them as its own or beside others."""
    expected = (
        Threshold(
            rule="large_thing",
            name="warning_bytes",
            default=100,
            is_whole=True,
            bounds=UNITS["bytes"],
            unit="bytes",
            owner=Shared,
        ),
    )

    assert expected == thresholds("large_thing", Shared())
    assert thresholds("another", Shared()) == ()
    assert thresholds("another", NoLimits()) == ()


def test_limits_move_together_with_the_rule_that_owns_them() -> None:
    """Under its own id a rule moves what is its own, under the owner's what it borrows."""
    values = {("mine", "warning_ratio"): 0.6, ("mine", "warning_bytes"): 1, ("large_thing", "warning_bytes"): 200}
    expected = Own(warning_ratio=0.6, large=Shared(warning_bytes=200))

    assert expected == moved(Own(), "mine", values)


def test_a_name_without_a_unit_is_a_fault_of_ours() -> None:
    """Nobody should have to guess whether it is a share or a percentage."""
    with pytest.raises(TypeError, match=r"mine\.warning: the name of a threshold ends with its unit"):
        thresholds("mine", Unnamed())


def test_limits_that_are_no_dataclass_are_a_fault_of_ours() -> None:
    """A bare number has no name that could be moved."""
    with pytest.raises(TypeError, match="limits are a dataclass, not float"):
        thresholds("mine", 0.5)
