"""The Slack function: what it wires together, what it answers, and what comes again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError
from aws_lambda_powertools.utilities.typing import LambdaContext
from moto import mock_aws

from fleetscan.aws.clients import Clients
from fleetscan.aws.s3 import ReportBucket
from fleetscan.bootstrap.slack import channel
from fleetscan.errors import SettingError
from fleetscan.model import Report
from fleetscan.model.episode import ChangeKind
from fleetscan.model.whereabouts import Whereabouts
from fleetscan.render.message import sns as message
from fleetscan.settings.slack import SlackSettings
from fleetscan.slack.webhook import Webhook
from functions.slack import app
from tests.fixtures.slack_server import CHANNEL, TOKEN, SlackServer, refusal, slack_server
from tests.fixtures.stack_table import create_table
from tests.unit.slack.test_posts import reported

REGION = "ap-south-1"
EVENTS = Path(__file__).parents[3] / "events"
HOOK = "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXX"


@dataclass
class Context:
    """What Lambda passes to a function about its invocation."""

    function_name: str = "fleetscan-SlackFunction"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = f"arn:aws:lambda:{REGION}:210987654321:function:fleetscan-SlackFunction"
    aws_request_id: str = "3f2b6c1e-8f5d-4c0b-9a36-5d0c4b1f7a21"

    def get_remaining_time_in_millis(self) -> int:
        """Return a minute."""
        return 60_000


def context() -> LambdaContext:
    """Return a context."""
    return cast("LambdaContext", Context())


def event(*names: str) -> dict[str, Any]:
    """Return one batch of the records of several example events."""
    read = [json.loads((EVENTS / f"{name}.json").read_text()) for name in names]
    return {"Records": [record for one in read for record in one["Records"]]}


def around(report: Report, where: Whereabouts) -> dict[str, Any]:
    """Return the event of a report's message."""
    (record,) = event("sqs")["Records"]
    body = json.loads(record["body"]) | {"Message": message.texts(report, where)["sqs"]}
    return {"Records": [{**record, "body": json.dumps(body)}]}


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    """Run the stand-in."""
    with slack_server() as server:
        yield server


