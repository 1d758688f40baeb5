"""/proc/sys/kernel/threads-max: the most threads that the kernel makes, by the memory that it has for them.

::

    127000

Always there. The smaller of this, pid_max and the cgroups' pids.max counts.
https://docs.kernel.org/admin-guide/sysctl/kernel.html#threads-max
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "threads_max"


@immutable
class ThreadsMax:
    """How many threads the kernel makes."""

    threads_max: int
    """Never 0."""


def parse(text: str) -> ThreadsMax:
    """Parse the section ``threads_max``."""
    return ThreadsMax(threads_max=rows.read_one(text, source=_SOURCE).positive(0, "threads_max"))
