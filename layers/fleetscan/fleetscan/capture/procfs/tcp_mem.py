"""/proc/sys/net/ipv4/tcp_mem: how much memory TCP may take.

In pages, as ``mem`` in /proc/net/sockstat: below the first there is no pressure, above the second TCP
reduces its memory use, the third is the limit::

    46521 62030 93042

Always there.
https://docs.kernel.org/networking/ip-sysctl.html#tcp-variables
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "tcp_mem"


@immutable
class TcpMem:
    """How much memory TCP may use on this node, in pages."""

    low_pages: int
    pressure_pages: int
    maximum_pages: int
    """Never 0."""


def parse(text: str) -> TcpMem:
    """Parse the section ``tcp_mem``."""
    row = rows.read_one(text, source=_SOURCE)
    return TcpMem(
        low_pages=row.whole(0, "low"),
        pressure_pages=row.whole(1, "pressure"),
        maximum_pages=row.positive(2, "maximum"),
    )
