"""No secret of the fan-out is in a log: whole runs on good days and bad ones, with all that Lambda would keep.

The external id opens every account, and what STS gives out for it opens one for an hour; both are in the memory of the
functions. So are the credentials of their own roles, and links that open a report.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from moto.sts.models import sts_backends

from functions.fanout import conclude, plan, scan
from simulator.faults import Faults
from simulator.fleet import load
from simulator.organisation import EXTERNAL_ID
from tests.fixtures.fanout_guard import FanoutGuard
from tests.fixtures.fanout_network import FIRST, SECOND, THIRD, Network, split
from tests.fixtures.guarded_network import guarded_network
from tests.fixtures.kept_log import Log, kept
from tests.fixtures.stack_template import HUB

SESSION_TOKEN = "FwoGZXIvYXdzEDcaDExampleOfAHubsToken"  # noqa: S105 - opens nothing
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # noqa: S105 - the example of AWS's own manual
OWN = {
    "the external id": EXTERNAL_ID,
    "the session token of a role": SESSION_TOKEN,
    "the secret key of a role": SECRET_KEY,
    "the signature of a link": "X-Amz-Signature",
}
"""What can be known before."""
REFUSED = (
    "sts:AssumeRole",
    "s3:GetObject",
    "s3:PutObject",
    "dynamodb:*",
    "ec2:DescribeInstances",
    "ssm:SendCommand",
)
"""What is refused, one after the other: the way in, the hub's own, and what is asked of a spoke."""


@dataclass
class Days:
    """What was logged, and what should not have been."""

    log: Log
    secrets: Mapping[str, str]
    ends: Mapping[str, str]
    """Run -> how it ended."""
    messages: str


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Days:
    """Scan three accounts of which one is closed, badly, well, and then with each thing refused in turn."""
    fleet = load("incident")
    fleets = [*split(fleet, healthy_nodes=0)[:2], *split(fleet, healthy_nodes=9)[2:]]
    folder = tmp_path_factory.mktemp("fleets")
    own = {"AWS_SESSION_TOKEN": SESSION_TOKEN, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "FANOUT_TOLERATED_PERCENT": "50"}
    guard = FanoutGuard(fleets)
    with guarded_network(fleets, folder, guard, closed=frozenset({THIRD}), settings=own) as net, kept() as log:
        # While there is news: later there is nothing to publish.
        refused(net, "sns:Publish", minute=0)
        net.organisation.set_faults(Faults())
        net.scan("well", at(1))
        for minute, action in enumerate(REFUSED, start=2):
            refused(net, action, minute=minute)
        return Days(
            log=log,
            secrets=OWN | given_out(),
            ends={one.name: one.error or one.status for one in net.executions},
            messages=json.dumps(net.organisation.accounts[FIRST, "ap-south-1"].messages()),
        )


def refused(net: Network, action: str, *, minute: int) -> None:
    """Scan while every call of an action is refused."""
    net.organisation.set_faults(Faults(denied=frozenset({action})))
    net.scan(action.replace(":", "-").replace("*", "all"), at(minute))


def at(minute: int) -> str:
    """Return a time at which the schedule starts a scan."""
    return f"2026-01-15T06:{minute:02}:00Z"


def given_out() -> dict[str, str]:
    """Return all that STS has given out for the spokes' roles, by account."""
    return {
        f"{what} {number} of {account}": secret
        for account in (FIRST, SECOND)
        for number, role in enumerate(sts_backends[account]["aws"].assumed_roles)
        for what, secret in {
            "secret key": role.secret_access_key,
            "session token": role.session_token,
        }.items()
    }


def test_no_secret_is_in_the_log(days: Days) -> None:
    """Of all records and errors of the three functions, and of every library that they use."""
    assert days.log.found(days.secrets) == set()


def test_no_secret_but_a_links_signature_is_in_a_message(days: Days) -> None:
    """Which is what a link is for."""
    found = {name for name, secret in days.secrets.items() if secret in days.messages}

    assert found <= {"the signature of a link", "the session token of a role"}
    assert "the signature of a link" in found


def test_there_was_something_to_find(days: Days) -> None:
    """Sessions were given out for both accounts that let the hub in; else nothing would be proved."""
    accounts = {name.rpartition(" ")[2] for name in days.secrets if name.startswith("session token")}

    assert accounts == {FIRST, SECOND}


def test_the_days_were_bad_ones(days: Days) -> None:
    """Each refusal ended a run, or cost it a target."""
    expected = {
        "sns-Publish": "PublishError",
        "well": "SUCCEEDED",
        "sts-AssumeRole": "UnseenError",
        "s3-GetObject": "AccessError",
        "s3-PutObject": "AccessError",
        "dynamodb-all": "SUCCEEDED",
        "ec2-DescribeInstances": "UnseenError",
        "ssm-SendCommand": "UnseenError",
    }

    assert expected == days.ends


@pytest.mark.parametrize(
    "words",
    [
        "Scan planned",
        "Target scanned",
        "Scan completed",
        "AWS refused sts:AssumeRole",
        "AWS refused s3:GetObject",
        "AWS refused s3:PutObject",
        "AWS refused sns:Publish",
        "AWS refused dynamodb:PutItem",
        "AWS refused ec2:DescribeInstances",
        "AWS refused ssm:SendCommand",
    ],
)
def test_the_log_is_that_of_these_days(days: Days, words: str) -> None:
    """Otherwise nothing would be proved."""
    assert any(words in text for text in days.log.texts)


@pytest.mark.parametrize("name", sorted(OWN))
def test_a_secret_would_have_been_found(name: str) -> None:
    """In a field of a record, as in the test of the other functions."""
    with kept() as log:
        logging.getLogger("fleetscan.some").info("Words", extra={"thing": {"a": [OWN[name]]}})

    assert log.found(OWN) == {name}


def test_nothing_turns_on_the_logs_that_have_secrets_in_them() -> None:
    """The debug log of botocore has headers and bodies, that of Powertools events; every step logs from INFO on."""
    functions = [each for each in HUB["Resources"].values() if each["Type"] == "AWS::Serverless::Function"]
    variables = set(HUB["Globals"]["Function"]["Environment"]["Variables"])

    assert {each["Properties"]["LoggingConfig"]["ApplicationLogLevel"] for each in functions} == {"INFO"}
    assert variables & {"POWERTOOLS_LOGGER_LOG_EVENT", "POWERTOOLS_LOG_LEVEL", "POWERTOOLS_DEV", "LOG_LEVEL"} == set()
    assert {plan.logger.log_level, scan.logger.log_level, conclude.logger.log_level} == {logging.INFO}
