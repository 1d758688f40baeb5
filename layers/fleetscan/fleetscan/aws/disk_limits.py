"""The limits of EBS volumes and of their instances, from CloudWatch: 0.01 USD per 1,000 metrics.

Whether a limit was exceeded is said minute by minute, by checks that are 0 or 1; those of a volume have the instance as
a second dimension, its burst balance has not (CloudWatch user guide, supported metrics of AWS/EBS and AWS/EC2).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import batched
from typing import TYPE_CHECKING

from fleetscan.aws.access import asking
from fleetscan.aws.metric_data import QUERIES_PER_CALL, metric_data
from fleetscan.immutable import immutable
from fleetscan.model.disk_limits import Checks, DiskLimits, VolumeLimits
from fleetscan.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import (
        MetricDataQueryTypeDef,
        MetricDataResultTypeDef,
    )

PERMISSIONS = frozenset({"cloudwatch:GetMetricData"})

CHECK_SECONDS = 60
"""The checks come every minute; an instance without detailed monitoring has one of every five."""
BALANCE_SECONDS = 300
"""The balances come every five minutes and no finer."""

INSTANCE_METRICS = {
    "iops": "InstanceEBSIOPSExceededCheck",
    "throughput": "InstanceEBSThroughputExceededCheck",
    "iobalance": "EBSIOBalance%",
    "bytebalance": "EBSByteBalance%",
}
"""What is asked of an instance -> metric of AWS/EC2."""
VOLUME_METRICS = {
    "iops": "VolumeIOPSExceededCheck",
    "throughput": "VolumeThroughputExceededCheck",
    "burst": "BurstBalance",
}
"""What is asked of a volume -> metric of AWS/EBS."""
_BALANCES = frozenset({"iobalance", "bytebalance", "burst"})


@immutable(kw_only=False)
class _Question:
    """One metric of one node: of a volume, or of the instance where the volume is empty."""

    instance_id: str
    volume_id: str
    what: str


type _Points = list[tuple[datetime, float]]


class CloudWatchDiskReader:
    """Reads the limits of the disks of some nodes."""

    def __init__(self, cloudwatch: CloudWatchClient, clock: Clock) -> None:
        self._cloudwatch = cloudwatch
        self._clock = clock

    def limits(
        self,
        volumes: Mapping[str, Sequence[str]],
        *,
        fresh: Collection[str] = (),  # noqa: ARG002  # this reader has no cache
    ) -> Mapping[str, DiskLimits]:
        """Return instance id -> limits of the instance and of these volumes of it.

        Raises AccessError when denied.
        """
        questions = list(_questions(volumes))
        points: dict[_Question, _Points] = {}
        for some in batched(questions, QUERIES_PER_CALL, strict=False):
            points |= self._points(some)
        return {instance_id: _limits(instance_id, ids, points) for instance_id, ids in volumes.items()}

    def _points(self, questions: Sequence[_Question]) -> dict[_Question, _Points]:
        """Return the datapoints of each question; pages may split those of one."""
        with asking("cloudwatch:GetMetricData"):
            queries = (_query(number, one) for number, one in enumerate(questions))
            results = metric_data(self._cloudwatch, queries, now=self._clock())
        found: dict[_Question, _Points] = {}
        for number, points in _finite(results):
            if number < len(questions):
                found.setdefault(questions[number], []).extend(points)
        return found


def _questions(volumes: Mapping[str, Sequence[str]]) -> Iterator[_Question]:
    for instance_id, ids in volumes.items():
        for what in INSTANCE_METRICS:
            yield _Question(instance_id, "", what)
        for volume_id in ids:
            for what in VOLUME_METRICS:
                yield _Question(instance_id, volume_id, what)


def _query(number: int, one: _Question) -> MetricDataQueryTypeDef:
    """Return the query of one question; its id must begin with a lower-case letter."""
    is_balance = one.what in _BALANCES
    names = {"VolumeId": one.volume_id, "InstanceId": one.instance_id}
    if not one.volume_id:
        del names["VolumeId"]
    elif is_balance:
        del names["InstanceId"]
    return {
        "Id": f"q{number}",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/EBS" if one.volume_id else "AWS/EC2",
                "MetricName": (VOLUME_METRICS if one.volume_id else INSTANCE_METRICS)[one.what],
                "Dimensions": [{"Name": name, "Value": value} for name, value in names.items()],
            },
            "Period": BALANCE_SECONDS if is_balance else CHECK_SECONDS,
            "Stat": "Minimum" if is_balance else "Maximum",
        },
        "ReturnData": True,
    }


def _finite(results: Iterable[MetricDataResultTypeDef]) -> Iterator[tuple[int, _Points]]:
    """Yield the number of each query and its finite datapoints."""
    for result in results:
        letter, number = result.get("Id", "")[:1], result.get("Id", "")[1:]
        if letter == "q" and number.isascii() and number.isdigit():
            pairs = zip(result.get("Timestamps", []), result.get("Values", []), strict=False)
            yield int(number), [(at, value) for at, value in pairs if math.isfinite(value)]


def _limits(instance_id: str, volume_ids: Sequence[str], points: Mapping[_Question, _Points]) -> DiskLimits:
    def of(what: str, volume_id: str = "") -> _Points:
        return points.get(_Question(instance_id, volume_id, what), [])

    return DiskLimits(
        volumes=tuple(
            VolumeLimits(
                volume_id=each,
                iops=_checks(of("iops", each)),
                throughput=_checks(of("throughput", each)),
                burst_balance_percent=_newest(of("burst", each)),
            )
            for each in volume_ids
        ),
        instance_iops=_checks(of("iops")),
        instance_throughput=_checks(of("throughput")),
        io_balance_percent=_newest(of("iobalance")),
        byte_balance_percent=_newest(of("bytebalance")),
    )


def _checks(points: _Points) -> Checks | None:
    return Checks(total=len(points), exceeded=sum(value > 0 for _, value in points)) if points else None


def _newest(points: _Points) -> float | None:
    return max(points)[1] if points else None
