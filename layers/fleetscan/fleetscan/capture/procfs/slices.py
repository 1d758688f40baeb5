"""The top cgroups: memory.current, memory.stat and cpu.stat of kubepods.slice, system.slice and their like.

One line for each; a value that was not to be had is left out or ``-``. The first sample has ``cpu_usec`` alone::

    kubepods.slice memory_bytes=645922816 cpu_usec=811236540 anon_bytes=512753664 file_bytes=96468992 pids=412
    system.slice memory_bytes=92274688 cpu_usec=92114520 anon_bytes=60817408 kernel_bytes=- sock_bytes=4096

Absent where no cgroup is seen. Under the cgroupfs driver the names lack ``.slice``; kernel_bytes is not to be had
before Linux 5.18. Of kubepods also its limits, ``memory_max`` and ``pids_max`` (``max`` for none), and ``pids``, its
tasks.
https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.immutable import immutable

_NO_LIMIT = "max"
_SOURCE = "slices"


@immutable
class Slice:
    """One top cgroup such as kubepods.slice or system.slice; None where a value was not to be had."""

    name: str
    memory_bytes: int | None
    cpu_microseconds: int | None
    """CPU time used since the cgroup was made, of all CPUs together."""
    anon_bytes: int | None
    file_bytes: int | None
    kernel_bytes: int | None
    sock_bytes: int | None
    memory_limit_bytes: int | None = None
    """None where it has no limit or it is not known."""
    pids: int | None = None
    """Its tasks (processes and threads)."""
    pids_limit: int | None = None
    """None where it has no limit or it is not known."""


@immutable
class Slices:
    """The top cgroups of one node."""

    slices: tuple[Slice, ...]


def parse(text: str) -> Slices:
    """Parse the section ``slices``; no row means that no cgroup was seen."""
    return Slices(slices=tuple(_slice(row) for row in rows.distinct(rows.read(text, source=_SOURCE))))


def _slice(row: rows.Row) -> Slice:
    pairs = row.pairs(1)
    return Slice(
        name=row.name(0, "cgroup"),
        memory_bytes=pairs.whole_or_none("memory_bytes"),
        cpu_microseconds=pairs.whole_or_none("cpu_usec"),
        anon_bytes=pairs.whole_or_none("anon_bytes"),
        file_bytes=pairs.whole_or_none("file_bytes"),
        kernel_bytes=pairs.whole_or_none("kernel_bytes"),
        sock_bytes=pairs.whole_or_none("sock_bytes"),
        memory_limit_bytes=_limit(pairs, "memory_max"),
        pids=pairs.whole_or_none("pids"),
        pids_limit=_limit(pairs, "pids_max"),
    )


def _limit(pairs: rows.Pairs, key: str) -> int | None:
    return None if pairs.values.get(key) == _NO_LIMIT else pairs.whole_or_none(key)
