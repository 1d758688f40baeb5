"""Every call of the fan-out against the policies of its templates, both ways: nothing refused, nothing left over.

The state machine runs whole over two accounts in which IAM holds what fanout.yaml and spoke.yaml grant. Each function
signs as its own role, and in an account with what STS gave it there. What the policies rest on is enforced: resources,
tags of instances, partitions of the table, the namespace, Regions, the external id and who asks with it.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from fleetscan.aws.dynamodb.mute_edits import MuteEdits
from fleetscan.aws.dynamodb.table import Table
from fleetscan.model.episode import Mute
from simulator.account import TABLE_NAME
from simulator.fleet import load
from simulator.functions import Handler
from simulator.organisation import RUN_BUCKET_NAME
from simulator.state_machine import Execution
from tests.fixtures.fanout_guard import CONCLUDE, PLAN, SCAN, SPOKE, TRUST, FanoutGuard
from tests.fixtures.fanout_network import FIRST, SECOND, Network, split
from tests.fixtures.guarded_network import guarded_network

NOT_BY_OUR_CALLS = {
    "WriteItsLog": "Lambda writes the log of a function under its role",
}
"""Statements that no call of our code needs, each with who does."""
FLEETS = split(load("incident"), healthy_nodes=2)[:2]


@dataclass
class Played:
    """What was done, and what IAM had to say of it."""

    guard: FanoutGuard
    executions: Mapping[str, Execution]
    messages: list[dict[str, Any]]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Let each function do all that it can do, good days and bad ones."""
    guard = FanoutGuard(FLEETS)
    is_torn = False

    def tearing(handler: Handler) -> Handler:
        def scanning(event: dict[str, Any], context: Any) -> Any:  # noqa: ANN401 - the simulator's context
            if is_torn and event["target"]["account"] == SECOND:
                raise ValueError("Killed before it could leave a word")
            return handler(event, context)

        return scanning

    folder = tmp_path_factory.mktemp("fleets")
    with guarded_network(FLEETS, folder, guard, scanning=tearing, settings={"FANOUT_TOLERATED_PERCENT": "50"}) as net:
        url = net.organisation.endpoint_url
        mute(url)
        without_targets(net, url)
        net.scan("good", "2026-01-15T06:05:00Z")
        net.scan("late", "2026-01-15T06:05:00Z")
        is_torn = True
        net.scan("torn", "2026-01-15T06:20:00Z")
        messages = net.organisation.accounts[FIRST, "ap-south-1"].messages()
        follow(next(each["Message"] for each in messages if url in each["Message"]), url)
        return Played(guard=guard, executions={one.name: one for one in net.executions}, messages=messages)


def mute(endpoint_url: str) -> None:
    """Leave a mute that has run out, which is reported once."""
    over = datetime.now(UTC) - timedelta(hours=1)
    ended = Mute(id="ended", rule="load_high", until=over, why="has run out, which is reported once")
    MuteEdits(Table(boto3.client("dynamodb", endpoint_url=endpoint_url), TABLE_NAME)).add(ended)


def without_targets(net: Network, endpoint_url: str) -> None:
    """Scan while the list of targets is not there: a plan that fails gives its claim back."""
    client = boto3.client("s3", endpoint_url=endpoint_url)
    listed = client.get_object(Bucket=RUN_BUCKET_NAME, Key="targets.json")["Body"].read()
    client.delete_object(Bucket=RUN_BUCKET_NAME, Key="targets.json")
    net.scan("listless", "2026-01-15T06:00:00Z")
    client.put_object(Bucket=RUN_BUCKET_NAME, Key="targets.json", Body=listed)


def follow(words: str, endpoint_url: str) -> None:
    """Open the report that a message links to: S3 checks a link by what its signer may read."""
    text = json.loads(words)["text"] if words.startswith("{") else words
    link = next(line.strip() for line in text.splitlines() if line.strip().startswith(endpoint_url))
    with urllib.request.urlopen(link, timeout=30) as answer:  # noqa: S310 - of this machine
        assert answer.status == 200


@pytest.mark.parametrize("role", [PLAN, SCAN, CONCLUDE, SPOKE, TRUST])
def test_a_role_is_refused_nothing_that_its_function_asks_for(played: Played, role: str) -> None:
    """No call was refused, and not because none was made."""
    assert played.guard.refused[role] == set()
    assert played.guard.needed[role] != set()


@pytest.mark.parametrize("role", [PLAN, SCAN, CONCLUDE, SPOKE, TRUST])
def test_a_role_is_granted_nothing_that_its_function_does_not_need(played: Played, role: str) -> None:
    """Each action on each resource of each statement let a call pass, but for what Lambda itself does."""
    left_over = {
        grant
        for grant in played.guard.allowed[role] - played.guard.needed[role]
        if grant.split(" ")[0] not in NOT_BY_OUR_CALLS
    }

    assert left_over == set()


def test_what_is_excused_is_there_and_was_not_needed(played: Played) -> None:
    """An excuse that has lost its reason goes."""
    granted = set().union(*played.guard.allowed.values())
    needed = set().union(*played.guard.needed.values())

    for each in NOT_BY_OUR_CALLS:
        assert [grant for grant in granted if grant.startswith(f"{each} ")]
        assert not [grant for grant in needed if grant.startswith(f"{each} ")]


def test_the_functions_did_what_they_are_for(played: Played) -> None:
    """The play is whole: a plan that fails, a fleet that is seen and reported, a start that is late, a lost target."""
    found = {
        name: (one.status, one.error, one.output and (one.output.get("nodes"), one.output.get("unseen")))
        for name, one in played.executions.items()
    }
    expected = {
        "listless": ("FAILED", "SettingError", None),
        "good": ("SUCCEEDED", "", (5, 0)),
        "late": ("SUCCEEDED", "", (None, None)),
        "torn": ("SUCCEEDED", "", (4, 1)),
    }

    assert expected == found
