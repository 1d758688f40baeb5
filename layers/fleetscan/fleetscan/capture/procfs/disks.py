"""What the node's disks did between the two samples, from /proc/diskstats.

One line for each whole disk, not for its partitions, with what grew between the samples; ``in_flight`` is the figure of
the last one::

    nvme1n1 reads=12 writes=840 read_ms=90 write_ms=41000 busy_ms=4980 queue_ms=160000 in_flight=31 volume=vol-0abc

``volume`` is the serial number of an EBS volume, ``-`` where it is not known. Sent only in the detail and only for the
trigger ``io``; absent where either sample has no /proc/diskstats.
https://docs.kernel.org/admin-guide/iostats.html
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "disks"


@immutable
class Disk:
    """One disk, and what was counted between the samples."""

    device: str
    """Without ``/dev/``."""
    reads: int
    writes: int
    read_milliseconds: int
    """Summed over all reads that ended, as for writes."""
    write_milliseconds: int
    busy_milliseconds: int
    """Time with at least one request in flight."""
    queue_milliseconds: int
    """Time in flight, summed over all requests: divided by the time between the samples, the mean queue."""
    in_flight: int
    """Requests in flight at the last sample."""
    volume_id: str | None


@immutable
class Disks:
    """The disks of one node."""

    disks: tuple[Disk, ...]


def parse(text: str) -> Disks:
    """Parse the section ``disks``; no row means that there is none."""
    return Disks(disks=tuple(_disk(row) for row in rows.distinct(rows.read(text, source=_SOURCE))))


def _disk(row: rows.Row) -> Disk:
    pairs = row.pairs(1)
    return Disk(
        device=row.name(0, "disk"),
        reads=pairs.whole("reads"),
        writes=pairs.whole("writes"),
        read_milliseconds=pairs.whole("read_ms"),
        write_milliseconds=pairs.whole("write_ms"),
        busy_milliseconds=pairs.whole("busy_ms"),
        queue_milliseconds=pairs.whole("queue_ms"),
        in_flight=pairs.whole("in_flight"),
        volume_id=pairs.name_or_none("volume"),
    )
