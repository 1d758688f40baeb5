"""Metrics packed into PutMetricData."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from fleetscan.aws.cloudwatch import MOST_REQUEST_BYTES, CloudWatchMetricSink, data, requests
from fleetscan.errors import AccessError
from fleetscan.model import Metric


def metric(*values: float, **dimensions: str) -> Metric:
    """Return a metric with these values."""
    return Metric(name="SlabUnreclaimable", unit="Bytes", values=values, dimensions=tuple(dimensions.items()))


def test_equal_values_are_counted_together(connect: Callable[..., Any]) -> None:
    """One datum carries a whole cluster's distribution."""
    asked: list[dict[str, Any]] = []

    def answer(_: str, parameters: dict[str, Any]) -> dict[str, Any]:
        asked.append(parameters)
        return {}

    CloudWatchMetricSink(connect("cloudwatch", answer), "FleetScan").publish([metric(2.0, 1.0, 2.0, Cluster="live")])
    expected = [
        {
            "Namespace": "FleetScan",
            "MetricData": [
                {
                    "MetricName": "SlabUnreclaimable",
                    "Dimensions": [{"Name": "Cluster", "Value": "live"}],
                    "Values": [1.0, 2.0],
                    "Counts": [1.0, 2.0],
                    "Unit": "Bytes",
                }
            ],
        }
    ]

    assert expected == asked


def test_a_datum_has_at_most_150_values() -> None:
    """A large cluster takes several, of the same name and dimensions."""
    expected = [150, 150, 1]

    assert expected == [len(datum.get("Values", [])) for datum in data(metric(*range(301)))]


def test_values_that_cloudwatch_cannot_hold_are_left_out() -> None:
    """NaN, infinity and beyond 2^360 would fail the whole request."""
    expected = [[-1.0, 3.0]]

    assert expected == [
        datum.get("Values") for datum in data(metric(math.nan, 3.0, math.inf, -math.inf, -1.0, 2.0**361))
    ]


def test_a_metric_without_values_is_not_published(connect: Callable[..., Any]) -> None:
    """No datum, no request: absent is not zero."""

    def answer(_: str, __: dict[str, Any]) -> dict[str, Any]:
        raise AssertionError("nothing was to be published")

    CloudWatchMetricSink(connect("cloudwatch", answer), "FleetScan").publish([metric(), metric(math.nan)])


@pytest.mark.parametrize(
    ("value", "expected"),
    [("live", "live"), ("", "-"), ("  ", "-"), ("näme\n", "n?me?"), ("x" * 5_000, "x" * 1_024)],
)
def test_a_dimension_is_bounded_ascii_and_never_empty(value: str, expected: str) -> None:
    """CloudWatch refuses the request for one that is not."""
    assert [[{"Name": "NodeGroup", "Value": expected}]] == [
        datum.get("Dimensions") for datum in data(metric(1.0, NodeGroup=value))
    ]


def test_a_request_has_at_most_1000_data() -> None:
    """More make more requests."""
    expected = [1_000, 1_000, 1]

    assert expected == [len(request.get("MetricData", [])) for request in requests("FleetScan", [metric(1.0)] * 2_001)]


@given(st.lists(st.lists(st.floats(), max_size=400), max_size=20))
@settings(max_examples=50)
def test_every_finite_value_is_published_exactly_once(many: list[list[float]]) -> None:
    """However the values are batched."""
    sent: list[float] = []
    for request in requests("FleetScan", [metric(*values) for values in many]):
        for datum in request.get("MetricData", []):
            for value, count in zip(datum.get("Values", []), datum.get("Counts", []), strict=True):
                sent += [value] * int(count)
    expected = [value for values in many for value in values if math.isfinite(value) and abs(value) <= 2.0**360]

    assert sorted(expected) == sorted(sent)


def test_a_request_stays_within_a_megabyte_uncompressed() -> None:
    """Written out as the wordiest protocol would, with long values; gzip only makes it less."""
    metrics = [
        metric(*(1e15 / (number + 3) for number in range(150)), Cluster="c" * 100, Rule=f"rule-{index}")
        for index in range(200)
    ]
    batches = list(requests("FleetScan", metrics))
    query_bytes = [
        sum(
            len(f"MetricData.member.999.Values.member.150={value}&MetricData.member.999.Counts.member.150={count}&")
            for datum in batch.get("MetricData", [])
            for value, count in zip(datum.get("Values", []), datum.get("Counts", []), strict=True)
        )
        for batch in batches
    ]

    assert len(batches) > 1
    assert max(query_bytes) <= MOST_REQUEST_BYTES


def test_a_refusal_names_the_action_and_the_namespace(connect: Callable[..., Any]) -> None:
    """The policy allows one namespace by condition, so it matters which."""

    def answer(_: str, __: dict[str, Any]) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutMetricData")

    with pytest.raises(AccessError, match="cloudwatch:PutMetricData on namespace FleetScan"):
        CloudWatchMetricSink(connect("cloudwatch", answer), "FleetScan").publish([metric(1.0)])


def test_another_error_of_the_call_is_raised(connect: Callable[..., Any]) -> None:
    """Numbers that were not published must not look published."""

    def answer(_: str, __: dict[str, Any]) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "InternalServiceFault", "Message": "no"}}, "PutMetricData")

    with pytest.raises(ClientError, match="InternalServiceFault"):
        CloudWatchMetricSink(connect("cloudwatch", answer), "FleetScan").publish([metric(1.0)])


@mock_aws
def test_a_simulated_cloudwatch_takes_them() -> None:
    """Against moto, over the wire format botocore speaks."""
    cloudwatch = boto3.client("cloudwatch", region_name="eu-west-1")
    CloudWatchMetricSink(cloudwatch, "FleetScan").publish([metric(1.0, 2.0, Cluster="live"), metric(3.0, NodeGroup="")])
    expected = [("SlabUnreclaimable", "Cluster", "live"), ("SlabUnreclaimable", "NodeGroup", "-")]

    assert expected == sorted(
        (each.get("MetricName", ""), dimension["Name"], dimension["Value"])
        for each in cloudwatch.list_metrics(Namespace="FleetScan")["Metrics"]
        for dimension in each.get("Dimensions", [])
    )
