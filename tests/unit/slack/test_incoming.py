"""What a record of the queue holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.render.message import envelope
from fleetscan.render.message.envelope import Envelope
from fleetscan.slack.incoming import Alarm, PlainText, ReceivedMessage, read

EVENTS = Path(__file__).parents[3] / "events"


def wrapped(message: str, subject: str = "") -> str:
    """Return a message as SNS wraps it for a queue."""
    return json.dumps({"Type": "Notification", "MessageId": "m-1", "Subject": subject, "Message": message})


def test_a_report_is_known_by_its_scan() -> None:
    """Published twice, it has two message ids and one scan."""
    sent = Envelope(scan_id="20260115T060503.218441Z", subject="s", text="t", severity="critical")

    assert read(wrapped(envelope.write(sent)), "r-1") == ReceivedMessage(
        key="scan#20260115T060503.218441Z", content=sent
    )


def test_an_alarm_is_known_by_its_message() -> None:
    """The example of CloudWatch's own alarm message."""
    (record,) = json.loads((EVENTS / "sqs-alarm.json").read_text())["Records"]
    expected = ReceivedMessage(
        key="message#8c1f1f4e-0f4b-5f0a-9d52-7f8f3f0c2a11",
        content=Alarm(
            name="fleetscan-ScanMissingAlarm-1A2B3C4D",
            arn="arn:aws:cloudwatch:ap-south-1:123456789012:alarm:fleetscan-ScanMissingAlarm-1A2B3C4D",
            state="ALARM",
            reason=(
                "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
                "[Breaching]."
            ),
            description="No scan has completed for a whole window, so nothing else here can be believed.",
            region="Asia Pacific (Mumbai)",
            at="2026-01-15T06:05:11.094+0000",
        ),
    )

    assert expected == read(record["body"], record["messageId"])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            wrapped("Hello.", "From a person"),
            ReceivedMessage(key="message#m-1", content=PlainText(subject="From a person", text="Hello.")),
        ),
        (
            wrapped('{"AlarmName": 7}'),
            ReceivedMessage(key="message#m-1", content=PlainText(subject="", text='{"AlarmName": 7}')),
        ),
        ("not wrapped", ReceivedMessage(key="record#r-1", content=PlainText(subject="", text="not wrapped"))),
        ("[1]", ReceivedMessage(key="record#r-1", content=PlainText(subject="", text="[1]"))),
        (
            '{"Type": "Notification"}',
            ReceivedMessage(key="record#r-1", content=PlainText(subject="", text='{"Type": "Notification"}')),
        ),
    ],
)
def test_anything_else_is_words(body: str, expected: ReceivedMessage) -> None:
    """Posted as they are, so that nothing is lost."""
    assert expected == read(body, "r-1")


def test_an_envelope_without_a_scan_is_known_by_its_message() -> None:
    """Else all such would be one."""
    sent = Envelope(scan_id="", subject="s", text="t", severity="none")

    assert read(wrapped(envelope.write(sent)), "r-1").key == "message#m-1"


@given(st.text(max_size=300))
def test_any_record_is_read(body: str) -> None:
    """It never raises, bare or wrapped."""
    for one in (body, wrapped(body)):
        assert read(one, "r-1").key
