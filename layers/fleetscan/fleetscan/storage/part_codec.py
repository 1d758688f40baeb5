"""A part as a file between two steps: compressed JSON that only this program reads, or why there is no part."""

from __future__ import annotations

import gzip
import json
import zlib
from datetime import datetime

from cattrs.errors import BaseValidationError
from cattrs.preconf.json import make_converter

from fleetscan.errors import in_words
from fleetscan.immutable import immutable
from fleetscan.model.part import Part
from fleetscan.model.target import Target
from fleetscan.storage import gzip as packing
from fleetscan.storage import sane

SCHEMA = 1
LEVEL = 6
MOST_BYTES = 100_000_000
"""Of JSON, as of a stored report: fifteen thousand nodes, several times what one function scans."""
_DAMAGE = (BaseValidationError, ValueError, TypeError, KeyError, RecursionError, zlib.error)

_CONVERTER = make_converter()
_CONVERTER.register_structure_hook(datetime, sane.moment)


@immutable
class Failure:
    """Why a target could not be scanned, in the words of the invocation that tried."""

    reason: str


def name(target: Target) -> str:
    """Return the name of a target's file."""
    return f"parts/{target.key}.gz"


def write(answer: Part | Failure) -> bytes:
    """Return a file's content."""
    kind = "part" if isinstance(answer, Part) else "failure"
    document = {"schema": SCHEMA, kind: _CONVERTER.unstructure(answer)}
    return gzip.compress(json.dumps(document, separators=(",", ":")).encode(), LEVEL, mtime=0)


def read(content: bytes | None) -> Part | Failure:
    """Return what a file says. A file that is missing or damaged is a failure, with the reason, and never an error."""
    if content is None:
        return Failure(reason="it gave no answer")
    try:
        document = sane.loads(packing.unpacked(content, MOST_BYTES))
        if document["schema"] != SCHEMA:
            return Failure(reason="its answer was written by another version")
        if "failure" in document:
            return _CONVERTER.structure(document["failure"], Failure)
        return _CONVERTER.structure(document["part"], Part)
    except packing.LargerError:
        return Failure(reason="its answer is larger than any part")
    except _DAMAGE as error:
        return Failure(reason=f"its answer is damaged: {in_words(error)}")
