"""A threshold that an operator has moved: a part of every report that was evaluated with it."""

from __future__ import annotations

from fleetscan.immutable import immutable


@immutable
class MovedThreshold:
    """One limit of a rule that is not what the rule came with."""

    rule: str
    name: str
    """Ends with the unit, such as ``warning_ratio``."""
    value: int | float
    default: int | float
