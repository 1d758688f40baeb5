"""/proc/loadavg: load over 1, 5 and 15 minutes, runnable and all threads, and the pid used last.

::

    34.04 25.03 22.70 38/812 20191

Always there. Load counts threads that run, wait for a CPU or wait uninterruptibly, so it is not CPU use.
https://man7.org/linux/man-pages/man5/proc_loadavg.5.html
"""

from __future__ import annotations

from fleetscan import numbers
from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "loadavg"


@immutable
class Loadavg:
    """Load averages of the whole node, not divided by its CPUs."""

    load1: float
    load5: float
    load15: float
    runnable: int
    threads: int


def parse(text: str) -> Loadavg:
    """Parse the section ``loadavg``."""
    row = rows.read_one(text, source=_SOURCE)
    runnable, _, threads = row.word(3, "runnable/threads").partition("/")
    return Loadavg(
        load1=row.decimal(0, "load1"),
        load5=row.decimal(1, "load5"),
        load15=row.decimal(2, "load15"),
        runnable=numbers.whole(runnable, source=_SOURCE, line=row.line, name="runnable"),
        threads=numbers.whole(threads, source=_SOURCE, line=row.line, name="threads"),
    )
