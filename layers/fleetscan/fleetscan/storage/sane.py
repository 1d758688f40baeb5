"""Whether a value that came from a table or an API can be reckoned with.

A time without a zone and a number of 300 digits have the right type, and the first comparison or division with them
fails, far from where they came in.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""What is reckoned with a time between these, such as when something is forgotten, is a time as well."""
LARGEST = 2.0**64
"""No counter and no size of a node goes beyond it, and every number below it can be divided."""


def is_reckonable(value: object) -> bool:
    """Whether all times and numbers in a value, however deep, are ones: zoned, finite, of this century or the next."""
    if value is None or isinstance(value, str):
        return True
    if isinstance(value, datetime):
        return value.tzinfo is not None and EARLIEST <= value <= LATEST
    if isinstance(value, int | float):
        # Neither infinity nor "not a number" is within; math.isfinite would fail with an int of 400 digits.
        return abs(value) <= LARGEST
    if isinstance(value, Mapping):
        return all(map(is_reckonable, value.values()))
    if isinstance(value, Collection):
        return all(map(is_reckonable, value))
    # A scan asks this of some thousand objects of a cluster, so what a class has is looked up once.
    return all(is_reckonable(getattr(value, name)) for name in _fields(type(value)))  # type: ignore[arg-type]  # classes hash


@cache
def _fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else ()


def loads(text: str | bytes) -> Any:  # noqa: ANN401 - what JSON holds
    """Return what JSON holds; ValueError where a number in it is none. Quicker than ``is_reckonable``."""
    return json.loads(text, parse_int=_whole, parse_float=_real, parse_constant=_no_number)


def moment(value: str, _kind: type[datetime] = datetime) -> datetime:
    """Return a time from its ISO 8601 form; ValueError where it cannot be reckoned with. A hook for cattrs."""
    found = datetime.fromisoformat(value)
    if not is_reckonable(found):
        raise ValueError("a time without a zone, or of another century")
    return found


def _whole(digits: str) -> int:
    # Within the limit that int() has for the number of digits, and quicker to refuse.
    if len(digits) > _MOST_DIGITS:
        raise ValueError("a number out of range")
    return int(digits)


def _real(words: str) -> float:
    value = float(words)
    if not abs(value) <= LARGEST:
        raise ValueError("a number out of range")
    return value


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number")


_MOST_DIGITS = 20
"""Of 2**64, and a sign."""
