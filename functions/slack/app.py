# ruff: noqa: INP001 - Lambda imports this module by its bare name; the folder is no package
"""Messages of the topic into a Slack channel: one batch of the queue in, the records that are to come again out."""

from __future__ import annotations

import os
import time
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from fleetscan.aws.clients import Clients
from fleetscan.aws.dynamodb.once import once
from fleetscan.aws.dynamodb.table import Table
from fleetscan.aws.dynamodb.threads import DynamoThreads
from fleetscan.aws.s3 import ReportShelf
from fleetscan.aws.secrets import Secrets
from fleetscan.errors import SettingError
from fleetscan.slack import credentials, settings
from fleetscan.slack.bot import Bot
from fleetscan.slack.delivery import Channel, Desk
from fleetscan.slack.hook import Hook
from fleetscan.slack.settings import SlackSettings

logger = Logger(service="fleetscan-slack")


@cache
def _clients(endpoint_url: str | None) -> Clients:
    """Make them once for each endpoint."""
    return Clients(endpoint_url=endpoint_url)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Post every record of a batch; those that could not be posted are named, and the queue brings them again.

    Raises where not one could be posted, so that the function's own errors show that Slack cannot be reached.
    """
    wanted = settings.read(os.environ)
    desk = _desk(_clients(os.environ.get("AWS_ENDPOINT_URL")), wanted, context)

    def record(record: SQSRecord) -> None:
        made = desk.handle(record.body, record.message_id)
        logger.info("Message posted", extra={"posts": made, "record": record.message_id})

    answer: dict[str, Any] = dict(
        process_partial_response(
            event=event, record_handler=record, processor=BatchProcessor(event_type=EventType.SQS), context=context
        )
    )
    return answer


def _desk(aws: Clients, wanted: SlackSettings, context: LambdaContext) -> Desk:
    if not wanted.table_name:
        raise SettingError("FLEETSCAN_TABLE_NAME is not set; without it a message might be posted many times")
    return Desk(
        channel=channel(aws, wanted, context),
        once=once(aws.dynamodb, wanted.table_name, context),
        threads=DynamoThreads(Table(aws.dynamodb, wanted.table_name), wanted.slack_channel, time.time),
        reader=ReportShelf(aws.s3, wanted.bucket_name) if wanted.bucket_name else None,
    )


def channel(aws: Clients, wanted: SlackSettings, context: LambdaContext) -> Channel:
    """Return the way into Slack that the secret opens; SettingError where it opens none."""
    arn = wanted.slack_secret_arn
    if not arn:
        raise SettingError("FLEETSCAN_SLACK_SECRET_ARN is not set; it names the secret that opens a Slack channel")
    opened = credentials.read(Secrets(aws).read(arn), arn)

    def seconds_left() -> float:
        return context.get_remaining_time_in_millis() / 1000

    if opened.hook_url:
        return Hook(opened.hook_url, secret=arn, seconds_left=seconds_left, sleep=time.sleep)
    if not wanted.slack_channel:
        raise SettingError("FLEETSCAN_SLACK_CHANNEL is not set; a bot token needs to know the channel")
    return Bot(
        opened.token,
        wanted.slack_channel,
        api_url=wanted.slack_api_url,
        secret=arn,
        seconds_left=seconds_left,
        sleep=time.sleep,
    )
