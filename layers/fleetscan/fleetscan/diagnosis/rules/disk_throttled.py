"""A disk is throttled: an EBS volume or the instance is at its limit of I/O operations or throughput.

What it means: tasks wait for a disk (`io_pressure_high`), and CloudWatch says why: in the last half hour more was asked
of an EBS volume, or of the instance over all its volumes, than it may do; or the burst balance that lets a small volume
or instance exceed its baseline is used up.

Why it hurts: EBS delays what exceeds the limit. The kubelet and the container runtime write to the same disk as the
pods, so they miss heartbeats and health checks, and the node becomes NotReady while its CPU looks busy with waiting.

What to do: if a volume is at its limit, give it more: gp3 takes IOPS and throughput of its own, without downtime, and
never bursts. If the instance is at its limit, more for the volume does not help: take a larger instance type, or spread
the pods. Change the launch template too, or the next node has the old volume.

Source: Amazon EBS user guide, CloudWatch metrics (`VolumeIOPSExceededCheck`, `VolumeThroughputExceededCheck`,
`BurstBalance`); Amazon EC2 user guide, EBS metrics of Nitro instances (`InstanceEBSIOPSExceededCheck`,
`InstanceEBSThroughputExceededCheck`, `EBSIOBalance%`, `EBSByteBalance%`). The metrics are paid, so they are read for
nodes whose tasks wait for a disk, from the budget of the CPU credits ([cost](../cost.md)).
"""

from __future__ import annotations

from collections.abc import Iterator

from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.traits import DiskChecks
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.model.disk_limits import Checks, DiskLimits, VolumeLimits
from fleetscan.quantities import counted, duration

SHOWN = 3
"""So many limits are named, those of volumes first."""


@immutable
class Limits:
    """The thresholds of the rule."""

    exceeded_total: int = 2
    """Checks of the last half hour that found the limit exceeded, from this on; AWS sets one where demand exceeded the
    limit for most of a minute, and a single one may be an image that was pulled [inference]."""
    balance_percent: float = 5.0
    """Burst balance, up to this; at 0 the volume or instance runs at its baseline [inference]."""


DEFAULTS = Limits()


@immutable(kw_only=False)
class _Reached:
    """One limit that was reached."""

    text: str
    measured: float
    limit: float


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Look for a check that was exceeded and for a balance that is used up."""
    disks = window.last[DiskLimits]
    if not _is_known(disks):
        raise AbsentError("CloudWatch has no datapoint about the limits of the node's disks")
    reached = [*(one for volume in disks.volumes for one in _of_volume(volume, limits)), *_of_instance(disks, limits)]
    if not reached:
        return None
    more = f"; and {counted(len(reached) - SHOWN, 'more limit')}" if len(reached) > SHOWN else ""
    ago = f" (read {duration(disks.age_seconds)} ago)" if disks.age_seconds >= 1 else ""
    return Evidence(
        severity=Severity.WARNING,
        text="; ".join(one.text for one in reached[:SHOWN]) + more + ago,
        measured=reached[0].measured,
        limit=reached[0].limit,
    )


def _is_known(disks: DiskLimits) -> bool:
    of_volumes = (x for one in disks.volumes for x in (one.iops, one.throughput, one.burst_balance_percent))
    of_instance = (disks.instance_iops, disks.instance_throughput, disks.io_balance_percent, disks.byte_balance_percent)
    return any(one is not None for one in (*of_volumes, *of_instance))


def _of_volume(volume: VolumeLimits, limits: Limits) -> Iterator[_Reached]:
    whose = f"EBS volume {volume.volume_id}"
    yield from _exceeded(whose, "IOPS", volume.iops, limits)
    yield from _exceeded(whose, "throughput", volume.throughput, limits)
    yield from _used_up(whose, "burst balance", volume.burst_balance_percent, limits)


def _of_instance(disks: DiskLimits, limits: Limits) -> Iterator[_Reached]:
    whose = "the instance, over all its volumes,"
    yield from _exceeded(whose, "EBS IOPS", disks.instance_iops, limits)
    yield from _exceeded(whose, "EBS throughput", disks.instance_throughput, limits)
    yield from _used_up(whose, "EBS I/O balance", disks.io_balance_percent, limits)
    yield from _used_up(whose, "EBS byte balance", disks.byte_balance_percent, limits)


def _exceeded(whose: str, what: str, checks: Checks | None, limits: Limits) -> Iterator[_Reached]:
    if checks is not None and checks.exceeded >= limits.exceeded_total:
        yield _Reached(
            f"{whose} exceeded its {what} limit in {checks.exceeded} of {counted(checks.total, 'check')} of the last "
            f"30 min (threshold {limits.exceeded_total})",
            float(checks.exceeded),
            float(limits.exceeded_total),
        )


def _used_up(whose: str, what: str, percent: float | None, limits: Limits) -> Iterator[_Reached]:
    if percent is not None and percent <= limits.balance_percent:
        yield _Reached(
            f"{whose} has {percent:.0f}% of its {what} left (threshold {limits.balance_percent:.0f}%): it runs at its "
            "baseline",
            percent,
            limits.balance_percent,
        )


RULE = Rule(
    id="disk_throttled",
    severity=Severity.WARNING,
    title="EBS throttling: volume or instance at its I/O limit",
    remedy=(
        "    aws ec2 modify-volume --volume-id VOLUME_ID --volume-type gp3 --iops 6000 --throughput 250\n"
        "Raises the limits of a volume without downtime (gp3 begins at 3,000 IOPS and 125 MiB/s). Change the launch "
        "template or the StorageClass too.\n"
        "    aws ec2 describe-instance-types --instance-types INSTANCE_TYPE "
        "--query 'InstanceTypes[].EbsInfo.EbsOptimizedInfo'\n"
        "Shows the limits of the instance: where it is at its own, take a larger type, or spread the pods."
    ),
    limits=DEFAULTS,
    check=check,
    disk_checks=DiskChecks.EVALUATED,
)
