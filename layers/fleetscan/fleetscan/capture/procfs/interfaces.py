"""Network interfaces with errors between the two samples, from /proc/net/dev.

First how many interfaces were read, then those whose errors grew, with what grew between the samples::

    read 3
    eth0 rx_packets=1200 rx_errors=30 tx_packets=900 tx_errors=0

Absent where either sample has no /proc/net/dev: one sample alone shows no growth.
https://man7.org/linux/man-pages/man5/proc_pid_net.5.html (``/proc/net/dev``)
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "interfaces"


@immutable
class Interface:
    """An interface with errors, and what was counted between the samples."""

    name: str
    rx_packets: int
    rx_errors: int
    tx_packets: int
    tx_errors: int


@immutable
class Interfaces:
    """The interfaces of the host's network namespace."""

    read: int
    """How many were read in both samples."""
    interfaces: tuple[Interface, ...]
    """Those with errors between the samples."""


def parse(text: str) -> Interfaces:
    """Parse the section ``interfaces``; without its first row it is a ParseError."""
    head, body = rows.read_headed(text, source=_SOURCE, head="read")
    return Interfaces(
        read=head.whole(1, "read"),
        interfaces=tuple(_interface(row) for row in rows.distinct(body)),
    )


def _interface(row: rows.Row) -> Interface:
    pairs = row.pairs(1)
    return Interface(
        name=row.name(0, "interface"),
        rx_packets=pairs.whole("rx_packets"),
        rx_errors=pairs.whole("rx_errors"),
        tx_packets=pairs.whole("tx_packets"),
        tx_errors=pairs.whole("tx_errors"),
    )