@pytest.fixture
def account(slack: SlackServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Provide an account with table and secret, and the environment of a function in it."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": REGION,
        "FLEETSCAN_TABLE_NAME": "fleetscan-Table",
        "FLEETSCAN_SLACK_CHANNEL": CHANNEL,
        "FLEETSCAN_SLACK_API_URL": slack.api_url,
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        create_table(boto3.client("dynamodb"))
        secret = boto3.client("secretsmanager").create_secret(Name="slack", SecretString=TOKEN)["ARN"]
        monkeypatch.setenv("FLEETSCAN_SLACK_SECRET_ARN", secret)
        yield


@pytest.mark.usefixtures("account")
class TestHandler:
    """Everything works but, at times, Slack."""

    def test_a_batch_is_posted_and_nothing_comes_again(self, slack: SlackServer) -> None:
        """A report and an alarm, as the queue gives them; the report in its own words, for no bucket has it."""
        assert app.handler(event("sqs", "sqs-alarm"), context()) == {"batchItemFailures": []}

        first, second = (post["text"].splitlines()[0] for post in slack.posts)
        assert first.startswith("\U0001f534 [critical] fleetscan: opened: kernel socket buffers on 3 nodes in live")
        assert second == "\U0001f534 ALARM: fleetscan-ScanMissingAlarm-1A2B3C4D"

    def test_the_whole_report_is_posted_where_the_bucket_has_it(
        self, slack: SlackServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With its layout, into a thread that is remembered; an update then goes into it."""
        boto3.client("s3").create_bucket(
            Bucket="fleetscan-reports", CreateBucketConfiguration={"LocationConstraint": "ap-south-1"}
        )
        monkeypatch.setenv("FLEETSCAN_BUCKET_NAME", "fleetscan-reports")
        report_archive = ReportBucket(boto3.client("s3"), "fleetscan-reports")
        answers = []
        for number, kind in enumerate((ChangeKind.OPENED, ChangeKind.RESOLVED)):
            report = replace(reported(kind), scan_id=f"20260115T06050{number}.000000Z")
            stored = report_archive.put(report)
            answers.append(
                app.handler(around(report, Whereabouts(bucket="fleetscan-reports", key=stored.key)), context())
            )

        first, second = slack.posts
        assert answers == [{"batchItemFailures": []}] * 2
        assert [block["type"] for block in first["blocks"]][:2] == ["header", "section"]
        assert first["blocks"][0]["text"]["text"].startswith("\U0001f534 Critical: opened: ")
        assert (second["thread_ts"], second["reply_broadcast"]) == ("1768457103.000001", True)

    def test_what_is_delivered_twice_is_posted_once(self, slack: SlackServer) -> None:
        """SQS delivers at least once."""
        for _ in range(3):
            assert app.handler(event("sqs"), context()) == {"batchItemFailures": []}

        assert len(slack.posts) == 1

    def test_the_record_that_failed_comes_again_alone(self, slack: SlackServer) -> None:
        """And the other one is not posted a second time."""
        slack.answers = [refusal("channel_not_found")]
        failed = app.handler(event("sqs", "sqs-alarm"), context())
        (name,) = (one["itemIdentifier"] for one in failed["batchItemFailures"])

        assert name == event("sqs")["Records"][0]["messageId"]
        assert app.handler(event("sqs", "sqs-alarm"), context()) == {"batchItemFailures": []}
        assert [post["text"].split(" ")[1] for post in slack.posts] == ["ALARM:", "[critical]"]

    def test_where_every_record_fails_the_invocation_does(self, slack: SlackServer) -> None:
        """So that the function's errors show it; the queue brings all of them back. The log names the secret only."""
        slack.answers = [refusal("invalid_auth")] * 2

        with pytest.raises(BatchProcessingError, match="invalid_auth; the secret holds no valid bot token") as caught:
            app.handler(event("sqs", "sqs-alarm"), context())

        assert TOKEN not in str(caught.value)

    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("FLEETSCAN_SLACK_SECRET_ARN", "", "FLEETSCAN_SLACK_SECRET_ARN is not set"),
            ("FLEETSCAN_SLACK_CHANNEL", "", "FLEETSCAN_SLACK_CHANNEL is not set"),
            ("FLEETSCAN_TABLE_NAME", "", "FLEETSCAN_TABLE_NAME is not set"),
            ("FLEETSCAN_TOPIC_ARN", "arn:aws:sns:eu-west-1:1:t", "'FLEETSCAN_TOPIC_ARN' is not a setting"),
        ],
    )
    def test_a_wrong_setting_fails_the_invocation(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
    ) -> None:
        """Visibly, with its name."""
        monkeypatch.setenv(name, value)

        with pytest.raises(SettingError, match=expected):
            app.handler(event("sqs"), context())

    def test_a_webhook_needs_no_channel(self) -> None:
        """It knows its own."""
        boto3.client("ssm").put_parameter(Name="/slack", Value=HOOK, Type="SecureString")
        arn = f"arn:aws:ssm:{REGION}:123456789012:parameter/slack"
        wanted = SlackSettings(slack_secret_arn=arn)

        assert isinstance(channel(Clients(region=REGION), wanted, context()), Webhook)


@pytest.mark.usefixtures("account")
def test_from_the_topic_to_the_channel(slack: SlackServer) -> None:
    """SNS wraps what is published and puts it into the queue; what the queue gives is what the function takes."""
    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    topic = sns.create_topic(Name="fleetscan")["TopicArn"]
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    envelope = json.loads(event("sqs")["Records"][0]["body"])["Message"]
    sns.publish(
        TopicArn=topic,
        Subject="s",
        Message=json.dumps({"default": "words", "sqs": envelope}),
        MessageStructure="json",
    )
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    record = {**event("sqs")["Records"][0], "messageId": message["MessageId"], "body": message["Body"]}

    assert app.handler({"Records": [record]}, context()) == {"batchItemFailures": []}
    assert slack.posts[0]["text"].startswith("\U0001f534 [critical] fleetscan: ")
