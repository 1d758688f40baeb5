"""Every call of every function against the template's own policies, both ways: nothing refused, nothing left over.

The functions run whole against the simulated account, in which IAM holds what template.yaml grants. Each signs as its
own role. What the policies rest on is enforced: resources, tags of instances, partitions of the table, the namespace.
"""

from __future__ import annotations

import json
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest

from fleetscan.aws.dynamodb.mute_edits import MuteEdits
from fleetscan.aws.dynamodb.table import Table
from fleetscan.bootstrap import clients
from fleetscan.errors import PublishError
from fleetscan.model import CaptureStatus, Report
from fleetscan.model.episode import Mute
from functions.scan import app as scan
from simulator import demo
from simulator.account import TABLE_NAME
from simulator.cluster import SimulatedAws
from simulator.earlier import earlier
from simulator.faults import Faults
from tests.fixtures.guarded_account import SCAN, SLACK, WIDGET, Account, guarded, small
from tests.fixtures.iam_guard import Guard
from tests.fixtures.slack_server import refusal
from tests.fixtures.stack_policies import one_region

ROOT = Path(__file__).parents[2]

NOT_BY_OUR_CALLS = {
    "WriteItsLog": "Lambda writes the log of a function under its role",
    "KeepWhatFailed": "Lambda hands over the event of a scan that was given up",
    "KeepNetworkInterfaces": "Lambda puts the function into subnets, where there are any",
    "TakeMessages": "Lambda takes messages from the queue for the function",
}
"""Statements that no call of our code needs, each with who does."""
ONLY_AT_TIMES = {
    "PostOnce dynamodb:GetItem": "Powertools reads the record only where a refused PutItem does not bring it along",
}
"""Grants that no step of this play can need, each with when they are needed."""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Account:
    """Let each function do all that it can do, good days and bad ones."""
    fleet, folder = small(), tmp_path_factory.mktemp("fleet")
    with guarded(fleet, folder) as account:
        aws = account.aws
        account.pages.append(account.widget())
        ended = Mute(
            id="ended",
            rule="load_high",
            until=datetime.now(UTC) - timedelta(hours=1),
            why="has run out, which is reported once",
        )
        with account.acting("a-person"):
            MuteEdits(Table(boto3.client("dynamodb", endpoint_url=aws.endpoint_url), TABLE_NAME)).add(ended)
        # A pod died four hours ago; what the cluster reports that is kept.
        aws.become(earlier(fleet), folder / "earlier")
        account.scan(0)
        aws.become(fleet, folder / "now")
        account.scan(5)
        account.pages.append(account.widget())
        # A scan that fails gives its claim back.
        aws.set_faults(Faults(denied=frozenset({"cloudwatch:PutMetricData"})))
        with pytest.raises(PublishError):
            account.scan(10)
        aws.set_faults(Faults())
        reported = next(each for each in aws.messages if aws.endpoint_url in each["Message"])
        words = json.loads(reported["Message"])["text"] if reported["Message"].startswith("{") else reported["Message"]
        url = next(line.strip() for line in words.splitlines() if line.strip().startswith(aws.endpoint_url))
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - of this machine
            assert answer.status == 200
        # Slack refuses, takes, is asked again; each kind of secret opens it.
        account.chat.answers.append(refusal("channel_not_found"))
        with pytest.raises(Exception, match="All records failed"):
            account.slack(account.secrets[0], reported, 1)
        for secret in account.secrets:
            assert account.slack(secret, reported, 1) == {"batchItemFailures": []}
        # A report that is no longer there.
        (record,) = json.loads((ROOT / "events" / "sqs.json").read_text())["Records"]
        assert account.slack(account.secrets[0], json.loads(record["body"]), 2) == {"batchItemFailures": []}
    return account


@pytest.mark.parametrize("role", [SCAN, SLACK, WIDGET])
def test_a_role_is_refused_nothing_that_its_function_asks_for(played: Account, role: str) -> None:
    """No call was refused, and not because none was made."""
    assert played.refused[role] == set()
    assert played.needed[role] != set()


@pytest.mark.parametrize("role", [SCAN, SLACK, WIDGET])
def test_a_role_is_granted_nothing_that_its_function_does_not_need(played: Account, role: str) -> None:
    """Each action on each resource of each statement let a call pass, but for what Lambda itself does."""
    left_over = {
        grant
        for grant in played.allowed[role] - played.needed[role]
        if grant.split(" ")[0] not in NOT_BY_OUR_CALLS
        and not grant.startswith(tuple(f"{each} " for each in ONLY_AT_TIMES))
    }

    assert left_over == set()


def test_what_is_excused_is_there_and_was_not_needed(played: Account) -> None:
    """An excuse that has lost its reason goes."""
    granted = set().union(*played.allowed.values())
    needed = set().union(*played.needed.values())
    excused = {*NOT_BY_OUR_CALLS, *ONLY_AT_TIMES} - {"KeepNetworkInterfaces"}

    for each in excused:
        assert [grant for grant in granted if grant.startswith(f"{each} ")]
        assert not [grant for grant in needed if grant.startswith(f"{each} ")]


def test_the_functions_did_what_they_are_for(played: Account) -> None:
    """The play is whole: a report before and after, and posts."""
    before, after = played.pages

    assert "There is no report yet" in before
    assert "failing now" in after
    assert len(played.chat.posts) == 2


def test_an_instance_without_the_tag_is_not_sent_to(tmp_path: Path) -> None:
    """The policy's condition holds it back, the scan says so, and the other node is scanned."""
    fleet = small()
    guard = Guard(fleet, {SCAN: one_region(fleet).grants(SCAN)})
    untagged = fleet.nodes[1].instance_id
    guard.tagless.add(untagged)
    with SimulatedAws(fleet, tmp_path, guard=guard) as aws:
        clients.forget()  # a role's clients are the role's
        with demo.environment(aws.environment | {"AWS_ACCESS_KEY_ID": SCAN}):
            report: Report = scan.run(time.time() + 240, account=fleet.account)
    found = {each.node.instance_id: each.coverage for each in report.diagnoses}

    assert found[fleet.nodes[0].instance_id].status is CaptureStatus.ANSWERED
    assert found[untagged].status is CaptureStatus.FAILED
    assert "possibly because the policy does not cover its tags" in found[untagged].reason
