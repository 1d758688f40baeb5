"""The processes with the most open files, counted in /proc/PID/fd.

One line for each process: pid, command, number of open files and pod, ``-`` on the host::

    4242 dockerd 201334 -
    5150 java 8121 live/checkout-6c9f7d5b8-x2x9q
    811 kubelet 402 -

Sent only in the detail and only for the trigger ``files``: counting opens every fd folder, too dear to do always.
https://man7.org/linux/man-pages/man5/proc_pid_fd.5.html
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "descriptors"


@immutable
class DescriptorHolder:
    """A process and how many files it holds open; ``pod`` None on the host."""

    pid: int
    command: str
    open_files: int
    pod: str | None


@immutable
class Descriptors:
    """The processes with the most open files, most first."""

    holders: tuple[DescriptorHolder, ...]


def parse(text: str) -> Descriptors:
    """Parse the section ``descriptors``; no row means that no process was seen."""
    return Descriptors(holders=tuple(_holder(row) for row in rows.distinct(rows.read(text, source=_SOURCE))))


def _holder(row: rows.Row) -> DescriptorHolder:
    return DescriptorHolder(
        pid=row.whole(0, "pid"),
        command=row.name(1, "command"),
        open_files=row.whole(2, "open files"),
        pod=row.name_or_none(3, "pod"),
    )
