"""A report as bytes and back: JSON of the model's own values, packed by gzip, of a size that is bounded both ways.

What is stored is for this program alone; the promise to others is ``--json``. A value that the model has gained since a
report was stored takes its default; one that the model lost is ignored.
"""

from __future__ import annotations

import gc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from fleetscan.diagnosis.order import worst_first
from fleetscan.errors import StoredDataError, in_words
from fleetscan.immutable import immutable
from fleetscan.model import Readings, Report
from fleetscan.model.picture import Picture
from fleetscan.model.presence import Presence
from fleetscan.quantities import count, counted
from fleetscan.storage import gzip, value_codec

SCHEMA = 1
"""Of the stored form. Another number is another program's report, and is not guessed at."""

WHOLE_NODES = 10_000
"""As many as one function scans. They take some 50 MB of JSON, and 40,000 more in brief another 40."""
MOST_BYTES = 100_000_000
"""Of JSON, which takes three times as much memory to understand (tests/bench/bench_report.py)."""
MOST_PACKED_BYTES = 20_000_000
"""What is read from a disk or a bucket at most; gzip makes a report ten times smaller, and mostly more."""

_LEVEL = 6
"""gzip's own default: level 9 takes twice the time for 7 % less, level 1 half the time for twice the size."""
_NO_NODES = b'"diagnoses":[]'
"""A place, and no part of any text: in a text the quotation marks are escaped."""


@immutable
class _Stored:
    """The stored form."""

    schema: int
    report: Report


@immutable
class _Envelope:
    """What every stored form has, of whatever version."""

    schema: int


def pack(report: Report) -> bytes:
    """Return a report as bytes; the same report gives the same bytes.

    Node by node, for all of a large fleet at once would be four times the memory that the fleet itself takes. Of the
    nodes beyond ``WHOLE_NODES`` it holds what was found and no more, and a note that says so.
    """
    machine = zlib.compressobj(_LEVEL, wbits=gzip.GZIP)
    packed = [machine.compress(piece) for piece in _json(_bounded(report))]
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


def _json(report: Report) -> Iterator[bytes]:
    """Yield the stored form piece by piece."""
    rest = value_codec.encode(_Stored(schema=SCHEMA, report=replace(report, diagnoses=())))
    before, after = rest.split(_NO_NODES, maxsplit=1)
    yield before + _NO_NODES[:-1]
    for number, diagnosis in enumerate(report.diagnoses):
        yield (b"," if number else b"") + value_codec.encode(diagnosis)
    yield _NO_NODES[-1:] + after


def unpack(packed: bytes) -> Report:
    """Return the report that was packed; StoredDataError says what is wrong with the bytes.

    Its words go on from the name of what was read: "is damaged (why)", "was written by another version", "is larger
    than any report". No more than ``MOST_BYTES`` is ever unpacked, however small the bytes are. Its nodes are brought
    into the order of today, for an earlier version may have had another; those of which only findings were kept stay
    where they were, behind the others.
    """
    if len(packed) > MOST_PACKED_BYTES:
        raise StoredDataError("is larger than any report")
    try:
        content = gzip.unpacked(packed, MOST_BYTES)
    except gzip.SizeLimitError as error:
        raise StoredDataError("is larger than any report") from error
    except (zlib.error, ValueError) as error:
        raise StoredDataError(f"is damaged ({in_words(error)})") from error
    try:
        with _no_collection():
            stored = value_codec.read(content, _Stored)
    except StoredDataError:
        # What another version means by a report may be anything; this one's own is damaged.
        if value_codec.read(content, _Envelope).schema != SCHEMA:
            raise StoredDataError("was written by another version") from None
        raise
    if stored.schema != SCHEMA:
        raise StoredDataError("was written by another version")
    whole, brief = stored.report.diagnoses[:WHOLE_NODES], stored.report.diagnoses[WHOLE_NODES:]
    return replace(stored.report, diagnoses=(*worst_first(whole), *brief))


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
