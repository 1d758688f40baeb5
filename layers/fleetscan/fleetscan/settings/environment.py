"""Settings as variables of the environment: one table of readers for each kind, and the readers that they share.

Unknown names and invalid values are errors: a setting that is ignored silently would scan something else. An empty
value is the default, because a stack cannot unset a variable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from fleetscan.errors import ParseError, SettingError
from fleetscan.numbers import shown, whole

type Reader = Callable[[str, str], Any]
"""Given the variable's name and value; raises SettingError."""

TABLE = re.compile(r"[0-9A-Za-z_.-]{3,255}")
"""TableName of the DynamoDB API."""
BUCKET = re.compile(r"[0-9a-z][0-9a-z.-]{1,61}[0-9a-z]")
"""Bucket naming rules of S3, characters and length only."""


def fields(environment: Mapping[str, str], prefix: str, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """Return field -> value for every variable of the prefix that has one, each read by its reader in the table."""
    given = {name: value.strip() for name, value in environment.items() if name.startswith(prefix)}
    for name in given:
        if name not in readers:
            raise SettingError(f"{shown(name)} is not a setting; the settings are {', '.join(readers)}")
    return {name.removeprefix(prefix).lower(): readers[name](name, value) for name, value in given.items() if value}


def matching(pattern: re.Pattern[str], allowed: str, *, is_secret: bool = False) -> Reader:
    """Return a reader of values that match the whole pattern; ``allowed`` describes them in the error."""

    def reader(name: str, value: str) -> str:
        if not pattern.fullmatch(value):
            raise SettingError(f"{name} is {'invalid' if is_secret else shown(value)}; allowed: {allowed}")
        return value

    return reader


def between(lowest: int, highest: int) -> Reader:
    """Return a reader of whole numbers within a range, both ends included."""

    def reader(name: str, value: str) -> int:
        try:
            number = whole(value, source=name, line=0, name=name)
        except ParseError:
            number = -1
        if not lowest <= number <= highest:
            raise invalid_value(name, value, f"a whole number from {lowest} to {highest}")
        return number

    return reader


def invalid_value(name: str, value: str, allowed: str) -> SettingError:
    """Return the error for an invalid value."""
    return SettingError(f"{name} is {shown(value)}; allowed: {allowed}")
