"""Every call of every function against the template's own policies, both ways: nothing refused, nothing left over.

The functions run whole against the simulated account, in which IAM holds what template.yaml grants. Each signs as its
own role. What the policies rest on is enforced: resources, tags of instances, partitions of the table, the namespace.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest

from fleetscan.aws.mute_edits import MuteEdits
from fleetscan.errors import PublishError
from fleetscan.model import CaptureStatus, Report
from fleetscan.model.episode import Mute
from functions.scan import app as scan
from functions.slack import app as slack
from functions.widget import app as widget
from simulator import demo
from simulator.account import TABLE_NAME
from simulator.cluster import SimulatedAws
from simulator.earlier import earlier
from simulator.faults import Faults
from simulator.fleet import Fleet, load
from tests.fixtures.iam_guard import Guard, key_of
from tests.fixtures.slack_server import CHANNEL, TOKEN, SlackServer, refusal, slack_server
from tests.fixtures.stack_policies import CHAT_TOPIC_NAME, Grant, Stack

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

ROOT = Path(__file__).parents[2]
SCAN, SLACK, WIDGET = "ScanRole", "SlackRole", "WidgetRole"

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


@dataclass
class Context:
    """What Lambda tells a function about its invocation."""

    function_name: str = "fleetscan-Function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:ap-south-1:123456789012:function:fleetscan-Function"
    aws_request_id: str = "3f2b6c1e-8f5d-4c0b-9a36-5d0c4b1f7a21"

    def get_remaining_time_in_millis(self) -> int:
        """Return what is left: 90 seconds."""
        return 90_000


CONTEXT = cast("LambdaContext", Context())


@dataclass
class Account:
    """A simulated account with IAM; each function is called as its role."""

    aws: SimulatedAws
    chat: SlackServer
    needed: Mapping[str, set[str]]
    refused: Mapping[str, set[str]]
    secrets: tuple[str, ...]
    allowed: Mapping[str, set[str]]
    """Role -> every grant of the template."""
    pages: list[str] = field(default_factory=list)

    @contextmanager
    def acting(self, role: str, **more: str) -> Iterator[None]:
        """Sign as a role while the block runs; the other variables are those of its function alone."""
        given = {name: value for name, value in self.aws.environment.items() if name.startswith("AWS_")}
        with demo.environment(given | {"AWS_ACCESS_KEY_ID": role} | more):
            yield

    def scan(self, minute: int) -> dict[str, Any]:
        """Invoke the scan with the event of a minute."""
        own = {name: value for name, value in self.aws.environment.items() if name.startswith("FLEETSCAN_")}
        own["FLEETSCAN_CHAT_TOPIC_ARN"] = own["FLEETSCAN_TOPIC_ARN"].replace("fleetscan-findings", CHAT_TOPIC_NAME)
        scan._clients.cache_clear()  # noqa: SLF001 - a role's clients are the role's
        with self.acting(SCAN, **own):
            event = {"source": "fleetscan.schedule", "scheduled_at": f"2026-01-15T06:{minute:02d}:00Z"}
            return scan.handler(event, CONTEXT)

    def widget(self) -> str:
        """Invoke the widget."""
        with self.acting(WIDGET, FLEETSCAN_BUCKET_NAME=self.aws.environment["FLEETSCAN_BUCKET_NAME"]):
            return widget.handler({}, CONTEXT)

    def slack(self, secret: str, notification: Mapping[str, Any], number: int) -> dict[str, Any]:
        """Invoke the Slack function with one notification of the topic."""
        (record,) = json.loads((ROOT / "events" / "sqs.json").read_text())["Records"]
        body = {**json.loads(record["body"]), **notification, "MessageId": f"{number:08}-0000-0000-0000-000000000000"}
        own = {
            "FLEETSCAN_BUCKET_NAME": self.aws.environment["FLEETSCAN_BUCKET_NAME"],
            "FLEETSCAN_SLACK_API_URL": self.chat.api_url,
            "FLEETSCAN_SLACK_CHANNEL": CHANNEL,
            "FLEETSCAN_SLACK_SECRET_ARN": secret,
            "FLEETSCAN_TABLE_NAME": TABLE_NAME,
        }
        with self.acting(SLACK, **own):
            return slack.handler({"Records": [{**record, "body": json.dumps(body)}]}, CONTEXT)


def small() -> Fleet:
    """Return the incident's fleet cut down to its sick node and a healthy one."""
    fleet = load("incident")
    return replace(fleet, nodes=(fleet.nodes[0], fleet.nodes[3]))


