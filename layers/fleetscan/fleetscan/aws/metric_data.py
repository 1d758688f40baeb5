"""GetMetricData of CloudWatch: the newest half hour of some metrics; each metric that is read is billed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef, MetricDataResultTypeDef

QUERIES_PER_CALL = 500
"""GetMetricData ``MetricDataQueries``: at most 500 a call (CloudWatch API reference)."""
LOOK_BACK = timedelta(minutes=30)
"""Six periods of five minutes: enough for CloudWatch's delay of up to two of them, without accepting an old reading."""


def metric_data(
    cloudwatch: CloudWatchClient, queries: Iterable[MetricDataQueryTypeDef], *, now: float
) -> list[MetricDataResultTypeDef]:
    """Return what these at most ``QUERIES_PER_CALL`` queries found, newest first; pages may split one's datapoints."""
    end = datetime.fromtimestamp(now, UTC).replace(second=0, microsecond=0)
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=list(queries),
        StartTime=end - LOOK_BACK,
        EndTime=end,
        ScanBy="TimestampDescending",
    )
    return [result for page in pages for result in page["MetricDataResults"]]
