"""/proc/sys/net/netfilter/nf_conntrack_count and nf_conntrack_max, in this order on one line.

::

    11803 131072

Absent where the nf_conntrack module is not loaded.
https://docs.kernel.org/networking/nf_conntrack-sysctl.html
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "conntrack"


@immutable
class Conntrack:
    """The kernel's table of tracked connections."""

    count: int
    maximum: int
    """Never 0: to the kernel 0 means "no limit", which is no maximum to compare with, so it is a ParseError."""


def parse(text: str) -> Conntrack:
    """Parse the section ``conntrack``."""
    row = rows.read_one(text, source=_SOURCE)
    return Conntrack(count=row.whole(0, "count"), maximum=row.positive(1, "max"))
