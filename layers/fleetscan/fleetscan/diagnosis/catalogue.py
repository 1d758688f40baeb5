"""The catalogue by rule id: for who holds a finding, and for reports that outlive their rules."""

from __future__ import annotations

from collections.abc import Mapping

from fleetscan.diagnosis.rule import AnyRule
from fleetscan.diagnosis.rules import RULES
from fleetscan.diagnosis.traits import Traits

_BY_ID: Mapping[str, AnyRule] = {rule.id: rule for rule in RULES}
_UNKNOWN = Traits()

REQUIRED = tuple(dict.fromkeys(one for rule in RULES for one in rule.required))
"""What any rule needs before a node may be called healthy."""


def traits(rule_id: str) -> Traits:
    """Return the traits of a rule; those of an id that no rule has (any more) are the defaults.

    So a finding of such a rule counts by its severity alone: it is in no family, never means that a node fails now,
    and is resolved like any other.
    """
    return _BY_ID.get(rule_id, _UNKNOWN)
