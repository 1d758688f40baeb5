"""Tasks in uninterruptible sleep (state D), from /proc/PID/stat: most wait for a disk.

One line for each, at most 10: pid, command and pod, ``-`` on the host::

    7005 postgres default/db-0
    812 containerd -

Sent only in the detail and only for the trigger ``io``.
https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "waiting"


@immutable
class WaitingTask:
    """A process in uninterruptible sleep; ``pod`` None on the host."""

    pid: int
    command: str
    pod: str | None


@immutable
class Waiting:
    """Processes in uninterruptible sleep, at most 10 of them."""

    tasks: tuple[WaitingTask, ...]


def parse(text: str) -> Waiting:
    """Parse the section ``waiting``; no row means that none was seen."""
    return Waiting(tasks=tuple(_task(row) for row in rows.distinct(rows.read(text, source=_SOURCE))))


def _task(row: rows.Row) -> WaitingTask:
    return WaitingTask(pid=row.whole(0, "pid"), command=row.name(1, "command"), pod=row.name_or_none(2, "pod"))
