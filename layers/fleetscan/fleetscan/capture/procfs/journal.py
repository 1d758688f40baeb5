"""The last lines of the kubelet's and the container runtime's journal, reduced to what matters.

First how many lines were read (at most 300, of the last 20 minutes), then for each kind how often it was said, and the
newest text, cut to 160 characters::

    read lines=300
    pleg 41 Skipping pod synchronization: PLEG is not healthy: pleg was last seen active 3m7s ago; threshold is 3m0s
    image_gc_failed 2 Image garbage collection failed multiple times in a row: failed to garbage collect

Absent where there is no journal to read; ``lines=0`` is a journal that was read and has none of these units.
https://man7.org/linux/man-pages/man1/journalctl.1.html
"""

from __future__ import annotations

import re

from fleetscan import numbers
from fleetscan.capture import log_patterns, rows
from fleetscan.capture.log_patterns import Log
from fleetscan.immutable import immutable

_SOURCE = "journal"
_MAX_TEXT_CHARACTERS = 160
_PRINTABLE = re.compile(r"[ -~]*")


@immutable
class JournalEvent:
    """One kind of line that the kubelet or the runtime wrote."""

    kind: str
    """One of ``log_patterns.ids(Log.JOURNAL)``."""
    count: int
    """How often, in the lines that were read."""
    text: str
    """The newest: printable ASCII, at most 160 characters."""


@immutable
class Journal:
    """What the kubelet and the runtime said last."""

    lines_read: int
    events: tuple[JournalEvent, ...]
    """One for each kind that was seen."""


def parse(text: str) -> Journal:
    """Parse the section ``journal``; without its first row it is a ParseError."""
    head, body = rows.read_headed(text, source=_SOURCE, head="read")
    kinds = log_patterns.ids(Log.JOURNAL)
    # A line of another kind is of a newer script and is ignored.
    events = (_event(row) for row in rows.distinct(body) if row.words[0] in kinds)
    return Journal(lines_read=head.pairs(1).whole("lines"), events=tuple(events))


def _event(row: rows.Row) -> JournalEvent:
    count = row.whole(1, "count")
    text = " ".join(row.words[2:])
    if not _PRINTABLE.fullmatch(text):
        raise row.error(f"text is not printable: {numbers.shown(text)}")
    return JournalEvent(kind=row.words[0], count=count, text=text[:_MAX_TEXT_CHARACTERS])
