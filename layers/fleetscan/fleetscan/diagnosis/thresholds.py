"""How rules declare the thresholds that an operator may change.

    @immutable
    class Limits:
        warning_ratio: float = 0.10
        "Of MemTotal (drgn-tools, memstate)."
        critical_ratio: Annotated[float, AtLeast("warning_ratio")] = 0.25
        "Of MemTotal [inference]."

The end of a field's name is its unit, which bounds its value. A field whose value is itself a dataclass of limits is
shared: those thresholds belong to the rule that they name, and are changed only there (docs/adr/0022).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Annotated, ClassVar, get_args, get_origin, get_type_hints

from fleetscan.immutable import immutable

type Number = int | float


@immutable(kw_only=False)
class Between:
    """The least and the most that a threshold may be, both of them included."""

    least: Number
    most: Number


@immutable(kw_only=False)
class AtLeast:
    """At least another threshold of the same limits: critical is never below warning."""

    other: str


@immutable(kw_only=False)
class AtMost:
    """At most another threshold of the same limits, where a lower value is worse."""

    other: str


UNITS: Mapping[str, Between] = {
    "ratio": Between(0, 1),
    "percent": Between(0, 100),
    "bytes": Between(0, 2**45),
    "seconds": Between(0, 14 * 86_400),
    "hours": Between(0, 14 * 24),
    "total": Between(1, 1_000_000_000),
    "per_cpu": Between(0, 10_000),
    "per_second": Between(0, 1_000_000_000),
}
"""Unit -> bounds, where a threshold has none of its own. A count begins at one, for nothing at all is no finding; two
weeks are what is remembered of a node; 32 TiB is
the largest instance (u7inh-32tb)."""


@immutable
class NoLimits:
    """The limits of a rule without thresholds."""


NO_LIMITS = NoLimits()


@immutable
class SharedLimits:
    """Thresholds of one rule that other rules use too, so that "large" or "many" means the same in all of them."""

    rule: ClassVar[str]
    """The id of the rule that they belong to, and under which they are changed."""


@immutable
class Threshold:
    """One threshold that an operator may change: ``rule.name``."""

    rule: str
    name: str
    default: Number
    is_whole: bool
    bounds: Between
    unit: str
    order: tuple[AtLeast | AtMost, ...] = ()
    owner: type
    """The class that the field is defined in."""


def thresholds(rule: str, limits: object) -> tuple[Threshold, ...]:
    """Return the thresholds of a rule in their order, without those it shares from other rules."""
    return tuple(_thresholds(rule, limits))


def moved[L](limits: L, rule: str, values: Mapping[tuple[str, str], Number]) -> L:
    """Return the limits of a rule with other values, each under (rule, name); shared ones follow their rule."""
    home = limits.rule if isinstance(limits, SharedLimits) else rule
    kept = {field.name: getattr(limits, field.name) for field in fields(_limits(limits))}
    return type(limits)(
        **{
            name: moved(value, home, values) if is_dataclass(value) else values.get((home, name), value)
            for name, value in kept.items()
        }
    )


def _thresholds(rule: str, limits: object) -> Iterator[Threshold]:
    kind = type(limits)
    is_own = not isinstance(limits, SharedLimits) or limits.rule == rule
    hints = get_type_hints(kind, include_extras=True)
    for field in fields(_limits(limits)):
        value = getattr(limits, field.name)
        if is_dataclass(value):
            yield from _thresholds(rule, value)
        elif is_own:
            yield _threshold(rule, field.name, value, hints[field.name], kind)


def _threshold(rule: str, name: str, value: Number, hint: object, owner: type) -> Threshold:
    marks = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    unit = next((unit for unit in UNITS if name.endswith(f"_{unit}")), None)
    if unit is None:
        raise TypeError(f"{rule}.{name}: the name of a threshold ends with its unit, one of {', '.join(UNITS)}")
    return Threshold(
        rule=rule,
        name=name,
        default=value,
        is_whole=isinstance(value, int),
        bounds=next((mark for mark in marks if isinstance(mark, Between)), UNITS[unit]),
        unit=unit,
        order=tuple(mark for mark in marks if isinstance(mark, AtLeast | AtMost)),
        owner=owner,
    )


def _limits(limits: object) -> type:
    if not is_dataclass(limits):
        raise TypeError(f"limits are a dataclass, not {type(limits).__name__}")
    return type(limits)
