"""/proc/uptime: seconds since boot, and the idle seconds of all CPUs together.

::

    1186401.52 928112.04

Always there; the two samples' uptimes are the clock by which counters become rates.
https://man7.org/linux/man-pages/man5/proc_uptime.5.html
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "uptime"


@immutable
class Uptime:
    """How long the node has been up."""

    uptime_seconds: float


def parse(text: str) -> Uptime:
    """Parse the section ``uptime``."""
    return Uptime(uptime_seconds=rows.read_one(text, source=_SOURCE).decimal(0, "uptime"))
