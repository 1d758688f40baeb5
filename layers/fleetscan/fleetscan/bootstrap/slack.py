"""Wires the delivery to Slack, from the settings of the Slack function and the secret they name."""

from __future__ import annotations

import time

from aws_lambda_powertools.utilities.typing import LambdaContext

from fleetscan.aws.clients import Clients
from fleetscan.aws.dynamodb.once import once
from fleetscan.aws.dynamodb.table import Table
from fleetscan.aws.dynamodb.threads import DynamoThreads
from fleetscan.aws.s3 import ReportBucket
from fleetscan.aws.secrets import Secrets
from fleetscan.errors import SettingError
from fleetscan.settings.slack import SlackSettings
from fleetscan.slack import credentials
from fleetscan.slack.bot import Bot
from fleetscan.slack.delivery import Channel, MessageDelivery
from fleetscan.slack.webhook import Webhook


def message_delivery(aws: Clients, settings: SlackSettings, context: LambdaContext) -> MessageDelivery:
    """Return the delivery of records to Slack; SettingError if a required setting is missing."""
    if not settings.table_name:
        raise SettingError("FLEETSCAN_TABLE_NAME is not set; without it a message could be posted more than once")
    return MessageDelivery(
        channel=channel(aws, settings, context),
        once=once(aws.dynamodb, settings.table_name, context),
        threads=DynamoThreads(Table(aws.dynamodb, settings.table_name), settings.slack_channel, time.time),
        reader=ReportBucket(aws.s3, settings.bucket_name) if settings.bucket_name else None,
    )


def channel(aws: Clients, settings: SlackSettings, context: LambdaContext) -> Channel:
    """Return the Slack client for the secret's credentials; SettingError if they are invalid."""
    arn = settings.slack_secret_arn
    if not arn:
        raise SettingError("FLEETSCAN_SLACK_SECRET_ARN is not set; it names the secret with the Slack credentials")
    opened = credentials.read(Secrets(aws).read(arn), arn)

    def seconds_left() -> float:
        return context.get_remaining_time_in_millis() / 1000

    if opened.hook_url:
        return Webhook(opened.hook_url, secret=arn, seconds_left=seconds_left, sleep=time.sleep)
    if not settings.slack_channel:
        raise SettingError("FLEETSCAN_SLACK_CHANNEL is not set; a bot token requires a channel")
    return Bot(
        opened.token,
        settings.slack_channel,
        api_url=settings.slack_api_url,
        secret=arn,
        seconds_left=seconds_left,
        sleep=time.sleep,
    )
