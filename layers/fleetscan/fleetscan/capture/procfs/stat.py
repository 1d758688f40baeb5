"""/proc/stat: what the CPUs did since boot, in ticks of 1/100 s over all of them, and a few counters.

user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice; guest time is contained in user and nice::

    cpu 10132153 290696 3084719 46828483 16683 0 25195 48211 0 0
    btime 1718000000
    processes 1203391
    procs_running 38
    procs_blocked 4

Always there; the first sample has the line ``cpu`` alone. Other lines (cpu0, intr, ctxt, softirq) are ignored.
https://docs.kernel.org/filesystems/proc.html#miscellaneous-kernel-statistics-in-proc-stat

Ticks do not always grow: iowait may fall a little by design, and a steal counter was seen running backwards on
Linux 4.4. ``fleetscan.diagnosis.measures.cpu_time`` makes shares of them and refuses such a window.
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.errors import ParseError
from fleetscan.immutable import immutable

_SOURCE = "stat"
_COLUMNS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
_KEYS = frozenset({"cpu", "btime", "procs_running", "procs_blocked", "processes"})


@immutable
class Stat:
    """CPU time since boot in ticks, and counters; None where the line was not sent."""

    user_ticks: int
    nice_ticks: int
    system_ticks: int
    idle_ticks: int
    iowait_ticks: int
    irq_ticks: int
    softirq_ticks: int
    steal_ticks: int
    """Time that the hypervisor gave to others while this node wanted to run."""
    boot_time_epoch_seconds: int | None
    running_total: int | None
    blocked_total: int | None
    """Threads in uninterruptible wait for I/O."""
    forks_total: int | None


def parse(text: str) -> Stat:
    """Parse the section ``stat`` or the whole file; a ``cpu`` line of fewer than 8 columns is a ParseError."""
    found = rows.read_keyed(text, source=_SOURCE, keys=_KEYS)
    if "cpu" not in found:
        raise ParseError(_SOURCE, 0, "cpu is missing")
    user, nice, system, idle, iowait, irq, softirq, steal = found["cpu"].wholes(1, _COLUMNS)
    return Stat(
        user_ticks=user,
        nice_ticks=nice,
        system_ticks=system,
        idle_ticks=idle,
        iowait_ticks=iowait,
        irq_ticks=irq,
        softirq_ticks=softirq,
        steal_ticks=steal,
        boot_time_epoch_seconds=_counter(found.get("btime")),
        running_total=_counter(found.get("procs_running")),
        blocked_total=_counter(found.get("procs_blocked")),
        forks_total=_counter(found.get("processes")),
    )


def _counter(row: rows.Row | None) -> int | None:
    return None if row is None else row.whole_or_none(1, row.words[0])
