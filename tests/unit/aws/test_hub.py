"""The way into other accounts: which role, with which external id, in which Region."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fleetscan.aws.assumed import assumed, request
from fleetscan.aws.clients import Clients
from fleetscan.aws.hub import Hub
from fleetscan.aws.retry import TOO_LATE
from fleetscan.errors import AccessError
from fleetscan.model.target import Target

OTHER = Target(account="444455556666", region="cn-northwest-1")


class HubClients(Clients):
    """The hub's clients, with an STS that answers from a function."""

    def __init__(self, sts: Any) -> None:  # noqa: ANN401 - a client made by a test
        super().__init__(region="eu-west-1")
        vars(self)["sts"] = sts


def hub_of(clients: Clients) -> Hub:
    """Return a hub with these clients."""
    return Hub(
        clients=clients,
        bucket="runs",
        role_name="spoke",
        external_id="a-word-that-nobody-guesses",
        partition="aws-cn",
        place=Target(account="111122223333", region="cn-north-1"),
    )


def answer(asked: list[dict[str, Any]]) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    """Return an STS that lets everybody in and notes who asked."""

    def assume(_: str, given: dict[str, Any]) -> dict[str, Any]:
        asked.append(given)
        return {
            "Credentials": {
                "AccessKeyId": "ASIAABCDEFGHIJKLMNOP",
                "SecretAccessKey": "secret",
                "SessionToken": "token",
                "Expiration": datetime(2026, 1, 15, tzinfo=UTC),
            }
        }

    return assume


def test_a_role_is_assumed_with_the_external_id_for_the_targets_region(connect: Callable[..., Any]) -> None:
    """The session is called after the run, for the member account's CloudTrail."""
    asked: list[dict[str, Any]] = []
    hub = HubClients(connect("sts", answer(asked)))
    inside = assumed(hub, "arn:aws:iam::4:role/spoke", "an-external-id", region="ap-south-1", run="run-1")
    credentials = inside.session.get_credentials()
    expected = {
        "RoleArn": "arn:aws:iam::4:role/spoke",
        "ExternalId": "an-external-id",
        "RoleSessionName": "fleetscan-run-1",
        "DurationSeconds": 3_600,
    }

    assert asked == [expected]
    assert inside.region == "ap-south-1"
    assert inside.ec2.meta.region_name == "ap-south-1"
    assert credentials is not None
    assert (credentials.access_key, credentials.token) == ("ASIAABCDEFGHIJKLMNOP", "token")


def test_a_role_that_refuses_is_named(connect: Callable[..., Any]) -> None:
    """STS does not say whether it is not there or does not want us."""

    def refuse(operation: str, _: dict[str, Any]) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)

    with pytest.raises(AccessError, match="sts:AssumeRole on arn:aws:iam::4:role/spoke"):
        assumed(HubClients(connect("sts", refuse)), "arn:aws:iam::4:role/spoke", "id", region="eu-west-1", run="r")


@pytest.mark.parametrize(
    ("run", "expected"),
    [("a/b c\n", "fleetscan-abc"), ("é", "fleetscan-"), ("x" * 200, f"fleetscan-{'x' * 54}")],
)
def test_a_sessions_name_fits_whatever_the_run_is_called(run: str, expected: str) -> None:
    """STS takes few characters, and 64 of them."""
    assert expected == request("arn", "id", run)["RoleSessionName"]


def test_a_target_that_cannot_be_counted_counts_nothing(connect: Callable[..., Any]) -> None:
    """It is planned all the same, and its scan says why it cannot be scanned."""

    def refuse(operation: str, _: dict[str, Any]) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)

    closed = hub_of(HubClients(connect("sts", refuse)))

    assert closed.count(OTHER, "run-1", (), deadline=math.inf, margin_seconds=30.0) == 0


def test_a_target_is_not_counted_beyond_the_deadline(
    connect: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Its clients are new ones, and end with the plan all the same: nobody is asked, and the log says why."""
    late = hub_of(HubClients(connect("sts", answer([]))))

    assert late.count(OTHER, "run-1", (), deadline=0.0, margin_seconds=30.0) == 0
    assert TOO_LATE in caplog.text


def test_the_role_of_a_target_is_its_accounts(connect: Callable[..., Any]) -> None:
    """In the hub's own partition."""
    asked: list[dict[str, Any]] = []
    opened = hub_of(HubClients(connect("sts", answer(asked))))
    opened.enter(OTHER, "run-1")

    assert asked[0]["RoleArn"] == "arn:aws-cn:iam::444455556666:role/spoke"
    assert asked[0]["ExternalId"] == "a-word-that-nobody-guesses"
