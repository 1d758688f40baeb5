"""What CloudWatch says of the limits of a node's disks: of the instance as a whole, and of each EBS volume.

None means not read or no datapoint: unknown, never zero. Magnetic and shared volumes, bare metal and instances that are
not built on Nitro have no checks, and only some types have a balance.
"""

from __future__ import annotations

from fleetscan.immutable import immutable


@immutable
class Checks:
    """The checks of the last half hour: how many there are, and how many found the limit exceeded."""

    total: int
    exceeded: int


@immutable
class VolumeLimits:
    """One EBS volume."""

    volume_id: str
    iops: Checks | None = None
    throughput: Checks | None = None
    burst_balance_percent: float | None = None
    """What is left of the burst bucket of gp2, st1 and sc1; at 0 the volume runs at its baseline."""


@immutable
class DiskLimits:
    """The disks of one node: a source like any other, so that rules can read it."""

    volumes: tuple[VolumeLimits, ...] = ()
    """Those that were asked about, the busiest first."""
    volumes_left_out: int = 0
    """Further volumes of the instance; each question is paid."""
    instance_iops: Checks | None = None
    instance_throughput: Checks | None = None
    io_balance_percent: float | None = None
    """What is left of the instance's I/O credits, of types that burst for 30 minutes a day."""
    byte_balance_percent: float | None = None
    age_seconds: float = 0.0
    """How long ago it was read: CloudWatch charges for each read, so one is used for a while."""
