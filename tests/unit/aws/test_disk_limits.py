"""The limits of EBS volumes and of their instances, from CloudWatch."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from fleetscan.aws.disk_limits import INSTANCE_METRICS, VOLUME_METRICS, CloudWatchDiskReader
from fleetscan.errors import AccessError
from fleetscan.model.disk_limits import Checks, DiskLimits, VolumeLimits
from fleetscan.scan.disk_evidence import METRICS_OF_A_NODE, METRICS_OF_A_VOLUME

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
INSTANCE, ROOT, DATA = "i-00000000000000001", "vol-0a", "vol-0b"


def series(number: int, *values: float, newest: datetime = NOW, minutes: int = 1) -> dict[str, Any]:
    """Return a result of GetMetricData, newest value first."""
    times = [newest - timedelta(minutes=minutes * index) for index in range(len(values))]
    return {"Id": f"q{number}", "Label": "x", "Timestamps": times, "Values": list(values), "StatusCode": "Complete"}


def reader(connect: Callable[..., Any], *results: dict[str, Any]) -> CloudWatchDiskReader:
    """Return a reader of a CloudWatch that answers this."""
    return CloudWatchDiskReader(connect("cloudwatch", lambda *_: {"MetricDataResults": list(results)}), NOW.timestamp)


def test_checks_are_counted_and_the_newest_balance_counts(connect: Callable[..., Any]) -> None:
    """The order of the questions: four of the instance, three of each volume."""
    found = reader(
        connect,
        series(0, 0.0, 0.0),
        series(1, 1.0, 0.0, 1.0),
        series(2, 99.0, 100.0, minutes=5),
        series(4, 1.0, 1.0, 0.0, 0.0),
        series(6, 3.5, 60.0, minutes=5),
        series(8, 0.0),
    ).limits({INSTANCE: (ROOT, DATA)})
    expected = DiskLimits(
        volumes=(
            VolumeLimits(volume_id=ROOT, iops=Checks(total=4, exceeded=2), burst_balance_percent=3.5),
            VolumeLimits(volume_id=DATA, throughput=Checks(total=1, exceeded=0)),
        ),
        instance_iops=Checks(total=2, exceeded=0),
        instance_throughput=Checks(total=3, exceeded=2),
        io_balance_percent=99.0,
    )

    assert found == {INSTANCE: expected}


def test_no_datapoint_is_unknown_and_never_zero(connect: Callable[..., Any]) -> None:
    """Nothing, no number, and what was not asked for."""
    strange = [{**series(0, 1.0), "Id": each} for each in ("q99", "q", "x1", "q²")]
    found = reader(connect, series(0), series(1, math.nan), series(2, math.inf), *strange).limits({INSTANCE: (ROOT,)})

    assert found == {INSTANCE: DiskLimits(volumes=(VolumeLimits(volume_id=ROOT),))}


def test_each_metric_is_asked_for_under_its_own_dimensions(connect: Callable[..., Any]) -> None:
    """A volume's checks have the instance beside the volume, its balance has not; a check has a minute."""
    asked: list[dict[str, Any]] = []

    def answer(_: str, given: dict[str, Any]) -> dict[str, Any]:
        asked.append(given)
        return {"MetricDataResults": []}

    CloudWatchDiskReader(connect("cloudwatch", answer), NOW.timestamp).limits({INSTANCE: (ROOT,)})
    (request,) = asked
    queries = [one["MetricStat"] for one in request.pop("MetricDataQueries")]
    of_instance = ("AWS/EC2", {"InstanceId": INSTANCE})
    of_both = ("AWS/EBS", {"VolumeId": ROOT, "InstanceId": INSTANCE})

    assert [
        (
            one["Metric"]["Namespace"],
            {each["Name"]: each["Value"] for each in one["Metric"]["Dimensions"]},
            one["Metric"]["MetricName"],
            one["Period"],
            one["Stat"],
        )
        for one in queries
    ] == [
        (*of_instance, "InstanceEBSIOPSExceededCheck", 60, "Maximum"),
        (*of_instance, "InstanceEBSThroughputExceededCheck", 60, "Maximum"),
        (*of_instance, "EBSIOBalance%", 300, "Minimum"),
        (*of_instance, "EBSByteBalance%", 300, "Minimum"),
        (*of_both, "VolumeIOPSExceededCheck", 60, "Maximum"),
        (*of_both, "VolumeThroughputExceededCheck", 60, "Maximum"),
        ("AWS/EBS", {"VolumeId": ROOT}, "BurstBalance", 300, "Minimum"),
    ]
    assert request == {
        "StartTime": datetime(2026, 5, 4, 2, 32, tzinfo=UTC),
        "EndTime": datetime(2026, 5, 4, 3, 2, tzinfo=UTC),
        "ScanBy": "TimestampDescending",
    }


