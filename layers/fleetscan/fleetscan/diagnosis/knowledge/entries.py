"""Lists that ship with the package, read strictly: a TOML file of one kind of table, without duplicates."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib import resources

from fleetscan.errors import ParseError


def shipped(source: str) -> str:
    """Return the text of a list in this package."""
    return resources.files("fleetscan.diagnosis.knowledge").joinpath(source).read_text(encoding="utf-8")


def tables(text: str, source: str, kind: str) -> list[object]:
    """Return the ``[[kind]]`` tables of a list; ParseError if it has none, or anything else."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ParseError(source, 0, f"no TOML: {error}") from error
    found = document.pop(kind, None)
    if document or not isinstance(found, list) or not found:
        raise ParseError(source, 0, f"must hold [[{kind}]] tables and nothing else")
    return found


def demand_unique(source: str, kind: str, names: Iterable[str]) -> None:
    """Raise a ParseError for a duplicate name."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ParseError(source, 0, f"{kind} {name} is given twice")
        seen.add(name)


def word(source: str, entry: str, field: str, value: object, pattern: re.Pattern[str]) -> str:
    """Return a text field that matches the pattern; ParseError names the entry and the field."""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ParseError(source, 0, f"{entry}: {field} is not as it should be: {value!r}")
    return value
