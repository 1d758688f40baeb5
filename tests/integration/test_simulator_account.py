"""The simulated account over HTTP: instances, credits, metrics, messages, and what can go wrong on the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from simulator.cluster import SimulatedAws
from simulator.faults import Faults
from simulator.fleet import load
from tests.fixtures.small_fleet import client

STANDARD = "i-00000000000000a02"
ORDINARY = "i-00000000000000a01"
AUTO_MODE = "i-00000000000000a03"
WINDOWS = "i-00000000000000a04"


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedAws]:
    """Provide the fleet of special nodes."""
    with SimulatedAws(load("special"), tmp_path_factory.mktemp("fleet")) as simulated:
        yield simulated


@pytest.fixture(autouse=True)
def no_faults(aws: SimulatedAws) -> Iterator[None]:
    """Leave no fault and no count behind."""
    yield
    aws.set_faults(Faults())
    aws.calls.clear()


def test_instances_have_the_ids_and_tags_of_the_data(aws: SimulatedAws) -> None:
    """And where it differs the platform and the operator."""
    ec2 = client(aws, "ec2")
    found = {
        instance["InstanceId"]: instance
        for reservation in ec2.describe_instances()["Reservations"]
        for instance in reservation["Instances"]
    }

    assert sorted(found) == sorted(node.instance_id for node in aws.fleet.nodes)
    assert {"Key": "aws:eks:cluster-name", "Value": "staging"} in found[ORDINARY]["Tags"]
    assert found[ORDINARY]["PrivateDnsName"] == "ip-10-1-0-11.eu-west-1.compute.internal"
    assert found[AUTO_MODE]["Operator"] == {"Managed": True, "Principal": "eks.amazonaws.com"}
    assert found[WINDOWS]["Platform"].lower() == "windows"


def test_clusters_without_workers_are_listed_too(aws: SimulatedAws) -> None:
    """EKS knows clusters that EC2 shows nothing of."""
    clusters = client(aws, "eks").list_clusters()["clusters"]

    assert sorted(clusters) == ["fargate-only", "staging"]


def test_credit_specifications_are_those_of_the_data(aws: SimulatedAws) -> None:
    """Moto says standard of everything; here an instance that is not burstable refuses the call, as in EC2."""
    ec2 = client(aws, "ec2")
    answer = ec2.describe_instance_credit_specifications(InstanceIds=[STANDARD])
    with pytest.raises(ClientError) as error:
        ec2.describe_instance_credit_specifications(InstanceIds=[STANDARD, ORDINARY])

    assert answer["InstanceCreditSpecifications"] == [{"InstanceId": STANDARD, "CpuCredits": "standard"}]
    assert ORDINARY in error.value.response["Error"]["Message"]


def test_credit_metrics_have_datapoints(aws: SimulatedAws) -> None:
    """Five-minute values of the last hour, in the namespace that only AWS can write."""
    now = datetime.now(UTC)
    metric = {
        "Namespace": "AWS/EC2",
        "MetricName": "CPUUtilization",
        "Dimensions": [{"Name": "InstanceId", "Value": STANDARD}],
    }
    answer = client(aws, "cloudwatch").get_metric_data(
        StartTime=now - timedelta(minutes=30),
        EndTime=now,
        MetricDataQueries=[{"Id": "a", "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Average"}}],
    )

    assert set(answer["MetricDataResults"][0]["Values"]) == {20.0}


def test_what_is_published_can_be_read(aws: SimulatedAws) -> None:
    """The topic has a queue behind it."""
    sns = client(aws, "sns")
    sns.publish(TopicArn=aws.environment["FLEETSCAN_TOPIC_ARN"], Subject="three nodes", Message="look")

    assert [(each["Subject"], each["Message"]) for each in aws.messages] == [("three nodes", "look")]


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "expected"),
    [
        ("ec2", "describe_instances", {}, ("ec2:DescribeInstances", "UnauthorizedOperation")),
        ("ssm", "list_commands", {}, ("ssm:ListCommands", "AccessDeniedException")),
        ("eks", "list_clusters", {}, ("eks:ListClusters", "AccessDeniedException")),
        ("cloudwatch", "list_metrics", {}, ("cloudwatch:ListMetrics", "AccessDeniedException")),
        ("sns", "list_topics", {}, ("sns:ListTopics", "AuthorizationError")),
    ],
)
def test_a_denied_action_is_refused_in_the_services_own_protocol(
    aws: SimulatedAws, service: str, operation: str, arguments: dict[str, str], expected: tuple[str, str]
) -> None:
    """Query, JSON, REST and CBOR alike: botocore reads code and message, and the call is counted."""
    action, code = expected
    aws.set_faults(Faults(denied=frozenset({action})))
    asked = client(aws, service)
    with pytest.raises(ClientError) as error:
        getattr(asked, operation)(**arguments)

    assert error.value.response["Error"]["Code"] == code
    assert action in error.value.response["Error"]["Message"]
    assert aws.calls.counts == {action: 1}


def test_a_quarter_of_the_calls_is_throttled_when_the_data_say_so(aws: SimulatedAws) -> None:
    """Evenly: the fourth, the eighth."""
    aws.set_faults(Faults(throttled_share=0.25))
    ssm = client(aws, "ssm")
    codes = []
    for _ in range(8):
        try:
            ssm.list_commands()
            codes.append("")
        except ClientError as error:
            codes.append(error.response["Error"]["Code"])

    assert codes.count("ThrottlingException") == 2
