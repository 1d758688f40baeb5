"""What a record of the queue holds: the envelope of a report, an alarm of CloudWatch, or words that somebody published.

SNS wraps each message for the queue (raw delivery is off): its ``MessageId`` is the same however often SNS or SQS
deliver it, and an alarm keeps its subject.
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
    """Anything else."""

    subject: str
    text: str


@immutable
class ReceivedMessage:
    """One message, and the key by which it is known when it is delivered again."""

    key: str
    content: Envelope | Alarm | PlainText


def read(body: str, record_id: str) -> ReceivedMessage:
    """Return what a record holds; raises nothing: what is not understood is words, and gets posted as such.

    A report is known by its scan: if publishing it was tried twice, SNS has two messages of it.
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
