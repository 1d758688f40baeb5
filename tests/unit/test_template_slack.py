"""What the template makes for Slack and for chats, against the code."""

from __future__ import annotations

import importlib
import json
import re
from typing import Any

import pytest

from fleetscan.aws import s3
from fleetscan.aws.dynamodb import once, threads
from fleetscan.settings import PREFIX
from fleetscan.settings import slack as settings
from fleetscan.settings.slack import SlackSettings
from tests.fixtures.stack_template import RESOURCES, ROOT, TEMPLATE, actions_of, listed, statements
from tests.unit.test_template import OF_SLACK

ROLE = "SlackRole"
FUNCTION: dict[str, Any] = RESOURCES["SlackFunction"]["Properties"]
RUNTIME_ACTIONS = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
}
"""What Lambda itself does under the role: the log, and taking messages from the queue."""


class TestRole:
    """Least privilege, both ways."""

    def test_it_allows_what_its_modules_need_and_nothing_else(self) -> None:
        """The union of their PERMISSIONS is the role's actions."""
        modules = [importlib.import_module(f"fleetscan.aws.{name}") for name in sorted(OF_SLACK)]
        needed = {action for module in modules for action in module.PERMISSIONS}
        expected = needed | s3.READING | RUNTIME_ACTIONS

        assert expected == {action for statement in statements(ROLE) for action in actions_of(statement)}

    def test_everything_it_may_do_it_may_do_to_one_thing(self) -> None:
        """Each statement allows full names of actions on one resource of the stack."""
        for statement in statements(ROLE):
            assert statement["Effect"] == "Allow"
            assert not {"NotAction", "NotResource"} & set(statement)
            assert not [action for action in actions_of(statement) if "*" in action]
            assert len(listed(statement["Resource"])) == 1
            assert "*" not in listed(statement["Resource"])

    def test_it_may_touch_its_own_partitions_only(self) -> None:
        """It cannot read or write an episode, a ring or a mute."""
        allowed = {
            (action, key)
            for statement in statements(ROLE)
            for action in actions_of(statement)
            if action.startswith("dynamodb:")
            for (condition,) in [statement["Condition"].values()]
            for key in condition["dynamodb:LeadingKeys"]
        }
        expected = {
            *((action, once.PARTITION) for action in once.PERMISSIONS),
            *((action, f"{threads.PARTITION}*") for action in threads.PERMISSIONS),
        }

        assert expected == allowed


class TestDelivery:
    """Topic, queue, function: nothing is lost on the way."""

    def test_nothing_of_it_is_made_without_a_secret(self) -> None:
        """Who does not use Slack pays for nothing and grants nothing."""
        made = {name for name in RESOURCES if name.startswith("Slack")}

        assert {RESOURCES[name].get("Condition") for name in made} == {"HasSlack"}
        assert len(made) > 8

    def test_only_the_topic_may_send_and_only_over_tls(self) -> None:
        """Both queues."""
        for name in ("SlackQueuePolicy", "SlackDeadLetterQueuePolicy"):
            properties = RESOURCES[name]["Properties"]
            allow, deny = properties["PolicyDocument"]["Statement"]

            assert allow["Principal"] == {"Service": "sns.amazonaws.com"}
            assert allow["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": "Topic"}}}
            assert (deny["Effect"], deny["Action"]) == ("Deny", "sqs:*")
            assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            assert properties["Queues"] == [{"Ref": name.removesuffix("Policy")}]

    def test_queues_are_encrypted_and_what_is_given_up_is_kept_longest(self) -> None:
        """Two weeks, the most there is."""
        queue = RESOURCES["SlackQueue"]["Properties"]
        dead = RESOURCES["SlackDeadLetterQueue"]["Properties"]

        assert queue["SqsManagedSseEnabled"] is dead["SqsManagedSseEnabled"] is True
        assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": "SlackDeadLetterQueue.Arn"}
        assert dead["MessageRetentionPeriod"] == 14 * 86_400 > queue["MessageRetentionPeriod"]
        assert dead["MessageRetentionPeriod"] < once.KEPT_SECONDS

    def test_a_batch_at_work_is_not_shown_again_and_an_hour_of_trying_fits_in(self) -> None:
        """Six times the timeout (Lambda developer guide); what is tried for an hour is still kept by the queue."""
        queue = RESOURCES["SlackQueue"]["Properties"]
        tries_seconds = queue["VisibilityTimeout"] * queue["RedrivePolicy"]["maxReceiveCount"]

        assert queue["VisibilityTimeout"] == 6 * FUNCTION["Timeout"]
        assert 3_600 <= tries_seconds < queue["MessageRetentionPeriod"]

    def test_records_fail_one_by_one(self) -> None:
        """One message that Slack refuses does not hold up the others."""
        source = FUNCTION["Events"]["Messages"]["Properties"]

        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert source["Queue"] == {"Fn::GetAtt": "SlackQueue.Arn"}

    def test_messages_are_wrapped_and_what_cannot_be_delivered_is_kept(self) -> None:
        """The wrapping has the id by which a second delivery is known."""
        subscription = RESOURCES["SlackSubscription"]["Properties"]

        assert subscription["RawMessageDelivery"] is False
        assert subscription["Protocol"] == "sqs"
        assert subscription["RedrivePolicy"] == {"deadLetterTargetArn": {"Fn::GetAtt": "SlackDeadLetterQueue.Arn"}}