def is_void(grant: Grant) -> bool:
    """Tell whether a grant opens a secret with the other service's action, which opens nothing."""
    return grant.sid == "ReadItsSecret" and grant.action.partition(":")[0] != grant.resource.split(":")[2]


@contextmanager
def guarded(fleet: Fleet, folder: Path) -> Iterator[Account]:
    """Provide an account in which the template's policies hold; who has no role in it may do everything."""
    secrets = (
        f"arn:aws:secretsmanager:{fleet.region}:{fleet.account}:secret:fleetscan/slack-*",
        f"arn:aws:ssm:{fleet.region}:{fleet.account}:parameter/fleetscan/slack",
    )
    stacks = [Stack(fleet=fleet, slack_arn=each) for each in secrets]
    grants = {
        SCAN: stacks[0].grants(SCAN),
        SLACK: tuple(grant for stack in stacks for grant in stack.grants(SLACK) if not is_void(grant)),
        WIDGET: stacks[0].grants(WIDGET),
    }
    guard = Guard(fleet, grants)
    with (
        slack_server() as chat,
        SimulatedAws(fleet, folder, has_kubernetes=True, guard=guard) as aws,
    ):
        account = Account(
            aws=aws,
            chat=chat,
            needed=guard.needed,
            refused=guard.refused,
            secrets=secrets,
            allowed={role: {key_of(grant) for grant in each} for role, each in grants.items()},
        )
        with account.acting("a-person"):
            boto3.client("sns", endpoint_url=aws.endpoint_url).create_topic(Name=CHAT_TOPIC_NAME)
            opened = boto3.client("secretsmanager", endpoint_url=aws.endpoint_url).create_secret(
                Name="fleetscan/slack", SecretString=TOKEN
            )
            boto3.client("ssm", endpoint_url=aws.endpoint_url).put_parameter(
                Name="/fleetscan/slack", Value=TOKEN, Type="SecureString"
            )
        account.secrets = (opened["ARN"], secrets[1])
        yield account


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
            why="has run out, which is told once",
        )
        with account.acting("a-person"):
            MuteEdits(boto3.client("dynamodb", endpoint_url=aws.endpoint_url), TABLE_NAME).add(ended)
        # A pod died four hours ago; what the cluster tells of that is kept.
        aws.become(earlier(fleet), folder / "earlier")
        account.scan(0)
        aws.become(fleet, folder / "now")
        account.scan(5)
        account.pages.append(account.widget())
        # A scan that fails gives its claim back.
        aws.weather(Faults(denied=frozenset({"cloudwatch:PutMetricData"})))
        with pytest.raises(PublishError):
            account.scan(10)
        aws.weather(Faults())
        told = next(each for each in aws.messages if aws.endpoint_url in each["Message"])
        words = json.loads(told["Message"])["text"] if told["Message"].startswith("{") else told["Message"]
        url = next(line.strip() for line in words.splitlines() if line.strip().startswith(aws.endpoint_url))
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - of this machine
            assert answer.status == 200
        # Slack refuses, takes, is asked again; each kind of secret opens it.
        account.chat.answers.append(refusal("channel_not_found"))
        with pytest.raises(Exception, match="All records failed"):
            account.slack(account.secrets[0], told, 1)
        for secret in account.secrets:
            assert account.slack(secret, told, 1) == {"batchItemFailures": []}
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
    assert "is dying now" in after
    assert len(played.chat.posts) == 2


def test_an_instance_without_the_tag_is_not_sent_to(tmp_path: Path) -> None:
    """The policy's condition holds it back, the scan says so, and the other node is scanned."""
    fleet = small()
    guard = Guard(fleet, {SCAN: Stack(fleet=fleet).grants(SCAN)})
    untagged = fleet.nodes[1].instance_id
    guard.tagless.add(untagged)
    with SimulatedAws(fleet, tmp_path, guard=guard) as aws:
        scan._clients.cache_clear()  # noqa: SLF001 - a role's clients are the role's
        with demo.environment(aws.environment | {"AWS_ACCESS_KEY_ID": SCAN}):
            report: Report = scan.run(time.time() + 60, account=fleet.account)
    found = {each.node.instance_id: each.coverage for each in report.diagnoses}

    assert found[fleet.nodes[0].instance_id].status is CaptureStatus.ANSWERED
    assert found[untagged].status is CaptureStatus.FAILED
    assert "whose tags the policy may not name" in found[untagged].reason
