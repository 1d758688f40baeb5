"""Free memory by the size of its blocks, from /proc/buddyinfo: zone Normal, summed over the NUMA nodes.

The number of free blocks of 1, 2, 4, 8 ... pages::

    4381 2107 811 322 96 31 8 2 0 0 0

Sent only in the detail and only with events of the kind ``page_allocation``.
https://man7.org/linux/man-pages/man5/proc_buddyinfo.5.html
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.immutable import immutable

_MAX_ORDERS = 32
"""Linux has 11 orders, 14 with 64 KiB pages."""

_SOURCE = "buddyinfo"


@immutable
class Buddyinfo:
    """How fragmented the free memory is."""

    free_blocks: tuple[int, ...]
    """By order: ``free_blocks[n]`` blocks of 2**n pages each."""


def parse(text: str) -> Buddyinfo:
    """Parse the section ``buddyinfo``."""
    row = rows.read_one(text, source=_SOURCE)
    if len(row.words) > _MAX_ORDERS:
        raise row.error(f"more than {_MAX_ORDERS} orders")
    return Buddyinfo(free_blocks=tuple(row.whole(order, f"order {order}") for order in range(len(row.words))))
