"""CPU credits of burstable workers: the mode of all of them, the balances of those that may be throttled.

A balance of 0 alone is not evidence: an unlimited instance at 0 runs on at extra cost, a standard one is throttled. So
the mode is read first (EC2, free), then balances, surplus and utilisation together (CloudWatch, 0.01 USD per 1,000
metrics).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import batched
from typing import TYPE_CHECKING

from fleetscan.aws.access import asking
from fleetscan.aws.baselines import baseline
from fleetscan.aws.errors import AwsError, code
from fleetscan.aws.metric_data import QUERIES_PER_CALL, metric_data
from fleetscan.aws.run_command.bisection import divide, named
from fleetscan.model import CreditMode, Credits, Node
from fleetscan.model.burstable import is_burstable
from fleetscan.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import (
        MetricDataQueryTypeDef,
        MetricDataResultTypeDef,
    )
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import DescribeInstanceCreditSpecificationsRequestTypeDef

PERMISSIONS = frozenset({"ec2:DescribeInstanceCreditSpecifications", "cloudwatch:GetMetricData"})

SPECIFICATION_BATCH_SIZE = 500
"""DescribeInstanceCreditSpecifications takes at most 1,000 explicit ids (EC2 API reference); half of it keeps the
request small, and bisecting for one invalid id cheap."""
PERIOD_SECONDS = 300
"""Credit metrics come every five minutes and no finer (EC2 user guide)."""

METRICS = {
    "balance": "CPUCreditBalance",
    "surplus": "CPUSurplusCreditBalance",
    "charged": "CPUSurplusCreditsCharged",
    "utilization": "CPUUtilization",
}
"""Beginning of a query's id -> metric of the namespace AWS/EC2. Those of surplus exist only in unlimited mode."""

NODES_PER_CALL = QUERIES_PER_CALL // len(METRICS)
"""Nodes whose metrics fit one call."""


class Ec2CreditReader:
    """Reads modes from EC2 and balances from CloudWatch. ``wanted_mode`` is the mode set by the operator."""

    def __init__(
        self, ec2: EC2Client, cloudwatch: CloudWatchClient, clock: Clock, *, wanted_mode: CreditMode | None = None
    ) -> None:
        self._ec2 = ec2
        self._cloudwatch = cloudwatch
        self._clock = clock
        self._wanted_mode = wanted_mode

    def modes(self, nodes: Sequence[Node]) -> Mapping[str, CreditMode]:
        """Return instance id -> mode of the burstable nodes; one that EC2 does not know (any more) is absent.

        Raises AccessError when denied.
        """
        burstable = [node.instance_id for node in nodes if is_burstable(node.instance_type)]
        with asking("ec2:DescribeInstanceCreditSpecifications"):
            division = divide(burstable, self._specifications, rejected_ids, batch_size=SPECIFICATION_BATCH_SIZE)
        return {instance_id: mode for _, answer in division.answers for instance_id, mode in answer.items()}

    def credits(
        self,
        nodes: Sequence[Node],
        modes: Mapping[str, CreditMode],
        *,
        fresh: Collection[str] = (),  # noqa: ARG002  # this reader has no cache
    ) -> Mapping[str, Credits]:
        """Return instance id -> credits of those nodes that have a mode; a metric without a datapoint is None.

        Raises AccessError when denied.
        """
        asked = [node for node in nodes if node.instance_id in modes]
        latest: dict[tuple[str, str], float] = {}
        for some in batched(asked, NODES_PER_CALL, strict=False):
            latest |= self._latest(some)
        return {node.instance_id: self._of(node, modes[node.instance_id], latest) for node in asked}

    def _specifications(self, instance_ids: Sequence[str]) -> Mapping[str, CreditMode]:
        answer = self._ec2.describe_instance_credit_specifications(**specifications_request(instance_ids))
        known = {mode.value: mode for mode in CreditMode}
        return {
            found.get("InstanceId", ""): known[found.get("CpuCredits", "")]
            for found in answer.get("InstanceCreditSpecifications", [])
            if found.get("CpuCredits") in known
        }

    def _latest(self, nodes: Sequence[Node]) -> Mapping[tuple[str, str], float]:
        """Return (beginning of the query's id, instance id) -> newest value."""
        with asking("cloudwatch:GetMetricData"):
            asked = queries([node.instance_id for node in nodes])
            results = metric_data(self._cloudwatch, asked, now=self._clock())
        return {
            (what, nodes[int(index)].instance_id): value
            for query_id, value in newest(results)
            for what, _, index in [query_id.partition("_")]
            if what in METRICS and index.isascii() and index.isdigit() and int(index) < len(nodes)
        }

    def _of(self, node: Node, mode: CreditMode, latest: Mapping[tuple[str, str], float]) -> Credits:
        instance_id = node.instance_id
        earns = baseline(node.instance_type)
        percent = latest.get(("utilization", instance_id))
        return Credits(
            mode=mode,
            wanted_mode=self._wanted_mode,
            baseline_ratio=earns.baseline_ratio if earns else None,
            maximum_balance=earns.maximum_balance if earns else None,
            balance=latest.get(("balance", instance_id)),
            surplus_balance=latest.get(("surplus", instance_id)),
            surplus_charged=latest.get(("charged", instance_id)),
            cpu_utilization_ratio=None if percent is None else percent / 100,
        )


def specifications_request(instance_ids: Sequence[str]) -> DescribeInstanceCreditSpecificationsRequestTypeDef:
    """Return the request for the modes of these ids. Without ids EC2 would return the unlimited instances only."""
    return {"InstanceIds": list(instance_ids)}


def rejected_ids(error: AwsError, instance_ids: Sequence[str]) -> Sequence[str] | None:
    """Return the ids that are gone or not burstable according to EC2; a single one of either fails the whole call."""
    is_about_ids = code(error).startswith(("InvalidInstance", "InvalidParameter", "UnsupportedInstance"))
    return named(error, instance_ids) if is_about_ids else None


def queries(instance_ids: Sequence[str]) -> Iterator[MetricDataQueryTypeDef]:
    """Yield one query for each metric of each instance, as ``balance_0``; an id must begin with a lower-case letter."""
    for index, instance_id in enumerate(instance_ids):
        for what, metric in METRICS.items():
            yield {
                "Id": f"{what}_{index}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/EC2",
                        "MetricName": metric,
                        "Dimensions": [{"Name": "InstanceId", "Value": instance_id}],
                    },
                    "Period": PERIOD_SECONDS,
                    "Stat": "Average",
                },
                "ReturnData": True,
            }


def newest(results: Iterable[MetricDataResultTypeDef]) -> Iterator[tuple[str, float]]:
    """Yield each query's id and newest finite value. Pages may split one result, so its parts are compared by time."""
    best: dict[str, tuple[datetime, float]] = {}
    for result in results:
        query_id = result.get("Id", "")
        for at, value in zip(result.get("Timestamps", []), result.get("Values", []), strict=False):
            if math.isfinite(value) and (query_id not in best or at > best[query_id][0]):
                best[query_id] = (at, value)
    yield from ((query_id, value) for query_id, (_, value) in best.items())
