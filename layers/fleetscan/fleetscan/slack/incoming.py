"""Parses a record of the queue: the envelope of a report, a CloudWatch alarm, or any other text.

SNS wraps each message for the queue (raw delivery is off): its ``MessageId`` stays the same when SNS or SQS
redeliver it, and an alarm keeps its subject.
"""

from __future__ import annotations

import json
from typing import Any

from fleetscan.immutable import immutable
from fleetscan.render.message import envelope
from fleetscan.render.message.envelope import Envelope

MOST_CHARACTERS = 8_000


@immutable
class Alarm:
    """A CloudWatch alarm that changed its state (CloudWatch user guide, "Amazon SNS notifications schema")."""

    name: str
    arn: str
    state: str
    """``ALARM``, ``OK`` or ``INSUFFICIENT_DATA``."""
    reason: str
    description: str
    region: str
    at: str


@immutable
class PlainText:
    """Any other message."""

    subject: str
    text: str


@immutable
class ReceivedMessage:
    """One message with its idempotency key."""

    key: str
    content: Envelope | Alarm | PlainText


def read(body: str, record_id: str) -> ReceivedMessage:
    """Parse a record; never raises: an unknown format is posted as plain text.

    The key of a report is its scan id, as a retry of publishing makes two SNS messages of one report.
    """
    wrapped = _object(body)
    if wrapped.get("Type") != "Notification" or not isinstance(wrapped.get("Message"), str):
        return ReceivedMessage(key=f"record#{record_id}", content=PlainText(subject="", text=body[:MOST_CHARACTERS]))
    message = str(wrapped["Message"])
    key = f"message#{_string(wrapped, 'MessageId') or record_id}"
    if found := envelope.read(message):
        return ReceivedMessage(key=f"scan#{found.scan_id}" if found.scan_id else key, content=found)
    if alarm := _alarm(_object(message)):
        return ReceivedMessage(key=key, content=alarm)
    return ReceivedMessage(
        key=key, content=PlainText(subject=_string(wrapped, "Subject"), text=message[:MOST_CHARACTERS])
    )


def _alarm(found: dict[str, Any]) -> Alarm | None:
    if not _string(found, "AlarmName") or not _string(found, "NewStateValue"):
        return None
    return Alarm(
        name=_string(found, "AlarmName"),
        arn=_string(found, "AlarmArn"),
        state=_string(found, "NewStateValue"),
        reason=_string(found, "NewStateReason"),
        description=_string(found, "AlarmDescription"),
        region=_string(found, "Region"),
        at=_string(found, "StateChangeTime"),
    )


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _string(found: dict[str, Any], key: str) -> str:
    value = found.get(key)
    return value[:MOST_CHARACTERS] if isinstance(value, str) else ""
