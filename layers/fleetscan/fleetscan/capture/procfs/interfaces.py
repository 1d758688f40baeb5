"""Network interfaces with errors between the two samples, from /proc/net/dev, and those that do not work.

First how many interfaces were read, then those whose errors grew, with what grew between the samples, and the network
cards that have no link: ``disabled`` where one is switched off (without IFF_UP in /sys/class/net/NAME/flags), else the
kernel's word (/sys/class/net/NAME/operstate)::

    read 3
    eth0 rx_packets=1200 rx_errors=30 tx_packets=900 tx_errors=0
    eth1 link=disabled
    eth2 link=lowerlayerdown

``read 3 loopback=missing`` where there is no interface ``lo``, and ``loopback=disabled`` where it is switched off.
Absent where either sample has no /proc/net/dev: one sample alone shows no growth.
https://man7.org/linux/man-pages/man5/proc_pid_net.5.html (``/proc/net/dev``),
https://docs.kernel.org/networking/operstates.html
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
class Link:
    """A network card without a link."""

    name: str
    link: str
    """``disabled`` where it is switched off, else the kernel's word: ``down``, ``lowerlayerdown``, ``dormant`` ..."""


@immutable
class Interfaces:
    """The interfaces of the host's network namespace."""

    read: int
    """How many were read in both samples."""
    interfaces: tuple[Interface, ...]
    """Those with errors between the samples."""
    links: tuple[Link, ...] = ()
    """The network cards without a link; none where nothing is said."""
    loopback: str | None = None
    """What is wrong with ``lo``: ``missing`` or ``disabled``; None where nothing is said."""


def parse(text: str) -> Interfaces:
    """Parse the section ``interfaces``; without its first row it is a ParseError."""
    head, body = rows.read_headed(text, source=_SOURCE, head="read")
    links = {row.line: link for row in body if (link := row.pairs(1).name_or_none("link")) is not None}
    return Interfaces(
        read=head.whole(1, "read"),
        interfaces=tuple(_interface(row) for row in rows.distinct([row for row in body if row.line not in links])),
        links=tuple(
            Link(name=row.name(0, "interface"), link=links[row.line])
            for row in rows.distinct([row for row in body if row.line in links])
        ),
        loopback=head.pairs(2).name_or_none("loopback"),
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
