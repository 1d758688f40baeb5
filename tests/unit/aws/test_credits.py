"""CPU credits of burstable workers."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from fleetscan.aws.credits import Ec2CreditReader, newest
from fleetscan.errors import AccessError
from fleetscan.model import CreditMode, Credits, Node

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


def worker(number: int, instance_type: str = "t3a.medium") -> Node:
    """Return a worker."""
    return Node(instance_id=f"i-{number:017x}", instance_type=instance_type)


def nothing(_: str, __: dict[str, Any]) -> dict[str, Any]:
    """Answer for a service that must not be asked."""
    raise AssertionError("this service was not to be asked")


def refuse(_: str, __: dict[str, Any]) -> dict[str, Any]:
    """Answer for a role without permissions."""
    raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not authorized"}}, "Operation")


def specifications(given: dict[str, Any], modes: dict[str, str]) -> dict[str, Any]:
    """Return what EC2 says of the ids asked for; it knows those of ``modes`` only."""
    if unknown := [each for each in given["InstanceIds"] if each not in modes]:
        message = f"The instance IDs '{', '.join(unknown)}' do not exist"
        raise ClientError({"Error": {"Code": "InvalidInstanceID.NotFound", "Message": message}}, "Operation")
    found = [{"InstanceId": each, "CpuCredits": modes[each]} for each in given["InstanceIds"]]
    return {"InstanceCreditSpecifications": found}


class TestModes:
    """Ec2CreditReader.modes."""

    def test_only_burstable_nodes_are_asked_about(self, connect: Callable[..., Any]) -> None:
        """EC2 fails the whole call for one that is not."""
        asked: list[dict[str, Any]] = []

        def answer(_: str, given: dict[str, Any]) -> dict[str, Any]:
            asked.append(given)
            return specifications(given, {worker(1).instance_id: "unlimited", worker(3).instance_id: "standard"})

        reader = Ec2CreditReader(connect("ec2", answer), connect("cloudwatch", nothing), NOW.timestamp)
        expected = {worker(1).instance_id: CreditMode.UNLIMITED, worker(3).instance_id: CreditMode.STANDARD}

        assert expected == reader.modes([worker(1), worker(2, "m5.large"), worker(3, "t2.micro")])
        assert asked == [{"InstanceIds": [worker(1).instance_id, worker(3).instance_id]}]

    def test_a_fleet_without_burstable_nodes_costs_no_call(self, connect: Callable[..., Any]) -> None:
        """Without ids EC2 would answer for all unlimited instances of the account."""
        reader = Ec2CreditReader(connect("ec2", nothing), connect("cloudwatch", nothing), NOW.timestamp)
        expected: dict[str, CreditMode] = {}

        assert expected == reader.modes([worker(1, "m5.large"), worker(2, "c7i-flex.large")])

    def test_an_instance_that_is_gone_does_not_hide_the_others(self, connect: Callable[..., Any]) -> None:
        """It is simply absent; batches are of 500."""
        known = {worker(number).instance_id: "unlimited" for number in range(700) if number != 3}
        sizes: list[int] = []

        def answer(_: str, given: dict[str, Any]) -> dict[str, Any]:
            sizes.append(len(given["InstanceIds"]))
            return specifications(given, known)

        reader = Ec2CreditReader(connect("ec2", answer), connect("cloudwatch", nothing), NOW.timestamp)

        assert set(known) == set(reader.modes([worker(number) for number in range(700)]))
        assert sizes == [500, 499, 200]

    def test_a_mode_that_we_do_not_know_is_no_mode(self, connect: Callable[..., Any]) -> None:
        """Unknown is neither standard nor unlimited."""
        ec2 = connect("ec2", lambda _, given: specifications(given, {worker(1).instance_id: "turbo"}))
        expected: dict[str, CreditMode] = {}

        assert expected == Ec2CreditReader(ec2, connect("cloudwatch", nothing), NOW.timestamp).modes([worker(1)])

    def test_a_refusal_names_the_action(self, connect: Callable[..., Any]) -> None:
        """So that the report can say what was not asked and why."""
        reader = Ec2CreditReader(connect("ec2", refuse), connect("cloudwatch", nothing), NOW.timestamp)

        with pytest.raises(AccessError, match="ec2:DescribeInstanceCreditSpecifications"):
            reader.modes([worker(1)])

    @mock_aws
    def test_a_simulated_ec2_answers_alike(self) -> None:
        """Against moto."""
        ec2 = boto3.client("ec2", region_name="eu-west-1")
        made = ec2.run_instances(
            ImageId="ami-12c6146b",
            MinCount=1,
            MaxCount=1,
            InstanceType="t3a.medium",
        )
        instance_id = made["Instances"][0].get("InstanceId", "")
        reader = Ec2CreditReader(ec2, boto3.client("cloudwatch", region_name="eu-west-1"), NOW.timestamp)
        expected = {instance_id: CreditMode.STANDARD}

        assert expected == reader.modes([Node(instance_id=instance_id, instance_type="t3a.medium")])


def series(query_id: str, *values: float, newest: datetime = NOW) -> dict[str, Any]:
    """Return a result of GetMetricData, newest value first."""
    times = [newest - timedelta(minutes=5 * index) for index in range(len(values))]
    return {"Id": query_id, "Label": "x", "Timestamps": times, "Values": list(values), "StatusCode": "Complete"}


class TestCredits:
    """Ec2CreditReader.credits."""

    def test_the_newest_datapoints_become_credits(self, connect: Callable[..., Any]) -> None:
        """The incident: balance 0, surplus at its most, unlimited, CPU at 100%: not throttled."""
        results = [
            series("balance_0", 0.0, 12.0),
            series("surplus_0", 576.0),
            series("charged_0", 1.5),
            series("utilization_0", 99.0, 3.0),
        ]
        reader = Ec2CreditReader(
            connect("ec2", nothing),
            connect("cloudwatch", lambda *_: {"MetricDataResults": results}),
            NOW.timestamp,
            wanted_mode=CreditMode.STANDARD,
        )
        expected = {
            worker(1).instance_id: Credits(
                mode=CreditMode.UNLIMITED,
                wanted_mode=CreditMode.STANDARD,
                baseline_ratio=0.2,
                maximum_balance=576,
                balance=0.0,
                surplus_balance=576.0,
                surplus_charged=1.5,
                cpu_utilization_ratio=0.99,
            )
        }

        assert expected == reader.credits([worker(1)], {worker(1).instance_id: CreditMode.UNLIMITED})

    def test_a_metric_without_a_datapoint_is_unknown_and_never_zero(self, connect: Callable[..., Any]) -> None:
        """A standard instance has no surplus metrics; a new instance has none at all; NaN is no number."""
        results = [series("balance_0"), series("surplus_0", math.nan), series("charged_0", math.inf)]
        reader = Ec2CreditReader(
            connect("ec2", nothing), connect("cloudwatch", lambda *_: {"MetricDataResults": results}), NOW.timestamp
        )
        expected = {worker(1).instance_id: Credits(mode=CreditMode.STANDARD, baseline_ratio=0.2, maximum_balance=576)}

        assert expected == reader.credits([worker(1)], {worker(1).instance_id: CreditMode.STANDARD})

    def test_the_request_asks_for_four_metrics_of_the_last_half_hour(self, connect: Callable[..., Any]) -> None:
        """In periods of five minutes, newest first, from whole minutes."""
        asked: list[dict[str, Any]] = []

        def answer(_: str, given: dict[str, Any]) -> dict[str, Any]:
            asked.append(given)
            return {"MetricDataResults": []}

        Ec2CreditReader(connect("ec2", nothing), connect("cloudwatch", answer), NOW.timestamp).credits(
            [worker(1)], {worker(1).instance_id: CreditMode.STANDARD}
        )
        expected = [
            ("balance_0", "CPUCreditBalance"),
            ("surplus_0", "CPUSurplusCreditBalance"),
            ("charged_0", "CPUSurplusCreditsCharged"),
            ("utilization_0", "CPUUtilization"),
        ]

        assert expected == [
            (each["Id"], each["MetricStat"]["Metric"]["MetricName"]) for each in asked[0].pop("MetricDataQueries")
        ]
        assert asked == [
            {
                "StartTime": datetime(2026, 5, 4, 2, 32, tzinfo=UTC),
                "EndTime": datetime(2026, 5, 4, 3, 2, tzinfo=UTC),
                "ScanBy": "TimestampDescending",
            }
        ]

    def test_125_nodes_make_one_call_and_pages_are_joined_by_time(self, connect: Callable[..., Any]) -> None:
        """500 queries a call; a page may hold older values of a result that an earlier page began."""
        sizes: list[int] = []

        def answer(_: str, given: dict[str, Any]) -> dict[str, Any]:
            if given.get("NextToken"):
                return {"MetricDataResults": [series("balance_0", 9.0, newest=NOW - timedelta(minutes=10))]}
            sizes.append(len(given["MetricDataQueries"]))
            return {"MetricDataResults": [series("balance_0", 7.0)], "NextToken": "2"}

        nodes = [worker(number) for number in range(126)]
        modes = dict.fromkeys((node.instance_id for node in nodes), CreditMode.STANDARD)
        reader = Ec2CreditReader(connect("ec2", nothing), connect("cloudwatch", answer), NOW.timestamp)

        found = reader.credits(nodes, modes)

        assert sizes == [500, 4]
        assert {
            number: found[worker(number).instance_id].balance
            for number in range(126)
            if found[worker(number).instance_id].balance is not None
        } == {0: 7.0, 125: 7.0}

    def test_a_node_without_a_mode_is_not_asked_about(self, connect: Callable[..., Any]) -> None:
        """Nothing to ask, no call."""
        reader = Ec2CreditReader(connect("ec2", nothing), connect("cloudwatch", nothing), NOW.timestamp)
        expected: dict[str, Credits] = {}

        assert expected == reader.credits([worker(1)], {})

    @pytest.mark.parametrize("query_id", ["balance_7", "balance", "other_0", "balance_x", "balance_²"])
    def test_a_result_that_was_not_asked_for_is_ignored(self, connect: Callable[..., Any], query_id: str) -> None:
        """It belongs to nobody."""
        cloudwatch = connect("cloudwatch", lambda *_: {"MetricDataResults": [series(query_id, 1.0)]})
        reader = Ec2CreditReader(connect("ec2", nothing), cloudwatch, NOW.timestamp)
        expected = {worker(1).instance_id: Credits(mode=CreditMode.STANDARD, baseline_ratio=0.2, maximum_balance=576)}

        assert expected == reader.credits([worker(1)], {worker(1).instance_id: CreditMode.STANDARD})

    def test_a_refusal_names_the_action(self, connect: Callable[..., Any]) -> None:
        """Balances that may not be read are not zero."""
        reader = Ec2CreditReader(connect("ec2", nothing), connect("cloudwatch", refuse), NOW.timestamp)

        with pytest.raises(AccessError, match="cloudwatch:GetMetricData"):
            reader.credits([worker(1)], {worker(1).instance_id: CreditMode.STANDARD})


def test_the_newest_value_counts_in_whatever_order_the_parts_come() -> None:
    """Pages may split one result; what is no number is older than any."""
    newer: Any = series("balance_0", math.nan, 7.0)
    older: Any = series("balance_0", 9.0, newest=NOW - timedelta(minutes=10))

    assert list(newest([newer, older])) == list(newest([older, newer])) == [("balance_0", 7.0)]
