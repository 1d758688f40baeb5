"""A part as a file between two steps: compressed JSON that only this program reads, or why there is no part."""

from __future__ import annotations

import gzip
import zlib

from fleetscan.errors import StoredDataError, in_words
from fleetscan.immutable import immutable
from fleetscan.model.part import Part
from fleetscan.model.target import Target
from fleetscan.storage import gzip as packing
from fleetscan.storage import value_codec

SCHEMA = 1
LEVEL = 6
MOST_BYTES = 100_000_000
"""Of JSON, as of a stored report: fifteen thousand nodes, several times what one function scans."""


@immutable
class Failure:
    """Why a target could not be scanned, in the words of the invocation that tried."""

    reason: str


@immutable
class _File:
    """The stored form: one of the two."""

    schema: int
    part: Part | None = None
    failure: Failure | None = None


@immutable
class _Envelope:
    """What every stored form has, of whatever version."""

    schema: int


def name(target: Target) -> str:
    """Return the name of a target's file."""
    return f"parts/{target.key}.gz"


def write(answer: Part | Failure) -> bytes:
    """Return a file's content."""
    file = _File(schema=SCHEMA, part=answer) if isinstance(answer, Part) else _File(schema=SCHEMA, failure=answer)
    return gzip.compress(value_codec.encode(file), LEVEL, mtime=0)


def read(content: bytes | None) -> Part | Failure:
    """Return what a file says. A file that is missing or damaged is a failure, with the reason, and never an error."""
    if content is None:
        return Failure(reason="it gave no answer")
    try:
        text = packing.unpacked(content, MOST_BYTES)
    except packing.SizeLimitError:
        return Failure(reason="its answer is larger than any part")
    except (zlib.error, ValueError) as error:
        return Failure(reason=f"its answer is damaged ({in_words(error)})")
    try:
        if value_codec.read(text, _Envelope).schema != SCHEMA:
            return Failure(reason="its answer was written by another version")
        file = value_codec.read(text, _File)
    except StoredDataError as error:
        return Failure(reason=f"its answer {error}")
    return file.failure or file.part or Failure(reason="its answer is damaged (there is nothing in it)")
