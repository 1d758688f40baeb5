"""Validates times and numbers of values from a table or an API.

A time without a zone and a number of 300 digits have the right type, but the first comparison or division with them
fails, far from where they were read.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import types
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from functools import cache
from operator import attrgetter
from typing import Any, Union, get_args, get_origin, get_type_hints

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""Times outside this range are rejected, so that adding a retention period cannot overflow."""
LARGEST = 2.0**64
"""Larger than any counter or size of a node; smaller numbers convert to float without overflow."""

type _Check = Callable[[Any], bool]


def is_sane(value: object) -> bool:
    """Whether all times and numbers in a value, however deep, are valid: with a zone, finite, and within the limits."""
    if value is None or isinstance(value, str):
        return True
    if isinstance(value, datetime):
        return value.tzinfo is not None and EARLIEST <= value <= LATEST
    if isinstance(value, int | float):
        # Infinity and NaN fail the comparison; math.isfinite would raise for an int of 400 digits.
        return abs(value) <= LARGEST
    if isinstance(value, Mapping):
        return all(map(is_sane, value.values()))
    if isinstance(value, Collection):
        return all(map(is_sane, value))
    check = _fields(type(value))  # type: ignore[arg-type]  # classes hash
    return check is None or check(value)


@cache
def _fields(kind: type) -> _Check | None:
    """Return a check of the fields of a class that can hold invalid values; None if no field can.

    A report has a million strings and enumerations; skipping them saves two thirds of the time.
    """
    if not dataclasses.is_dataclass(kind):
        return None
    hints = get_type_hints(kind)
    checks = {field.name: _check_of(hints[field.name]) for field in dataclasses.fields(kind)}
    numbers = [name for name, check in checks.items() if check is _is_number]
    others = [(attrgetter(name), check) for name, check in checks.items() if check and check is not _is_number]
    # With one name, attrgetter does not return a tuple.
    held = attrgetter(*numbers, *numbers[:1]) if numbers else None

    def are_all(value: object) -> bool:
        if value is None:
            return True
        if held is not None:
            for number in held(value):
                if number is not None and not -LARGEST <= number <= LARGEST:
                    return False
        for get, check in others:  # noqa: SIM110 - half the time of a generator, a million times
            if not check(get(value)):
                return False
        return True

    return are_all if numbers or others else None


def _check_of(hint: Any) -> _Check | None:  # noqa: ANN401, PLR0911 - a type in any of its forms; one line for each
    """Return a check for values of a declared type; None if every value of that type is valid."""
    if isinstance(hint, type) and (hint in {bool, str, type(None)} or issubclass(hint, enum.Enum)):
        return None
    if hint in {int, float}:
        return _is_number
    if dataclasses.is_dataclass(hint):
        return _fields(hint)  # type: ignore[arg-type]  # a class, and classes hash
    form, parts = get_origin(hint), get_args(hint)
    if form in {Union, types.UnionType}:
        checks = {_check_of(part) for part in parts if part is not type(None)}
        # Each check accepts None besides its own type.
        return checks.pop() if len(checks) == 1 else is_sane
    if form in {tuple, frozenset} and set(parts[1:]) <= {...}:
        inner = _check_of(parts[0])
        return None if inner is None else _each(inner)
    if form is Mapping:
        return None if _check_of(parts[1]) is None else is_sane
    return is_sane


@cache
def _each(check: _Check) -> _Check:
    def are_all(values: Collection[object] | None) -> bool:
        return not values or all(map(check, values))

    return are_all


def _is_number(value: float | None) -> bool:
    # Infinity and NaN fail the comparison.
    return value is None or -LARGEST <= value <= LARGEST


def loads(text: str | bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Parse JSON; ValueError for a number out of range, infinity or NaN. Faster than ``is_sane``."""
    return json.loads(text, parse_int=_whole, parse_float=_real, parse_constant=_no_number)


def _whole(digits: str) -> int:
    # Below the digit limit of int(), and faster to reject.
    if len(digits) > _MOST_DIGITS:
        raise ValueError("a number out of range")
    return int(digits)


def _real(words: str) -> float:
    value = float(words)
    if not abs(value) <= LARGEST:
        raise ValueError("a number out of range")
    return value


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is not a number")


_MOST_DIGITS = 20
"""Of 2**64, and a sign."""