class TestSettings:
    """The function's environment."""

    def test_its_environment_is_read_as_settings(self) -> None:
        """The template's defaults are values that fit, and are the settings' own."""
        given = {
            name: str(TEMPLATE["Parameters"].get(value.get("Ref"), {}).get("Default", ""))
            for name, value in FUNCTION["Environment"]["Variables"].items()
            if name.startswith(PREFIX)
        }

        assert SlackSettings() == settings.read(given)

    @pytest.mark.parametrize(
        "arn",
        [
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:fleetscan/slack-AbCdEf",
            "arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/fleetscan/slack",
        ],
    )
    def test_what_the_template_takes_for_a_secret_the_function_takes_too(self, arn: str) -> None:
        """Both kinds, in any partition."""
        pattern = TEMPLATE["Parameters"]["SlackSecretArn"]["AllowedPattern"]

        assert re.search(pattern, arn)
        assert settings.read({"FLEETSCAN_SLACK_SECRET_ARN": arn}).slack_secret_arn == arn

    @pytest.mark.parametrize("value", ["xoxb-1-2-abc", "https://hooks.slack.com/services/T/B/x", "*", "arn:aws:s3:::b"])
    def test_a_secret_s_value_is_no_arn(self, value: str) -> None:
        """Who pastes the token where its ARN belongs is stopped before it stands in a stack's parameters for good."""
        assert not re.search(TEMPLATE["Parameters"]["SlackSecretArn"]["AllowedPattern"], value)

    def test_messages_for_chats_are_published_under_the_same_key(self) -> None:
        """And only where the topic is asked for."""
        topic = RESOURCES["ChatTopic"]
        (publishing,) = (one for one in statements("ScanRole") if "sns:Publish" in actions_of(one))

        assert topic["Condition"] == RESOURCES["ChatTopicPolicy"]["Condition"] == "HasChats"
        assert topic["Properties"]["KmsMasterKeyId"] == {"Fn::GetAtt": "TopicKey.Arn"}
        assert publishing["Resource"] == {
            "Fn::If": ["HasChats", [{"Ref": "Topic"}, {"Ref": "ChatTopic"}], {"Ref": "Topic"}]
        }


def test_the_example_event_is_what_the_function_s_queue_gives() -> None:
    """events/sqs.json: an SQS record around an SNS notification around an envelope."""
    (record,) = json.loads((ROOT / "events" / "sqs.json").read_text())["Records"]
    notification = json.loads(record["body"])

    assert record["eventSource"] == "aws:sqs"
    assert notification["Type"] == "Notification"
    assert json.loads(notification["Message"])["kind"] == "fleetscan.report"
