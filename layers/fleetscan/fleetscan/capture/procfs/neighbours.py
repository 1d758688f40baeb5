"""The IPv4 neighbour (ARP) table: /proc/net/stat/arp_cache and net.ipv4.neigh.default.gc_thresh3.

::

    entries=412 gc_thresh3=1024 table_fulls=3

Absent where the kernel shows neither; a value that is not there is left out. ``table_fulls`` is counted since boot, by
newer kernels, and left out when it is 0.
https://docs.kernel.org/networking/ip-sysctl.html (``neigh/default/gc_thresh3``)
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "neighbours"


@immutable
class Neighbours:
    """How full the neighbour table is; None where a value was not to be had."""

    entries: int | None
    limit: int | None
    """``gc_thresh3``: the most entries that the table may hold."""
    table_fulls: int | None
    """How often an entry was refused since boot because the table was full; None where never, or where not counted."""


def parse(text: str) -> Neighbours:
    """Parse the section ``neighbours``."""
    pairs = rows.read_one(text, source=_SOURCE).pairs(0)
    return Neighbours(
        entries=pairs.whole_or_none("entries"),
        limit=pairs.whole_or_none("gc_thresh3"),
        table_fulls=pairs.whole_or_none("table_fulls"),
    )
