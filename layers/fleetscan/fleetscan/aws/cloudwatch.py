"""Publishes metrics to CloudWatch: distributions, in as few PutMetricData calls as the API limits allow."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import batched
from typing import TYPE_CHECKING, cast

from fleetscan.aws.access import asking
from fleetscan.aws.names import printable
from fleetscan.model import Metric

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.literals import StandardUnitType
    from mypy_boto3_cloudwatch.type_defs import DimensionTypeDef, MetricDatumTypeDef, PutMetricDataInputTypeDef

PERMISSIONS = frozenset({"cloudwatch:PutMetricData"})

# Limits of PutMetricData and MetricDatum, from the CloudWatch API reference.
MOST_DATA = 1_000
"""Metrics in one request."""
MOST_VALUES = 150
"""Different values in one datum; each has a count."""
MOST_REQUEST_BYTES = 900_000
"""A request may have 1 MB (gzip, which botocore applies by itself, is not relied on); the estimate leaves a tenth."""
MOST_DIMENSIONS = 30
MOST_NAME_CHARACTERS = 255
"""Of a metric's name and of a dimension's name."""
MOST_VALUE_CHARACTERS = 1_024
"""Of a dimension's value; it must not be empty."""
LARGEST_VALUE = 2.0**360
"""Values lie between -2^360 and 2^360 and are neither NaN nor infinite."""

NO_VALUE = "-"
"""Stands for an empty dimension value, which CloudWatch refuses: an unknown node group is still a group."""

_DATUM_BYTES = 250
_DIMENSION_BYTES = 120
_VALUE_BYTES = 130
"""Sizes in the largest wire format of botocore (query): ``MetricData.member.999.Values.member.150=...&`` and the
count beside it."""


class CloudWatchMetricSink:
    """Publishes metrics into one namespace."""

    def __init__(self, cloudwatch: CloudWatchClient, namespace: str) -> None:
        self._cloudwatch = cloudwatch
        self._namespace = namespace

    def publish(self, metrics: Sequence[Metric]) -> None:
        """Publish all metrics; values outside CloudWatch's range are left out, and metrics without any other value.

        Raises AccessError when denied, and botocore's error when a call fails.
        """
        for query in requests(self._namespace, metrics):
            with asking("cloudwatch:PutMetricData", f"namespace {self._namespace}"):
                self._cloudwatch.put_metric_data(**query)


def requests(namespace: str, metrics: Iterable[Metric]) -> Iterator[PutMetricDataInputTypeDef]:
    """Yield requests, each within 1,000 data and the size limit; none when there are no metrics."""
    batch: list[MetricDatumTypeDef] = []
    size_bytes = 0
    for datum in (datum for metric in metrics for datum in data(metric)):
        cost_bytes = estimate_bytes(datum)
        if batch and (len(batch) == MOST_DATA or size_bytes + cost_bytes > MOST_REQUEST_BYTES):
            yield {"Namespace": namespace, "MetricData": batch}
            batch, size_bytes = [], 0
        batch.append(datum)
        size_bytes += cost_bytes
    if batch:
        yield {"Namespace": namespace, "MetricData": batch}


def data(metric: Metric) -> Iterator[MetricDatumTypeDef]:
    """Yield a metric as data of at most 150 different values, equal ones counted together."""
    counts = Counter(value for value in metric.values if math.isfinite(value) and abs(value) <= LARGEST_VALUE)
    for some in batched(sorted(counts.items()), MOST_VALUES, strict=False):
        yield {
            "MetricName": printable(metric.name, MOST_NAME_CHARACTERS),
            "Dimensions": [dimension(*pair) for pair in metric.dimensions[:MOST_DIMENSIONS]],
            "Values": [value for value, _ in some],
            "Counts": [float(count) for _, count in some],
            # CloudWatch rejects a wrong unit and lists the valid ones.
            "Unit": cast("StandardUnitType", metric.unit),
        }


def dimension(name: str, value: str) -> DimensionTypeDef:
    """Return a valid dimension: printable ASCII, bounded, never empty."""
    return {
        "Name": printable(name, MOST_NAME_CHARACTERS),
        "Value": printable(value, MOST_VALUE_CHARACTERS).strip() or NO_VALUE,
    }


def estimate_bytes(datum: MetricDatumTypeDef) -> int:
    """Return an upper bound of the bytes of a datum in a request."""
    dimensions = datum.get("Dimensions", [])
    # Percent-encoding turns one byte into three.
    text = len(datum["MetricName"]) + sum(len(each["Name"]) + len(each["Value"]) for each in dimensions)
    fixed = _DATUM_BYTES + _DIMENSION_BYTES * len(dimensions)
    return fixed + 3 * text + _VALUE_BYTES * len(datum.get("Values", []))
