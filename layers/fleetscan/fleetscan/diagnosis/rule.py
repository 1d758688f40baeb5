"""What a rule is: an id, a title, a remedy, thresholds, a check of one node, and its traits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from fleetscan.diagnosis.traits import Traits
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window

type Check[L] = Callable[[Window, L], Evidence | None]
"""Returns evidence when it fires and None when it does not; raises AbsentError when data is missing (skipped)."""


@immutable
class Rule[L](Traits):
    """One check of one node. ``id`` is also the file name, test name, doc page and metric dimension.

    It says all of itself: how its findings are treated elsewhere is in its traits, and in no table beside it.
    """

    id: str
    severity: Severity
    """The worst severity its evidence can reach."""
    title: str
    """What is wrong, with the term that one searches for; no numbers."""
    remedy: str
    """What to do: each command in full, to be reviewed before it is run, then what it does."""
    limits: L
    """The thresholds from which it fires (a dataclass, ``diagnosis.thresholds``); ``NO_LIMITS`` if it has none."""
    check: Check[L]

    def ask(self, window: Window) -> Evidence | None:
        """Evaluate a window with this rule's thresholds."""
        return self.check(window, self.limits)


type AnyRule = Rule[Any]
"""A rule with any type of thresholds."""


@immutable
class Unevaluated:
    """Required evidence that could not be evaluated: a source for rules about coverage, which are asked last."""

    reasons: Mapping[str, str] = field(default_factory=dict)
    """Name of the evidence -> why."""


def known[V](value: V | None, name: str) -> V:
    """Return the value, or raise an AbsentError that names it: a missing field skips the rule."""
    if value is None:
        raise AbsentError(f"{name} was not reported")
    return value
