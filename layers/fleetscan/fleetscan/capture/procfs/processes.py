"""The processes with the most resident memory, from /proc/PID/stat, /proc/PID/status and /proc/PID/cgroup.

One line for each: pid, command, resident bytes, swapped bytes (``-`` if not known) and pod, ``-`` on the host::

    5150 java 399507456 104857600 live/checkout-6c9f7d5b8-x2x9q
    811 kubelet 98566144 0 -
    4242 scope 67108864 - weave/weave-scope-agent-x7k2p

Always there on a live node; a recorded tree may hold no process at all.
https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "processes"


@immutable
class Process:
    """One process by resident memory; ``pod`` None on the host."""

    pid: int
    command: str
    rss_bytes: int
    swap_bytes: int | None
    pod: str | None


@immutable
class Processes:
    """The largest processes, largest first."""

    processes: tuple[Process, ...]


def parse(text: str) -> Processes:
    """Parse the section ``processes``; no row means that no process was seen."""
    return Processes(processes=tuple(_process(row) for row in rows.distinct(rows.read(text, source=_SOURCE))))


def _process(row: rows.Row) -> Process:
    return Process(
        pid=row.whole(0, "pid"),
        command=row.name(1, "command"),
        rss_bytes=row.whole(2, "rss"),
        swap_bytes=row.whole_or_none(3, "swap"),
        pod=row.name_or_none(4, "pod"),
    )
