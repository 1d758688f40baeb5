"""The one place that makes clients."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import boto3
import pytest
from botocore.exceptions import ProfileNotFound

from fleetscan.aws.clients import MARGIN_SHARES, Clients, accepts, config
from fleetscan.aws.retry import TOO_LATE, CallSkippedError


def test_clients_retry_adaptively_and_do_not_wait_for_ever() -> None:
    """A throttled scan slows down instead of failing; a dead connection does not eat the deadline."""
    made: Any = Clients(region="eu-west-1").ssm.meta.config

    expected = ({"mode": "adaptive", "total_max_attempts": 10}, 3, 15)

    assert expected == (made.retries, made.connect_timeout, made.read_timeout)
    assert "fleetscan" in made.user_agent_extra


@pytest.mark.parametrize("service", ["eks", "cloudwatch", "dynamodb", "s3"])
def test_what_a_message_waits_for_is_given_up_in_time_for_it(service: str) -> None:
    """Five seconds for an answer, and by the clock before the topic's own time is over (``Patience``)."""
    made: Any = getattr(Clients(region="eu-west-1"), service).meta.config

    assert (made.connect_timeout, made.read_timeout) == (2, 5)
    assert MARGIN_SHARES[service] < MARGIN_SHARES["sns"] < 1


def test_the_secret_of_a_channel_is_given_up_in_time_for_the_posting() -> None:
    """Five attempts that nobody answers are an outage, and leave a minute's function time to say so."""
    made: Any = Clients(region="eu-west-1").secrets_manager.meta.config

    assert (made.connect_timeout, made.read_timeout) == (2, 5)


def test_each_client_has_its_part_of_a_scans_time() -> None:
    """One that is added later cannot be forgotten."""
    expected = {name for name, made in vars(Clients).items() if isinstance(made, cached_property)} - {"session"}

    assert expected == set(MARGIN_SHARES)


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("secrets_manager", "list_secrets"),
        ("sts", "get_caller_identity"),
        ("ec2", "describe_instances"),
        ("ssm", "list_commands"),
        ("eks", "list_clusters"),
        ("dynamodb", "list_tables"),
        ("cloudwatch", "list_metrics"),
        ("s3", "list_buckets"),
        ("sns", "list_topics"),
    ],
)
def test_no_client_asks_when_the_time_of_a_scan_is_over(service: str, operation: str) -> None:
    """Each is watched by the patience of its own service."""
    clients = Clients(region="eu-west-1", clock=lambda: 1_000.0).begin(900.0, 30.0)

    with pytest.raises(CallSkippedError, match=TOO_LATE):
        getattr(getattr(clients, service), operation)()


@pytest.mark.parametrize("service", ["ec2", "eks", "ssm", "cloudwatch", "s3", "sns", "sts"])
def test_each_client_is_made_once_for_the_region_asked_for(service: str) -> None:
    """Lazily, and never twice."""
    clients = Clients(region="ap-south-1")
    first = getattr(clients, service)

    assert first is getattr(clients, service)
    assert ("ap-south-1", service) == (first.meta.region_name, first.meta.service_model.service_name)


def test_making_clients_needs_neither_region_nor_credentials() -> None:
    """Nothing happens before the first client is asked for."""
    assert "session" not in vars(Clients(profile="no-such-profile"))


def test_an_unknown_profile_is_an_error_when_it_is_first_needed() -> None:
    """Its own words say which."""
    with pytest.raises(ProfileNotFound, match="no-such-profile"):
        _ = Clients(profile="no-such-profile").region


def test_the_region_comes_from_the_environment_when_none_is_given() -> None:
    """As in Lambda."""
    expected = "eu-west-1"

    assert expected == Clients().region


def test_every_call_can_be_sent_elsewhere() -> None:
    """A simulated AWS on this machine is one endpoint for all services."""
    expected = "http://127.0.0.1:5000"

    assert expected == Clients(region="eu-west-1", endpoint_url="http://127.0.0.1:5000").ec2.meta.endpoint_url


def test_a_parameter_of_this_botocore_is_known_and_one_of_the_future_is_not() -> None:
    """The Lambda runtime's copy may be older than a feature."""
    ec2 = boto3.client("ec2", region_name="eu-west-1", config=config())

    assert accepts(ec2, "DescribeInstances", "Filters")
    assert not accepts(ec2, "DescribeInstances", "NotYetInvented")


def test_the_account_is_asked_of_sts(connect: Callable[[str, Any], Any]) -> None:
    """For the report's heading."""
    clients = Clients(region="eu-west-1")
    clients.__dict__["sts"] = connect(
        "sts", lambda *_: {"Account": "123456789012", "UserId": "x", "Arn": "arn:aws:iam::123456789012:user/x"}
    )
    expected = "123456789012"

    assert expected == clients.account()
