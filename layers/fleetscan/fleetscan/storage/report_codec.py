"""Encodes a report as gzip-compressed JSON and decodes it, with size limits in both directions.

The format is internal; the stable one is ``--json``. A field added to the model since a report was stored takes its
default; a removed one is ignored.
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
from fleetscan.storage import gunzip, value_codec

SCHEMA = 1
"""Version of the stored format. Other versions are not read."""

WHOLE_NODES = 10_000
"""As many as one function scans. They take some 50 MB of JSON, and 40,000 more in brief form another 40 MB."""
MOST_BYTES = 100_000_000
"""Of JSON, which takes three times as much memory to decode (tests/bench/bench_report.py)."""
MOST_PACKED_BYTES = 20_000_000
"""Largest compressed report that is read; gzip shrinks a report at least tenfold."""

_LEVEL = 6
"""gzip's own default: level 9 takes twice the time for 7% less, level 1 half the time for twice the size."""
_NO_NODES = b'"diagnoses":[]'
"""The place of the nodes in the JSON; it cannot occur inside a string, where quotation marks are escaped."""


@immutable
class _Stored:
    """The stored format."""

    schema: int
    report: Report


@immutable
class _Envelope:
    """The field that every version of the format has."""

    schema: int


def pack(report: Report) -> bytes:
    """Return a report as bytes; the encoding is deterministic.

    It encodes node by node, as a large fleet at once would take four times the memory of the fleet itself. Of nodes
    beyond ``WHOLE_NODES`` it stores only the findings, and a note that says so.
    """
    machine = zlib.compressobj(_LEVEL, wbits=gunzip.GZIP)
    packed = [machine.compress(piece) for piece in _json(_bounded(report))]
    return b"".join([*packed, machine.flush()])


def _bounded(report: Report) -> Report:
    """Return a report of bounded size: the worst nodes whole, of the others only the findings."""
    others = len(report.diagnoses) - WHOLE_NODES
    if others <= 0:
        return report
    whole, rest = report.diagnoses[:WHOLE_NODES], report.diagnoses[WHOLE_NODES:]
    note = (
        f"Of {counted(others, 'node')} beyond the {count(WHOLE_NODES)} worst this stored report has only the "
        "findings, without their readings and investigation steps."
    )
    brief = (
        replace(one, steps=(), skipped={}, readings=Readings(), presence=Presence(), picture=Picture(), oom_kills=None)
        for one in rest
    )
    return replace(report, diagnoses=(*whole, *brief), notes=(*report.notes, note))


def _json(report: Report) -> Iterator[bytes]:
    """Yield the stored format piece by piece."""
    rest = value_codec.encode(_Stored(schema=SCHEMA, report=replace(report, diagnoses=())))
    before, after = rest.split(_NO_NODES, maxsplit=1)
    yield before + _NO_NODES[:-1]
    for number, diagnosis in enumerate(report.diagnoses):
        yield (b"," if number else b"") + value_codec.encode(diagnosis)
    yield _NO_NODES[-1:] + after


def unpack(packed: bytes) -> Report:
    """Return the report that was packed; StoredDataError says what is wrong with the bytes.

    Its message continues a sentence that begins with the name of the report: "is damaged (why)", "was written by
    another version", "is larger than any report". At most ``MOST_BYTES`` are decompressed. Nodes are sorted again, as
    an earlier version may have had another order; those with findings only stay behind the others.
    """
    if len(packed) > MOST_PACKED_BYTES:
        raise StoredDataError("is larger than any report")
    try:
        content = gunzip.unpacked(packed, MOST_BYTES)
    except gunzip.SizeLimitError as error:
        raise StoredDataError("is larger than any report") from error
    except (zlib.error, ValueError) as error:
        raise StoredDataError(f"is damaged ({in_words(error)})") from error
    try:
        with _gc_disabled():
            stored = value_codec.read(content, _Stored)
    except StoredDataError:
        # Another version may have any format; one of this version is damaged.
        if value_codec.read(content, _Envelope).schema != SCHEMA:
            raise StoredDataError("was written by another version") from None
        raise
    if stored.schema != SCHEMA:
        raise StoredDataError("was written by another version")
    whole, brief = stored.report.diagnoses[:WHOLE_NODES], stored.report.diagnoses[WHOLE_NODES:]
    return replace(stored.report, diagnoses=(*worst_first(whole), *brief))


@contextmanager
def _gc_disabled() -> Iterator[None]:
    """Disable the garbage collector, which would search a million new values for cycles again and again.

    That takes a third of the time of decoding a large report.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
