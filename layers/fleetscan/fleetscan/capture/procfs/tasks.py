"""Processes and threads by state, counted in /proc/PID/stat, and the parent with the most zombies.

::

    processes 312
    threads 812
    zombies 41
    uninterruptible 2
    zombie_parent 5150 40 java
    shims 34
    read 300

Always there on a live node; ``zombie_parent`` (pid, zombies, command) only where there are zombies, ``read`` only where
fewer processes were read than there are: then the other counts are of those that were read, but for ``threads``.
``shims`` counts the processes named containerd-shim*.
https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.errors import ParseError
from fleetscan.immutable import immutable

_SOURCE = "tasks"
_COUNTS = ("processes", "threads", "zombies", "uninterruptible")
_PARENT = "zombie_parent"
_KEYS = frozenset({*_COUNTS, _PARENT, "read", "shims"})


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
    processes_read: int
    """Fewer than ``processes`` where there are more than the script reads."""
    shims: int | None = None
    """Processes named containerd-shim*; None where nothing is said."""

    @property
    def is_whole(self) -> bool:
        """Whether all processes were read; pods, images, services and sockets rest on it."""
        return self.processes_read >= self.processes


def parse(text: str) -> Tasks:
    """Parse the section ``tasks``; each of the four counts is required."""
    found = rows.read_keyed(text, source=_SOURCE, keys=_KEYS)
    for key in _COUNTS:
        if key not in found:
            raise ParseError(_SOURCE, 0, f"{key} is missing")
    processes, read = found["processes"].whole(1, "processes"), _count(found.get("read"))
    return Tasks(
        processes=processes,
        threads=found["threads"].whole(1, "threads"),
        zombies=found["zombies"].whole(1, "zombies"),
        uninterruptible=found["uninterruptible"].whole(1, "uninterruptible"),
        zombie_parent=_parent(found.get(_PARENT)),
        processes_read=processes if read is None else read,
        shims=_count(found.get("shims")),
    )


def _count(row: rows.Row | None) -> int | None:
    return None if row is None else row.whole_or_none(1, row.words[0])


def _parent(row: rows.Row | None) -> ZombieParent | None:
    if row is None or row.word(1, "pid") == rows.UNKNOWN:
        return None
    return ZombieParent(pid=row.whole(1, "pid"), zombies=row.whole(2, "zombies"), command=row.name(3, "command"))
