"""Packets that EC2 queued or dropped because the instance's network allowance was exceeded, by ``ethtool -S``.

First how many interfaces of the driver ``ena`` were asked, then those with a counter that is not zero, and of it these
counters alone, since the driver was loaded::

    read 2
    eth0 bw_in_allowance_exceeded=12 linklocal_allowance_exceeded=4

A counter that is not named is 0. Absent where no interface is an ENA or there is no ethtool; a recorded tree keeps the
output in ``ethtool/IFACE.txt``.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-network-performance-ena.html
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "allowances"


@immutable
class AllowanceCounters:
    """Packets of one interface that were queued or dropped, by the allowance that was exceeded."""

    interface: str
    bandwidth_in: int
    bandwidth_out: int
    packets_per_second: int
    conntrack: int
    linklocal: int
    """Packets to the services at link-local addresses: DNS, instance metadata, time."""


@immutable
class Allowances:
    """The network allowance counters of one node."""

    read: int
    """How many interfaces were asked."""
    interfaces: tuple[AllowanceCounters, ...]
    """Those with a counter that is not zero."""


def parse(text: str) -> Allowances:
    """Parse the section ``allowances``; without its first row it is a ParseError."""
    head, body = rows.read_headed(text, source=_SOURCE, head="read")
    return Allowances(
        read=head.whole(1, "read"),
        interfaces=tuple(_counters(row) for row in rows.distinct(body)),
    )


def _counters(row: rows.Row) -> AllowanceCounters:
    pairs = row.pairs(1)
    return AllowanceCounters(
        interface=row.name(0, "interface"),
        bandwidth_in=pairs.whole_or_none("bw_in_allowance_exceeded") or 0,
        bandwidth_out=pairs.whole_or_none("bw_out_allowance_exceeded") or 0,
        packets_per_second=pairs.whole_or_none("pps_allowance_exceeded") or 0,
        conntrack=pairs.whole_or_none("conntrack_allowance_exceeded") or 0,
        linklocal=pairs.whole_or_none("linklocal_allowance_exceeded") or 0,
    )
