"""The kernel log (dmesg), reduced to the lines that matter, newest first.

First how much was read and, of each kind of line of which not all are listed, how many there were in the last 24 hours;
then for each line its kind, its age in seconds (``-`` where it bears no time) and its text::

    read lines=812 oldest_age_seconds=1186000 io_error=204
    oom_kill 312 oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),task=java,pid=4711,uid=0
    task_hung 4021 INFO: task kworker/u4:2:5150 blocked for more than 122 seconds.
    io_error - I/O error, dev nvme1n1, sector 8423440

The kinds and their patterns stand in ``capture/log_patterns.toml``. Absent where dmesg cannot be read; ``lines=0`` is a
log that was read and is empty.
https://man7.org/linux/man-pages/man1/dmesg.1.html
"""

from __future__ import annotations

import re

from fleetscan import numbers
from fleetscan.capture import log_patterns, rows
from fleetscan.capture.log_patterns import Log
from fleetscan.immutable import immutable

_SOURCE = "kernel_log"
_MAX_TEXT_CHARACTERS = 240
_PRINTABLE = re.compile(r"[ -~]*")


@immutable
class KernelEvent:
    """One kernel log line that matters, and when it was written."""

    kind: str
    """One of ``log_patterns.ids(Log.KERNEL)``."""
    age_seconds: int
    text: str
    """Printable ASCII, at most 240 characters."""


@immutable
class UndatedEvent:
    """One kernel log line that matters and has no timestamp, so its age is unknown."""

    kind: str
    """One of ``log_patterns.ids(Log.KERNEL)``."""
    text: str
    """Printable ASCII, at most 240 characters."""


@immutable
class KindCount:
    """How many lines of one kind there were, where not all are listed."""

    kind: str
    count: int


@immutable
class KernelLog:
    """What the kernel said. The log is a ring: nothing older than ``oldest_age_seconds`` can be denied."""

    lines_read: int
    oldest_age_seconds: int | None
    """Age of the oldest line still in the ring; None where its lines carry no time."""
    events: tuple[KernelEvent, ...]
    undated_events: tuple[UndatedEvent, ...] = ()
    """Only in recorded trees: from a file without the kernel's own time stamps, or without /proc/uptime beside it."""
    counts: tuple[KindCount, ...] = ()
    """For kinds of which not all lines are listed; of the last 24 hours."""


def parse(text: str) -> KernelLog:
    """Parse the section ``kernel_log``; without its first row it is a ParseError."""
    head, body = rows.read_headed(text, source=_SOURCE, head="read")
    read = head.pairs(1)
    kinds = log_patterns.ids(Log.KERNEL)
    # A line of another kind is of a newer script and is ignored.
    lines = [row for row in body if row.words[0] in kinds]
    return KernelLog(
        lines_read=read.whole("lines"),
        oldest_age_seconds=read.whole_or_none("oldest_age_seconds"),
        events=tuple(
            KernelEvent(kind=row.words[0], age_seconds=age_seconds, text=_text(row))
            for row in lines
            if (age_seconds := row.whole_or_none(1, "age")) is not None
        ),
        undated_events=tuple(
            UndatedEvent(kind=row.words[0], text=_text(row)) for row in lines if row.words[1] == rows.UNKNOWN
        ),
        counts=tuple(KindCount(kind=key, count=read.whole(key)) for key in read.values if key in kinds),
    )


def _text(row: rows.Row) -> str:
    text = " ".join(row.words[2:])
    if not _PRINTABLE.fullmatch(text):
        raise row.error(f"text is not printable: {numbers.shown(text)}")
    return text[:_MAX_TEXT_CHARACTERS]
