"""/proc/sys/kernel/pid_max: at this number pids start again, so there are never more threads than that.

::

    4194304

Always there.
https://docs.kernel.org/admin-guide/sysctl/kernel.html#pid-max
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "pid_max"


@immutable
class PidMax:
    """How many threads the node can have."""

    maximum: int
    """Never 0."""


def parse(text: str) -> PidMax:
    """Parse the section ``pid_max``."""
    return PidMax(maximum=rows.read_one(text, source=_SOURCE).positive(0, "pid_max"))
