"""The file of a part between two steps of a fan-out: compressed JSON of the part, or the reason for a failure."""

from __future__ import annotations

import gzip
import zlib

from fleetscan.errors import StoredDataError, in_words
from fleetscan.immutable import immutable
from fleetscan.model.part import Part
from fleetscan.model.target import Target
from fleetscan.storage import gunzip, value_codec

SCHEMA = 1
LEVEL = 6
MOST_BYTES = 100_000_000
"""Of JSON, as for a stored report: 15,000 nodes, several times what one function scans."""


@immutable
class Failure:
    """Why a target could not be scanned, as stored by its invocation."""

    reason: str


@immutable
class _File:
    """The stored format: a part or a failure."""

    schema: int
    part: Part | None = None
    failure: Failure | None = None


@immutable
class _Envelope:
    """The field that every version of the format has."""

    schema: int


def name(target: Target) -> str:
    """Return the name of a target's file."""
    return f"parts/{target.key}.gz"


def write(answer: Part | Failure) -> bytes:
    """Return a file's content."""
    file = _File(schema=SCHEMA, part=answer) if isinstance(answer, Part) else _File(schema=SCHEMA, failure=answer)
    return gzip.compress(value_codec.encode(file), LEVEL, mtime=0)


def read(content: bytes | None) -> Part | Failure:
    """Decode a file. A missing or damaged file is a Failure with the reason; nothing is raised."""
    if content is None:
        return Failure(reason="it returned no result")
    try:
        text = gunzip.unpacked(content, MOST_BYTES)
    except gunzip.SizeLimitError:
        return Failure(reason="its result is larger than the limit")
    except (zlib.error, ValueError) as error:
        return Failure(reason=f"its result is damaged ({in_words(error)})")
    try:
        if value_codec.read(text, _Envelope).schema != SCHEMA:
            return Failure(reason="its result was written by another version")
        file = value_codec.read(text, _File)
    except StoredDataError as error:
        return Failure(reason=f"its result {error}")
    return file.failure or file.part or Failure(reason="its result is damaged (it is empty)")
