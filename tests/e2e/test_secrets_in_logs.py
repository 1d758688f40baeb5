"""No secret is in a log: whole functions on good days and bad ones, with everything that Lambda would keep read back.

The fan-out has test_fanout_secrets.py.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path

import boto3
import pytest

from fleetscan.bootstrap import clients
from fleetscan.errors import SlackError
from fleetscan.render.message.slack import SlackMessage
from fleetscan.slack.posts import Post
from fleetscan.slack.webhook import Webhook
from functions.scan import app as scan
from functions.slack import app as slack
from functions.widget import app as widget
from simulator.faults import Faults
from simulator.kubernetes.api_faults import ApiFaults
from tests.fixtures.guarded_account import Account, guarded, small
from tests.fixtures.kept_log import Log, attempt, kept
from tests.fixtures.slack_server import TOKEN, refusal
from tests.fixtures.stack_template import TEMPLATE

ROOT = Path(__file__).parents[2]
SESSION_TOKEN = "FwoGZXIvYXdzEDcaDExampleOfASessionToken"  # noqa: S105 - opens nothing
OTHER_TOKEN = "xoxp-0987654321-zyxwvutsrq"  # noqa: S105 - of the wrong kind, which somebody stored by mistake
HOOK = "http://127.0.0.1:9/services/T0/B0/aVerySecretHook"
SECRETS = {
    "a Slack token": TOKEN,
    "a Slack token of the wrong kind": OTHER_TOKEN,
    "the path of a webhook": "aVerySecretHook",
    "the role's session token": SESSION_TOKEN,
    "the signature of a link": "X-Amz-Signature",
    "a token for a cluster": "k8s-aws-v1.",
    "the header with it": "Bearer ",
}


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Log:
    """Run everything well once, and then with each thing refused in turn."""
    folder = tmp_path_factory.mktemp("fleet")
    with guarded(small(), folder, session_token=SESSION_TOKEN) as account, kept() as log:
        unposted(account, log)
        healthy(account)
        for number, action in enumerate(
            (
                "ec2:DescribeInstances",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:BatchGetItem",
                "s3:PutObject",
                "sns:Publish",
                "eks:DescribeCluster",
            ),
            start=10,
        ):
            account.aws.set_faults(Faults(denied=frozenset({action})))
            attempt(log, lambda minute=number: account.scan(minute))  # type: ignore[misc] # a default is how a loop's value is kept
        account.aws.set_faults(Faults(denied=frozenset({"s3:GetObject"})))
        attempt(log, account.widget)
        for action in ("secretsmanager:GetSecretValue", "ssm:GetParameter", "dynamodb:PutItem"):
            account.aws.set_faults(Faults(denied=frozenset({action})))
            for secret in account.secrets:
                clients.forget()  # another container, which has read no secret yet
                attempt(log, lambda secret=secret: account.slack(secret, message(), 7))  # type: ignore[misc] # as above
        account.aws.set_faults(Faults())
        badly(account, log)
    return log


def message() -> dict[str, object]:
    """Return an example notification of the topic."""
    (record,) = json.loads((ROOT / "events" / "sqs.json").read_text())["Records"]
    notification: dict[str, object] = json.loads(record["body"])
    return notification


def healthy(account: Account) -> None:
    """Scan, look and post."""
    account.scan(0)
    account.widget()
    for number, secret in enumerate(account.secrets, start=1):
        account.slack(secret, message(), number)


def unposted(account: Account, log: Log) -> None:
    """Let Slack refuse a message that it has not taken yet."""
    for error in ("invalid_auth", "token_revoked", "channel_not_found"):
        account.chat.answers.append(refusal(error))
        attempt(log, lambda: account.slack(account.secrets[0], message(), 20))


def badly(account: Account, log: Log) -> None:
    """Let the cluster refuse, and somebody store the wrong secret."""
    account.aws.kubernetes.faults = ApiFaults(has_access_entry=False)
    attempt(log, lambda: account.scan(30))
    with account.acting("a-person"):
        boto3.client("ssm", endpoint_url=account.aws.endpoint_url).put_parameter(
            Name="/fleetscan/slack", Value=OTHER_TOKEN, Type="SecureString", Overwrite=True
        )
    clients.forget()  # as above
    attempt(log, lambda: account.slack(account.secrets[1], message(), 21))


def test_no_secret_is_in_the_log(days: Log) -> None:
    """Of all records and errors of all functions."""
    assert days.found(SECRETS) == set()


@pytest.mark.parametrize(
    "words",
    [
        "Scan completed",
        "Message posted",
        "AWS refused ec2:DescribeInstances",
        "AWS refused secretsmanager:GetSecretValue",
        "AWS refused ssm:GetParameter",
        "AWS refused s3:GetObject",
        "invalid_auth",
        "holds neither a bot token",
    ],
)
def test_the_log_is_that_of_these_days(days: Log, words: str) -> None:
    """Otherwise nothing would be proved."""
    assert any(words in text for text in days.texts)


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_a_secret_would_have_been_found(name: str) -> None:
    """In a field of a record, and in the cause of an error."""
    with kept() as in_a_field:
        logging.getLogger("fleetscan.some").info("Words", extra={"thing": {"a": [SECRETS[name]]}})
    with kept() as in_a_cause:
        error = RuntimeError("words")
        error.__cause__ = ValueError(SECRETS[name])
        logging.getLogger("fleetscan.some").error("Words", exc_info=error)

    assert name in in_a_field.found(SECRETS)
    assert name in in_a_cause.found(SECRETS)


def test_a_webhook_that_cannot_be_reached_is_not_named() -> None:
    """Its URL is the secret, and libraries put URLs into their errors."""
    hook = Webhook(HOOK, secret="the-arn", seconds_left=lambda: 0.0, sleep=lambda _: None)  # noqa: S106 - a name
    with kept() as log, pytest.raises(SlackError) as caught:
        hook.send(Post(key="a", message=SlackMessage(text="a", blocks=(), plain="a")))
    log.raised(caught.value)

    assert log.found(SECRETS) == set()


def test_nothing_turns_on_the_logs_that_have_secrets_in_them() -> None:
    """The debug log of botocore has headers and bodies, that of Powertools events; every function logs from INFO on."""
    functions = [each for each in TEMPLATE["Resources"].values() if each["Type"] == "AWS::Serverless::Function"]
    variables = {name for each in functions for name in each["Properties"]["Environment"]["Variables"]}
    reported = ("set_stream_logger", "log_event=True", "setLevel(logging.DEBUG", "basicConfig", "AWS_LAMBDA_LOG_LEVEL")
    code = [path for folder in ("layers", "functions") for path in (ROOT / folder).rglob("*.py")]

    assert {each["Properties"]["LoggingConfig"]["ApplicationLogLevel"] for each in functions} == {"INFO"}
    assert variables & {"POWERTOOLS_LOGGER_LOG_EVENT", "POWERTOOLS_LOG_LEVEL", "POWERTOOLS_DEV", "LOG_LEVEL"} == set()
    assert [(path.name, word) for path in code for word in reported if word in path.read_text()] == []
    assert {scan.logger.log_level, slack.logger.log_level, widget.logger.log_level} == {logging.INFO}
