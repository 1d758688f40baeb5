"""Messages made to fit."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from fleetscan.aws.sns import SnsSink, attribute, cut, request, structured, subject_line
from fleetscan.errors import AccessError
from fleetscan.model import (
    CaptureStatus,
    Coverage,
    Diagnosis,
    Evidence,
    Finding,
    Node,
    Report,
    Severity,
)
from fleetscan.model.whereabouts import Whereabouts

TOPIC = "arn:aws:sns:eu-west-1:123456789012:fleetscan"


def report(*severities: Severity) -> Report:
    """Return a report with one node for each severity."""
    return Report(
        scan_id="1",
        started_at=datetime(2026, 5, 4, tzinfo=UTC),
        duration_seconds=1.0,
        diagnoses=tuple(
            Diagnosis(
                node=Node(instance_id=f"i-{index}"),
                coverage=Coverage(status=CaptureStatus.ANSWERED),
                findings=(
                    Finding(
                        rule="load_high",
                        title="t",
                        remedy="r",
                        evidence=Evidence(severity=severity, text="x", measured=1, limit=1),
                    ),
                ),
            )
            for index, severity in enumerate(severities)
        ),
    )


def sink(
    sns: Any,  # noqa: ANN401 - a fake or moto's client
    attributes: Mapping[str, tuple[str, ...] | str] | None = None,
) -> SnsSink:
    """Return a sink with simple words."""
    return SnsSink(
        sns,
        TOPIC,
        subject=lambda given_report: f"{len(given_report.diagnoses)} nodes",
        texts=lambda _, where: {"default": "All of it.\nEnd.", "sqs": f'{{"key": "{where.key}"}}'},
        attributes=lambda _: attributes or {"clusters": ("live", "batch"), "severity": "critical"},
    )


@pytest.fixture
def asked() -> list[dict[str, Any]]:
    """Return where requests are kept."""
    return []


def test_a_report_becomes_one_message(connect: Callable[..., Any], asked: list[dict[str, Any]]) -> None:
    """The whole request, as it goes out."""

    def answer(_: str, parameters: dict[str, Any]) -> dict[str, Any]:
        asked.append(parameters)
        return {}

    sink(connect("sns", answer)).send(report(Severity.INFO, Severity.CRITICAL), Whereabouts(bucket="b", key="k"))
    expected = [
        {
            "TopicArn": TOPIC,
            "Subject": "2 nodes",
            "MessageStructure": "json",
            "Message": '{"default": "All of it.\\nEnd.", "sqs": "{\\"key\\": \\"k\\"}"}',
            "MessageAttributes": {
                "clusters": {"DataType": "String.Array", "StringValue": '["live", "batch"]'},
                "severity": {"DataType": "String", "StringValue": "critical"},
            },
        }
    ]

    assert expected == asked


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("3 of 16 nodes are critical", "3 of 16 nodes are critical"),
        ("two\r\nlines\tand a tab", "two lines and a tab"),
        ("naïve \x07", "na?ve ?"),
        ("x" * 200, "x" * 99),
        ("", "fleetscan"),
        ("\n", "fleetscan"),
    ],
)
def test_a_subject_is_one_short_line_of_ascii(subject: str, expected: str) -> None:
    """SNS refuses the message for any other."""
    assert expected == subject_line(subject)


def test_a_body_that_is_too_long_ends_with_a_line_that_says_so() -> None:
    """It is cut after a whole line."""
    body = "".join(f"node {number:04}: slab\n" for number in range(100))
    total = len(body.encode())
    expected = f"node 0000: slab\nnode 0001: slab\n[This message was cut: 31 of {total} bytes are shown. "

    found = cut(body, 120)

    assert found.startswith(expected)
    assert len(found.encode()) <= 120


@given(st.text(min_size=1), st.integers(120, 400))
def test_a_body_fits_in_bytes_and_is_never_empty(body: str, limit_bytes: int) -> None:
    """Whatever its characters weigh."""
    found = cut(body * 5, limit_bytes)

    assert 0 < len(found.encode()) <= limit_bytes


def test_a_body_without_words_is_replaced() -> None:
    """SNS refuses an empty message."""
    expected = "(no text)"

    assert expected == cut(" \n", 1_000)


def test_a_message_at_the_limit_is_whole() -> None:
    """Exactly 262,144 bytes, attributes and JSON included; one more, and the text for people gives way."""
    used_bytes = len("severity") + len("String") + len("critical")
    body = "x" * (262_144 - used_bytes - len('{"default": "", "sqs": "{}"}'))
    attributes = {"severity": "critical"}

    whole = request(TOPIC, subject="s", texts={"default": body, "sqs": "{}"}, attributes=attributes)["Message"]
    cut_one = request(TOPIC, subject="s", texts={"default": body + "x", "sqs": "{}"}, attributes=attributes)["Message"]

    assert json.loads(whole) == {"default": body, "sqs": "{}"}
    assert len(whole) == 262_144 - used_bytes
    assert "[This message was cut" in json.loads(cut_one)["default"]
    assert json.loads(cut_one)["sqs"] == "{}"


@given(
    st.text(min_size=1),
    st.integers(1, 4_000),
    st.dictionaries(st.sampled_from(["sqs", "lambda"]), st.text(max_size=50)),
    st.integers(12_000, 20_000),
)
def test_texts_fit_in_bytes_as_json(default: str, times: int, others: dict[str, str], limit_bytes: int) -> None:
    """Whatever the characters weigh, escaped or not; the texts for programs are whole."""
    found = structured({"default": default * times, **others}, limit_bytes)

    assert len(found.encode()) <= limit_bytes
    assert {key: text for key, text in json.loads(found).items() if key != "default"} == others
    assert json.loads(found)["default"]


def test_texts_for_programs_that_leave_no_room_are_left_out() -> None:
    """Everybody then gets the words: half an envelope is none."""
    found = json.loads(structured({"default": "words", "sqs": "x" * 20_000}, 12_000))

    assert found == {"default": "words"}


def test_texts_for_programs_that_leave_little_room_are_left_out_too() -> None:
    """A few words for everybody are worth less than all that fits without them."""
    found = json.loads(structured({"default": "w" * 9_000, "sqs": "x" * 8_000}, 12_000))

    assert [*found] == ["default"]


def test_at_most_ten_attributes_go_out_and_no_empty_one() -> None:
    """More than ten and raw delivery to SQS drops the message; SNS refuses empty strings."""
    attributes: dict[str, tuple[str, ...] | str] = {"empty": "", "none": ()}
    attributes |= {f"a{number}": "x" for number in range(20)}

    sent = request(TOPIC, subject="s", texts={"default": "b"}, attributes=attributes).get("MessageAttributes", {})

    assert len(sent) <= 10
    assert not {"empty", "none"} & set(sent)


def test_an_attribute_of_very_many_values_keeps_the_first_ones() -> None:
    """As whole values, in valid JSON."""
    values = tuple(f"cluster-{number}" for number in range(5_000))

    kept = json.loads(attribute(values).get("StringValue", ""))

    assert 100 < len(kept) < 5_000
    assert list(values[: len(kept)]) == kept


def test_a_refusal_names_the_action_and_the_topic(connect: Callable[..., Any]) -> None:
    """SNS says AuthorizationError."""

    def answer(_: str, __: dict[str, Any]) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AuthorizationError", "Message": "no"}}, "Publish")

    with pytest.raises(AccessError, match=f"sns:Publish on topic {TOPIC}"):
        sink(connect("sns", answer)).send(report(Severity.CRITICAL))


def test_another_error_of_the_call_is_raised(connect: Callable[..., Any]) -> None:
    """A message that did not go out must not look sent."""

    def answer(_: str, __: dict[str, Any]) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "NotFound", "Message": "Topic does not exist"}}, "Publish")

    with pytest.raises(ClientError, match="NotFound"):
        sink(connect("sns", answer)).send(report(Severity.CRITICAL))


@mock_aws
def test_a_simulated_sns_delivers_it_to_a_queue() -> None:
    """Against moto, with a filter on an attribute's list of values."""
    sns = boto3.client("sns", region_name="eu-west-1")
    sqs = boto3.client("sqs", region_name="eu-west-1")
    topic = sns.create_topic(Name="fleetscan")["TopicArn"]
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=arn,
        Attributes={"RawMessageDelivery": "true", "FilterPolicy": json.dumps({"clusters": ["batch"]})},
    )
    sink(sns).send(report(Severity.CRITICAL))
    expected = ['{"key": ""}']

    assert topic == TOPIC
    assert expected == [each.get("Body") for each in sqs.receive_message(QueueUrl=queue).get("Messages", [])]
