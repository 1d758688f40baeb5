"""Reports in the schema of Amazon Q Developer in chat applications."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fleetscan.model import Report
from fleetscan.model.whereabouts import Whereabouts
from fleetscan.render.message import chat_notification
from tests.fixtures.slack_rules import obeyed, without_code

WHERE = Whereabouts(report_url="https://s3.example/r?a=1&b=2", dashboard_url="https://console.example/d")


@pytest.mark.parametrize(
    ("fixture", "file_name"),
    [
        ("solved_report", "chat.json"),
        ("changed_report", "chat-changed.json"),
        ("resolved_report", "chat-resolved.json"),
    ],
)
def test_the_incident_reads_as_expected(
    fixture: str, file_name: str, golden: Callable[[str, str], str], request: pytest.FixtureRequest
) -> None:
    """As it was found, in its third day, and after it."""
    report = request.getfixturevalue(fixture)
    actual = json.dumps(json.loads(chat_notification.render(report, WHERE)), indent=2, ensure_ascii=False) + "\n"

    assert golden(file_name, actual) == actual


@pytest.mark.parametrize(
    "fixture",
    ["report", "solved_report", "changed_report", "resolved_report", "hostile_report", "hostile_changed_report"],
)
def test_it_keeps_to_the_schema_and_to_its_bounds(fixture: str, request: pytest.FixtureRequest) -> None:
    """What differs from the schema is dropped without a word; what is too long nobody reads."""
    report: Report = request.getfixturevalue(fixture)
    found: dict[str, Any] = json.loads(chat_notification.render(report, WHERE))
    content, metadata = found["content"], found["metadata"]

    assert (found["version"], found["source"]) == ("1.0", "custom")
    assert content["textType"] == "client-markdown"
    assert 0 < len(content["title"]) <= 250
    assert 0 < len(content["description"]) <= 2_900
    assert "responded; scan " in content["description"].splitlines()[-1]
    assert all(isinstance(step, str) and 0 < len(step) <= 600 for step in content.get("nextSteps", ["x"]))
    assert all(isinstance(word, str) for word in (*content["keywords"], *metadata["relatedResources"]))
    assert set(metadata) == {"threadId", "summary", "eventType", "relatedResources"}
    assert len(found["metadata"]["threadId"]) <= 200


@pytest.mark.parametrize("fixture", ["hostile_report", "hostile_changed_report"])
def test_neither_chat_obeys_a_name(fixture: str, request: pytest.FixtureRequest) -> None:
    """Slack's markup, and the links of Teams."""
    found: dict[str, Any] = json.loads(chat_notification.render(request.getfixturevalue(fixture), WHERE))
    content = found["content"]
    texts = [content["title"], content["description"], *content.get("nextSteps", [])]
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}} for text in texts]

    assert obeyed({"text": "-", "blocks": blocks}) == []
    assert not [text for text in texts if "](" in without_code(text)]


def test_updates_of_one_cause_share_a_thread(changed_report: Report, resolved_report: Report) -> None:
    """The pressure opened and the buffers resolved: two causes; the buffers resolved twice: one."""
    assert resolved_report.chronicle is not None
    later = replace(resolved_report, scan_id="another", chronicle=replace(resolved_report.chronicle, episodes=()))

    assert chat_notification.thread(resolved_report) == chat_notification.thread(later)
    assert chat_notification.thread(changed_report) != chat_notification.thread(resolved_report)


def test_where_nothing_is_remembered_each_scan_is_a_thread_of_its_own(report: Report) -> None:
    """There is no incident to speak of."""
    assert chat_notification.thread(report) == f"fleetscan-{report.scan_id}"
    assert chat_notification.texts(report) == {"default": chat_notification.render(report)}
