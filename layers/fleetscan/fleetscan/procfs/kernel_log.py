"""The kernel log (dmesg), reduced to the lines that matter, newest first.

First how much was read, then for each line its kind, its age in seconds and its text::

    read lines=812 oldest_age_seconds=1186000
    oom_kill 312 oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),task=java,pid=4711,uid=0
    task_hung 4021 INFO: task kworker/u4:2:5150 blocked for more than 122 seconds.

Absent where dmesg can not be read; ``lines=0`` is a log that was read and is empty.
https://man7.org/linux/man-pages/man1/dmesg.1.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from fleetscan import numbers, rows

KINDS = frozenset(
    {
        "oom_kill",
        "oom_victim",
        "task_hung",
        "soft_lockup",
        "netdevice_stuck",
        "filesystem_readonly",
        "conntrack_full",
        "tcp_memory",
        "page_allocation",
        "io_error",
    }
)
"""The kinds of line that are understood; a line of another kind is of a newer script and is ignored."""

_SOURCE = "kernel_log"
_MAX_TEXT_CHARACTERS = 240
_PRINTABLE = re.compile(r"[ -~]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelEvent:
    """One kernel log line that matters."""

    kind: str
    """One of ``KINDS``."""
    age_seconds: int
    text: str
    """Printable ASCII, at most 240 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelLog:
    """What the kernel said. The log is a ring: nothing older than ``oldest_age_seconds`` can be denied."""

    lines_read: int
    oldest_age_seconds: int | None
    """Age of the oldest line still in the ring; None where its lines carry no time."""
    events: tuple[KernelEvent, ...]


def parse(text: str) -> KernelLog:
    """Parse the section ``kernel_log``; without its first row it is a ParseError."""
    head, lines = rows.read_headed(text, source=_SOURCE, head="read")
    read = head.pairs(1)
    return KernelLog(
        lines_read=read.whole("lines"),
        oldest_age_seconds=read.whole_or_none("oldest_age_seconds"),
        events=tuple(_event(row) for row in lines if row.words[0] in KINDS),
    )


def _event(row: rows.Row) -> KernelEvent:
    text = " ".join(row.words[2:])
    if not _PRINTABLE.fullmatch(text):
        raise row.error(f"text is not printable: {numbers.shown(text)}")
    return KernelEvent(kind=row.words[0], age_seconds=row.whole(1, "age"), text=text[:_MAX_TEXT_CHARACTERS])
