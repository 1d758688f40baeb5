"""A report as bytes and back: JSON of the model's own values, packed by gzip, of a size that is bounded both ways.

What is stored is for this program alone; the promise to others is ``--json``. A value that the model has gained since a
report was stored takes its default; one that the model lost is ignored.
"""

from __future__ import annotations

import gc
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from cattrs.errors import BaseValidationError, ForbiddenExtraKeysError, StructureHandlerNotFoundError
from cattrs.preconf.json import make_converter

from fleetscan.diagnosis.order import worst_first
from fleetscan.errors import ArchiveError
from fleetscan.model import Readings, Report
from fleetscan.model.picture import Picture
from fleetscan.model.presence import Presence
from fleetscan.quantities import count, counted
from fleetscan.storage import gzip, sane

SCHEMA = 1
"""Of the stored form. Another number is another program's report, and is not guessed at."""

WHOLE_NODES = 10_000
"""As many as one function scans. They take some 50 MB of JSON, and 40,000 more in brief another 40."""
MOST_BYTES = 100_000_000
"""Of JSON, which takes four times as much memory to understand (tests/bench/bench_report.py)."""
MOST_PACKED_BYTES = 20_000_000
"""What is read from a disk or a bucket at most; gzip makes a report ten times smaller, and mostly more."""

_LEVEL = 6
"""gzip's own default: level 9 takes twice the time for 7 % less, level 1 half the time for twice the size."""
_DAMAGE = (
    BaseValidationError,
    ForbiddenExtraKeysError,
    StructureHandlerNotFoundError,
    ValueError,
    TypeError,
    KeyError,
    RecursionError,
    zlib.error,
)
"""What bytes that were cut, edited or written by somebody else can raise while they are understood."""

_converter = make_converter()
_converter.register_structure_hook(datetime, sane.moment)
_compact = json.JSONEncoder(separators=(",", ":")).encode


def pack(report: Report) -> bytes:
    """Return a report as bytes; the same report gives the same bytes.

    Node by node, for all of a large fleet at once would be four times the memory that the fleet itself takes. Of the
    nodes beyond ``WHOLE_NODES`` it holds what was found and no more, and a note that says so.
    """
    machine = zlib.compressobj(_LEVEL, wbits=gzip.GZIP)
    packed = [machine.compress(piece.encode()) for piece in _json(_bounded(report))]
    return b"".join([*packed, machine.flush()])


def _bounded(report: Report) -> Report:
    """Return a report of a size that can be read again: the worst nodes whole, of the others what was found."""
    others = len(report.diagnoses) - WHOLE_NODES
    if others <= 0:
        return report
    whole, rest = report.diagnoses[:WHOLE_NODES], report.diagnoses[WHOLE_NODES:]
    note = (
        f"Of {counted(others, 'node')} beyond the {count(WHOLE_NODES)} worst this stored report holds only what was "
        "found, without their numbers and the questions that were asked of them."
    )
    brief = (
        replace(one, steps=(), skipped={}, readings=Readings(), presence=Presence(), picture=Picture()) for one in rest
    )
    return replace(report, diagnoses=(*whole, *brief), notes=(*report.notes, note))


def _json(report: Report) -> Iterator[str]:
    """Yield the stored form piece by piece."""
    yield f'{{"schema":{SCHEMA},"report":{{"diagnoses":['
    for number, diagnosis in enumerate(report.diagnoses):
        yield f"{',' if number else ''}{_compact(_converter.unstructure(diagnosis))}"
    rest = _converter.unstructure(replace(report, diagnoses=()))
    del rest["diagnoses"]
    yield "]"
    for name, value in rest.items():
        yield f',"{name}":{_compact(value)}'
    yield "}}"


def unpack(packed: bytes) -> Report:
    """Return the report that was packed; ArchiveError says what is wrong with the bytes.

    Its words go on from the name of what was read: "is damaged", "was written by another version", "is larger than any
    report". No more than ``MOST_BYTES`` is ever unpacked, however small the bytes are. Its nodes are brought
    into the order of today: an earlier version may have had another.
    """
    if len(packed) > MOST_PACKED_BYTES:
        raise ArchiveError("is larger than any report")
    try:
        with _no_collection():
            stored = sane.loads(gzip.unpacked(packed, MOST_BYTES))
            if not isinstance(stored, dict) or stored.get("schema") != SCHEMA:
                raise ArchiveError("was written by another version")
            report = _converter.structure(stored["report"], Report)
    except gzip.LargerError as error:
        raise ArchiveError("is larger than any report") from error
    except _DAMAGE as error:
        raise ArchiveError("is damaged") from error
    return replace(report, diagnoses=worst_first(report.diagnoses))


@contextmanager
def _no_collection() -> Iterator[None]:
    """Let the collector rest: it would look for cycles among a million new values again and again, and find none.

    That is a third of the time that a large report takes.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
