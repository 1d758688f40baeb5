"""The rule disk_throttled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetscan.diagnosis.rules.disk_throttled import Limits, check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity
from fleetscan.model.disk_limits import Checks, DiskLimits, VolumeLimits
from tests.fixtures.windows import one_sample

CALM = DiskLimits(
    volumes=(
        VolumeLimits(
            volume_id="vol-0a",
            iops=Checks(total=30, exceeded=1),
            throughput=Checks(total=30, exceeded=0),
            burst_balance_percent=98.0,
        ),
    ),
    instance_iops=Checks(total=30, exceeded=0),
    instance_throughput=Checks(total=30, exceeded=1),
    io_balance_percent=100.0,
    byte_balance_percent=99.0,
)
VOLUME = CALM.volumes[0]


def test_a_disk_within_its_limits_is_no_finding() -> None:
    """A single check may be an image that was pulled."""
    assert check(one_sample(CALM)) is None


@pytest.mark.parametrize(
    ("disks", "text", "measured", "limit"),
    [
        (
            replace(CALM, volumes=(replace(VOLUME, iops=Checks(total=30, exceeded=2)),)),
            "EBS volume vol-0a exceeded its IOPS limit in 2 of 30 checks of the last 30 min (threshold 2)",
            2.0,
            2.0,
        ),
        (
            replace(CALM, volumes=(replace(VOLUME, throughput=Checks(total=6, exceeded=6)),), age_seconds=300.0),
            (
                "EBS volume vol-0a exceeded its throughput limit in 6 of 6 checks of the last 30 min (threshold 2) "
                "(read 5 min ago)"
            ),
            6.0,
            2.0,
        ),
        (
            replace(CALM, volumes=(replace(VOLUME, burst_balance_percent=5.0),)),
            "EBS volume vol-0a has 5% of its burst balance left (threshold 5%): it runs at its baseline",
            5.0,
            5.0,
        ),
        (
            replace(CALM, instance_iops=Checks(total=30, exceeded=12)),
            (
                "the instance, over all its volumes, exceeded its EBS IOPS limit in 12 of 30 checks of the last 30 min "
                "(threshold 2)"
            ),
            12.0,
            2.0,
        ),
        (
            replace(CALM, io_balance_percent=0.0),
            (
                "the instance, over all its volumes, has 0% of its EBS I/O balance left (threshold 5%): it runs at its "
                "baseline"
            ),
            0.0,
            5.0,
        ),
        (
            replace(CALM, byte_balance_percent=1.0),
            (
                "the instance, over all its volumes, has 1% of its EBS byte balance left (threshold 5%): it runs at "
                "its "
                "baseline"
            ),
            1.0,
            5.0,
        ),
    ],
)
def test_the_limit_that_was_reached_is_named(disks: DiskLimits, text: str, measured: float, limit: float) -> None:
    """With the volume, or as the instance's."""
    assert check(one_sample(disks)) == Evidence(severity=Severity.WARNING, text=text, measured=measured, limit=limit)


def test_many_limits_are_counted() -> None:
    """Three are named."""
    bad = replace(VOLUME, iops=Checks(total=30, exceeded=30), burst_balance_percent=0.0)
    evidence = check(one_sample(replace(CALM, volumes=(bad, replace(bad, volume_id="vol-0b")), io_balance_percent=0)))

    assert evidence is not None
    assert evidence.text.count("vol-0a") == 2
    assert evidence.text.endswith("; and 2 more limits")


def test_a_moved_threshold_counts() -> None:
    """As that of any rule."""
    assert check(one_sample(CALM), Limits(exceeded_total=1)) is not None
    assert check(one_sample(CALM), Limits(balance_percent=98.0)) is not None


@pytest.mark.parametrize("disks", [None, DiskLimits(), DiskLimits(volumes=(VolumeLimits(volume_id="vol-0a"),))])
def test_without_a_datapoint_it_is_skipped(disks: DiskLimits | None) -> None:
    """Not asked, or no datapoint at all: neither is healthy."""
    with pytest.raises(AbsentError, match=r"CloudWatch has no datapoint|DiskLimits was not collected"):
        check(one_sample() if disks is None else one_sample(disks))
