"""Encodes values of the model as JSON and decodes them by the types of their fields; the only module that uses msgspec.

Episodes, pod terminations, events and credits are stored in the table in this format; reports and parts consist of it.
The format is internal. A field added to the model since takes its default; a removed one is ignored. A wrong type, a
time without a zone and a number out of range make the whole value damaged.
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
    """Return a value as JSON, with every field, in their order."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        # UTF-8 cannot encode a lone surrogate, which a name may contain; a JSON escape can.
        return json.dumps(msgspec.to_builtins(value), separators=(",", ":")).encode()


def write(value: object) -> str:
    """Return a value as JSON without fields that have their default value: most old readings are None."""
    return encode(_sparse(value)).decode()


def read[V](text: bytes | str, kind: type[V]) -> V:
    """Decode a value; StoredDataError says how the text is damaged, in printable characters."""
    try:
        value = _decoded(text, kind)
    except (ValueError, TypeError, RecursionError) as error:
        raise StoredDataError(f"is damaged ({_words(error)})") from error
    if not sane.is_sane(value):
        raise StoredDataError("is damaged (it has an invalid time or number)")
    return value


def _decoded[V](text: bytes | str, kind: type[V]) -> V:
    try:
        return cast("V", _decoder(kind).decode(text))  # type: ignore[arg-type]  # classes hash
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        # Not JSON, or with an escaped lone surrogate, which msgspec rejects.
        return msgspec.convert(sane.loads(text if isinstance(text, str) else text.decode()), kind)


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:  # noqa: ANN401 - a class or a type of a container
    """Return a decoder, made on first use to keep cold starts short."""
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
    """Return a field's default, or a sentinel that equals no value."""
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def _words(error: Exception) -> str:
    """Return the error on one printable line, as it may quote the text."""
    said = str(error) if isinstance(error, ValueError) else type(error).__name__
    return "".join(one if one.isprintable() else "?" for one in said)[:_MOST_REASON_CHARACTERS]
