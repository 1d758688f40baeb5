"""/proc/net/sockstat: sockets in use by protocol; ``mem`` in pages.

::

    sockets: used 812
    TCP: inuse 21 orphan 0 tw 14 alloc 96 mem 31
    UDP: inuse 9 mem 4

Always there. ``orphan``, ``alloc`` and ``mem`` are of the whole node; ``used``, ``inuse`` and ``tw`` only of the
network namespace in which the file was read, here the host's. Pages are 64 KiB on some arm64 kernels.
https://man7.org/linux/man-pages/man5/proc_pid_net.5.html
"""

from __future__ import annotations

from fleetscan import numbers
from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "sockstat"
_SOCKETS, _TCP, _UDP = "sockets:", "TCP:", "UDP:"
_KEYS = frozenset({_SOCKETS, _TCP, _UDP})
_FIELDS = frozenset({"used", "inuse", "orphan", "tw", "alloc", "mem"})


@immutable
class Sockstat:
    """Sockets by protocol; None where the file did not say."""

    sockets_used: int | None
    tcp_in_use: int | None
    tcp_orphan: int | None
    tcp_time_wait: int | None
    tcp_allocated: int | None
    tcp_memory_pages: int | None
    udp_in_use: int | None
    udp_memory_pages: int | None


def parse(text: str) -> Sockstat:
    """Parse the section ``sockstat``; other protocols are ignored, a text with none of the three is a ParseError."""
    found = rows.read_keyed(text, source=_SOURCE, keys=_KEYS)
    used, tcp, udp = _counts(found.get(_SOCKETS)), _counts(found.get(_TCP)), _counts(found.get(_UDP))
    return Sockstat(
        sockets_used=used.get("used"),
        tcp_in_use=tcp.get("inuse"),
        tcp_orphan=tcp.get("orphan"),
        tcp_time_wait=tcp.get("tw"),
        tcp_allocated=tcp.get("alloc"),
        tcp_memory_pages=tcp.get("mem"),
        udp_in_use=udp.get("inuse"),
        udp_memory_pages=udp.get("mem"),
    )


def _counts(row: rows.Row | None) -> dict[str, int]:
    counts: dict[str, int] = {}
    if row is None:
        return counts
    for index, name in enumerate(row.words[1::2]):
        if name in counts:
            raise row.error(f"{numbers.shown(name)} is given twice")
        counts[name] = row.whole(2 * index + 2, name if name in _FIELDS else numbers.shown(name))
    return counts
