"""What a rule is: an id, its words, one question asked of a window, and its traits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fleetscan.diagnosis.traits import Traits
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window

type Check[L] = Callable[[Window, L], Evidence | None]
"""Evidence when it fires, None when all is well, AbsentError when the evidence is missing (skipped)."""


@immutable
class Rule[L](Traits):
    """One thing that is judged on one node. ``id`` is file name, test name, doc page and metric dimension.

    It says all of itself: how its findings are treated elsewhere is in its traits, and in no table beside it.
    """

    id: str
    severity: Severity
    """The worst severity its evidence can reach."""
    title: str
    """What is wrong, for a person at 3 a.m.; no numbers."""
    remedy: str
    """What to do about it; commands in full, to be reviewed before they are run."""
    limits: L
    """From where on it fires: thresholds (a dataclass, ``diagnosis.thresholds``), ``NO_LIMITS`` where none is."""
    check: Check[L]

    def ask(self, window: Window) -> Evidence | None:
        """Judge a window by this rule's limits."""
        return self.check(window, self.limits)


type AnyRule = Rule[Any]
"""A rule of the catalogue, whatever its limits are."""


def known[V](value: V | None, name: str) -> V:
    """Return the value, or raise an AbsentError that names it: a missing field skips the rule."""
    if value is None:
        raise AbsentError(f"{name} was not reported")
    return value
