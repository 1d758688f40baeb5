"""A TOML document as typed values, read strictly: a key that nobody knows is an error, for it is a misspelt one."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec


def understood[V](document: object, kind: type[V]) -> V:
    """Return the value; ValueError says what does not fit, or which keys nobody knows."""
    value = msgspec.convert(document, kind)
    unknown = list(_unknown(document, msgspec.to_builtins(value)))
    if unknown:
        raise ValueError(f"unknown keys: {', '.join(unknown)}")
    return value


def _unknown(given: object, known: object, place: str = "") -> Iterator[str]:
    """Yield the keys of a document that the value made of it does not have, each with its place."""
    if isinstance(given, dict) and isinstance(known, dict):
        for key, value in given.items():
            if key in known:
                yield from _unknown(value, known[key], f"{place}{key}.")
            else:
                yield f"{place}{key}"