def test_500_questions_make_a_call_and_pages_are_joined(connect: Callable[..., Any]) -> None:
    """72 nodes with a volume each are 504 metrics; the second page has older checks of one."""
    sizes: list[int] = []

    def answer(_: str, given: dict[str, Any]) -> dict[str, Any]:
        if given.get("NextToken"):
            return {"MetricDataResults": [series(0, 0.0, 1.0, newest=NOW - timedelta(minutes=10))]}
        sizes.append(len(given["MetricDataQueries"]))
        more = {"NextToken": "2"} if len(sizes) == 1 else {}
        return {"MetricDataResults": [series(0, 1.0)], **more}

    volumes = {f"i-{number:017x}": (f"vol-{number:x}",) for number in range(72)}
    found = CloudWatchDiskReader(connect("cloudwatch", answer), NOW.timestamp).limits(volumes)
    first, last = found["i-00000000000000000"], found[f"i-{71:017x}"]

    assert sizes == [500, 4]
    assert found.keys() == volumes.keys()
    assert first.instance_iops == Checks(total=3, exceeded=2)
    assert last == DiskLimits(volumes=(VolumeLimits(volume_id="vol-47"),), byte_balance_percent=1.0)


def test_nobody_asked_is_no_call(connect: Callable[..., Any]) -> None:
    """CloudWatch charges for each."""

    def nothing(_: str, __: dict[str, Any]) -> dict[str, Any]:
        raise AssertionError("CloudWatch was not to be asked")

    assert CloudWatchDiskReader(connect("cloudwatch", nothing), NOW.timestamp).limits({}) == {}


def test_a_refusal_names_the_action(connect: Callable[..., Any]) -> None:
    """What may not be read is not zero."""

    def refuse(_: str, __: dict[str, Any]) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not authorized"}}, "GetMetricData")

    with pytest.raises(AccessError, match="cloudwatch:GetMetricData"):
        CloudWatchDiskReader(connect("cloudwatch", refuse), NOW.timestamp).limits({INSTANCE: ()})


def test_the_budget_counts_what_is_asked() -> None:
    """Four metrics of an instance, as of its credits, and three of a volume."""
    assert (len(INSTANCE_METRICS), len(VOLUME_METRICS)) == (METRICS_OF_A_NODE, METRICS_OF_A_VOLUME)


@mock_aws
def test_a_simulated_cloudwatch_answers_alike() -> None:
    """Against moto, which keeps what was put under exactly these dimensions."""
    cloudwatch = boto3.client("cloudwatch", region_name="eu-west-1")
    dimensions: list[Any] = [{"Name": "VolumeId", "Value": ROOT}, {"Name": "InstanceId", "Value": INSTANCE}]
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    for minute, value in enumerate([1.0, 0.0, 1.0], start=2):
        cloudwatch.put_metric_data(
            Namespace="AWS/EBS",
            MetricData=[
                {
                    "MetricName": "VolumeIOPSExceededCheck",
                    "Dimensions": dimensions,
                    "Timestamp": now - timedelta(minutes=minute),
                    "Value": value,
                }
            ],
        )
    found = CloudWatchDiskReader(cloudwatch, datetime.now(UTC).timestamp).limits({INSTANCE: (ROOT,)})

    assert found[INSTANCE].volumes == (VolumeLimits(volume_id=ROOT, iops=Checks(total=3, exceeded=2)),)
