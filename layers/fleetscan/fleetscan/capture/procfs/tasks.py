"""Processes and threads by state, counted in /proc/PID/stat, and the parent with the most zombies.

::

    processes 312
    threads 812
    zombies 41
    uninterruptible 2
    zombie_parent 5150 40 java

Always there on a live node; ``zombie_parent`` (pid, zombies, command) only where there are zombies.
https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.errors import ParseError
from fleetscan.immutable import immutable

_SOURCE = "tasks"
_COUNTS = ("processes", "threads", "zombies", "uninterruptible")
_PARENT = "zombie_parent"
_KEYS = frozenset({*_COUNTS, _PARENT})


@immutable
class ZombieParent:
    """The process with the most unreaped children."""

    pid: int
    zombies: int
    command: str


@immutable
class Tasks:
    """How many processes and threads there are, and in what state."""

    processes: int
    threads: int
    zombies: int
    uninterruptible: int
    zombie_parent: ZombieParent | None


def parse(text: str) -> Tasks:
    """Parse the section ``tasks``; each of the four counts is required."""
    found = rows.read_keyed(text, source=_SOURCE, keys=_KEYS)
    for key in _COUNTS:
        if key not in found:
            raise ParseError(_SOURCE, 0, f"{key} is missing")
    return Tasks(
        processes=found["processes"].whole(1, "processes"),
        threads=found["threads"].whole(1, "threads"),
        zombies=found["zombies"].whole(1, "zombies"),
        uninterruptible=found["uninterruptible"].whole(1, "uninterruptible"),
        zombie_parent=_parent(found.get(_PARENT)),
    )


def _parent(row: rows.Row | None) -> ZombieParent | None:
    if row is None or row.word(1, "pid") == rows.UNKNOWN:
        return None
    return ZombieParent(pid=row.whole(1, "pid"), zombies=row.whole(2, "zombies"), command=row.name(3, "command"))
