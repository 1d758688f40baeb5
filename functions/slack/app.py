# ruff: noqa: INP001 - Lambda imports this module by its bare name; the folder is no package
"""The Lambda function that posts messages of the topic to Slack: takes a batch of the queue, returns failed records."""

from __future__ import annotations

import os
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from fleetscan.bootstrap import clients
from fleetscan.bootstrap.slack import message_delivery
from fleetscan.settings import slack as settings

logger = Logger(service="fleetscan-slack")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Post every record of a batch; return the failed ones, which the queue redelivers.

    Raises if all failed, so that the function's Errors metric shows that Slack cannot be reached.
    """
    delivery = message_delivery(clients.own(), settings.read(os.environ), context)

    def record(record: SQSRecord) -> None:
        made = delivery.handle(record.body, record.message_id)
        logger.info("Message posted", extra={"posts": made, "record": record.message_id})

    answer: dict[str, Any] = dict(
        process_partial_response(
            event=event, record_handler=record, processor=BatchProcessor(event_type=EventType.SQS), context=context
        )
    )
    return answer
