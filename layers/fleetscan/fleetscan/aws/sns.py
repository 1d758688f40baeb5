"""Publishes notifications to SNS within its size limits.

The texts come from functions given to the sink; whether a message is sent is decided by the caller.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from fleetscan.aws.access import asking
from fleetscan.aws.names import printable
from fleetscan.model import Report
from fleetscan.model.whereabouts import NOWHERE, Whereabouts

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef, PublishInputTypeDef

PERMISSIONS = frozenset({"sns:Publish"})

MOST_SUBJECT_CHARACTERS = 99
"""A subject has less than 100 characters of ASCII, no line breaks or control characters (SNS API reference)."""
MOST_MESSAGE_BYTES = 262_144
"""Body and attributes together, in UTF-8 (SNS API reference)."""
MOST_ATTRIBUTES = 10
"""More than ten, and raw delivery to SQS drops the whole message (SNS developer guide)."""
MOST_ATTRIBUTE_BYTES = 8_192
"""Own limit for one attribute: attributes serve filters, and they share the size limit with the body."""
CUT_LINE = "[This message was cut: {shown} of {total} bytes are shown. The report has all of it.]"
EMPTY = "(no text)"
DEFAULT = "default"
"""The text for every protocol that has none of its own; SNS requires one."""
LEAST_DEFAULT_BYTES = 6_000
"""Reserved for it, as JSON, beside the texts of other protocols."""
_ESCAPED_BYTES = 6
""" ``\\u0007`` encodes one byte; a quotation mark takes two."""

type Words = Callable[[Report], str]
type Texts = Callable[[Report, Whereabouts], Mapping[str, str]]
"""Protocol -> text, one of them under ``default``; see ``request``."""
type Attributes = Callable[[Report], Mapping[str, tuple[str, ...] | str]]


class SnsSink:
    """Publishes one message for each report to a topic."""

    def __init__(
        self,
        sns: SNSClient,
        topic_arn: str,
        *,
        subject: Words,
        texts: Texts,
        attributes: Attributes,
    ) -> None:
        self._sns = sns
        self._topic_arn = topic_arn
        self._subject = subject
        self._texts = texts
        self._attributes = attributes

    def send(self, report: Report, whereabouts: Whereabouts = NOWHERE) -> None:
        """Publish one message. Raises AccessError when denied."""
        query = request(
            self._topic_arn,
            subject=self._subject(report),
            texts=self._texts(report, whereabouts),
            attributes=self._attributes(report),
        )
        with asking("sns:Publish", f"topic {self._topic_arn}"):
            self._sns.publish(**query)


def request(
    topic_arn: str, *, subject: str, texts: Mapping[str, str], attributes: Mapping[str, tuple[str, ...] | str]
) -> PublishInputTypeDef:
    """Return a Publish request that SNS accepts, whatever the texts are.

    ``texts`` has a text under ``default`` for every subscriber, and may have others under the name of a protocol
    (``sqs``, ``lambda``, ``email``) for its subscribers alone; those are read by programs and never cut.
    """
    fit = {name: attribute(value) for name, value in list(attributes.items())[:MOST_ATTRIBUTES] if value}
    used_bytes = sum(
        len(name.encode()) + len(value["DataType"]) + len(value.get("StringValue", "").encode())
        for name, value in fit.items()
    )
    return {
        "TopicArn": topic_arn,
        "Subject": subject_line(subject),
        "MessageStructure": "json",
        "Message": structured(texts, MOST_MESSAGE_BYTES - used_bytes),
        "MessageAttributes": fit,
    }


def structured(texts: Mapping[str, str], limit_bytes: int) -> str:
    """Return the texts as the JSON of ``MessageStructure``, with ``default`` cut to the room that the others leave.

    If the others alone are too large, every protocol gets the default: a shorter message is better than none.
    """
    written = _written({**texts, DEFAULT: cut(texts[DEFAULT], limit_bytes)})
    if len(written.encode()) <= limit_bytes:
        return written
    others = {key: text for key, text in texts.items() if key != DEFAULT}
    room = limit_bytes - len(_written({**others, DEFAULT: ""}).encode())
    if room < LEAST_DEFAULT_BYTES:
        others, room = {}, limit_bytes - len(_written({DEFAULT: ""}).encode())
    # JSON escapes take up to six bytes per byte, so a text cut to a sixth fits whatever its characters are.
    return _written({**others, DEFAULT: cut(texts[DEFAULT], max(room // _ESCAPED_BYTES, 1))})


def _written(texts: Mapping[str, str]) -> str:
    return json.dumps(texts, ensure_ascii=False)


def subject_line(subject: str) -> str:
    """Return one line of ASCII, shorter than 100 characters and never empty."""
    line = " ".join(subject.split())
    return printable(line, MOST_SUBJECT_CHARACTERS).strip() or "fleetscan"


def attribute(value: tuple[str, ...] | str) -> MessageAttributeValueTypeDef:
    """Return a String, or a String.Array for several values; values that do not fit are dropped from the end."""
    if isinstance(value, str):
        return {"DataType": "String", "StringValue": clip(value, MOST_ATTRIBUTE_BYTES)}
    kept: list[str] = []
    for each in value:
        if len(json.dumps([*kept, each])) > MOST_ATTRIBUTE_BYTES:
            break
        kept.append(each)
    return {"DataType": "String.Array", "StringValue": json.dumps(kept)}


def cut(body: str, limit_bytes: int) -> str:
    """Return the body, or as many of its whole lines as fit before a last line that says it was cut."""
    encoded = body.encode(errors="replace")
    if not encoded.strip():
        return EMPTY
    if len(encoded) <= limit_bytes:
        return encoded.decode()
    room = limit_bytes - len(CUT_LINE.format(shown=len(encoded), total=len(encoded))) - 1
    shown = clip(body, room)
    shown = shown[: shown.rfind("\n")] if "\n" in shown else shown
    return f"{shown}\n{CUT_LINE.format(shown=len(shown.encode(errors='replace')), total=len(encoded))}"


def clip(text: str, limit_bytes: int) -> str:
    """Return as much of the beginning as fits in UTF-8, without half a character at its end."""
    return text.encode(errors="replace")[:limit_bytes].decode(errors="ignore")
