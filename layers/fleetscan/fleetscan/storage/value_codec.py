"""A value of the model as JSON and back, by the types of its fields; nothing else in the package knows msgspec.

Episodes, deaths, events and credits lie in the table as such texts; reports and parts are made of them.
What is written is for this program alone. A field that the model has gained since takes its default; one that it lost
is ignored. A wrong type, a time of no zone and a number that is none are damage: what is read is never merely likely.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

import msgspec

from fleetscan.errors import StoredDataError
from fleetscan.storage import sane

_MOST_REASON_CHARACTERS = 200


def encode(value: object) -> bytes:
    """Return a value as JSON, every field of it, in their order."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        # UTF-8 has no bytes for half a surrogate pair, and a name may hold one: JSON has an escape.
        return json.dumps(msgspec.to_builtins(value), separators=(",", ":")).encode()


def write(value: object) -> str:
    """Return a value as JSON without the fields that are as they are by default: most readings of the past are None."""
    return encode(_sparse(value)).decode()


def read[V](text: bytes | str, kind: type[V]) -> V:
    """Return the value; StoredDataError says in which way the text is damaged, in words that are fit to be shown."""
    try:
        value = _understood(text, kind)
    except (ValueError, TypeError, RecursionError) as error:
        raise StoredDataError(f"is damaged ({_words(error)})") from error
    if not sane.is_sane(value):
        raise StoredDataError("is damaged (a time or a number in it is none)")
    return value


def _understood[V](text: bytes | str, kind: type[V]) -> V:
    try:
        return cast("V", _decoder(kind).decode(text))  # type: ignore[arg-type]  # classes hash
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        # It is no JSON, or has the escape of half a surrogate pair, which msgspec does not take.
        return msgspec.convert(sane.loads(text if isinstance(text, str) else text.decode()), kind)


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:  # noqa: ANN401 - a class or a type of a container
    """Return a decoder, made when it is wanted first: a function that reads nothing does not wait for it."""
    return msgspec.json.Decoder(kind)


def _sparse(value: object) -> object:
    if dataclasses.is_dataclass(value):
        held = {field: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {field.name: _sparse(one) for field, one in held.items() if one != _default(field)}
    if isinstance(value, tuple):
        return [_sparse(one) for one in value]
    if isinstance(value, Mapping):
        return {key: _sparse(one) for key, one in value.items()}
    return value


def _default(field: dataclasses.Field[Any]) -> object:
    """Return a field's default; for one that has none what nothing is equal to."""
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def _words(error: Exception) -> str:
    """Return what is wrong, on one line; a word of it may come from the text."""
    said = str(error) if isinstance(error, ValueError) else type(error).__name__
    return "".join(one if one.isprintable() else "?" for one in said)[:_MOST_REASON_CHARACTERS]
