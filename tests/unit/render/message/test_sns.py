"""The report as a message."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from fleetscan.model import UNPUBLISHED, Report
from fleetscan.model.episode import UNREAD
from fleetscan.model.whereabouts import Whereabouts
from fleetscan.render.message import envelope, sns
from fleetscan.render.message.envelope import Envelope
from fleetscan.render.text import report as text


def test_the_incident_reads_as_expected(solved_report: Report, golden: Callable[[str, str], str]) -> None:
    """Subject, attributes and body of the incident's message."""
    attributes = json.dumps(dict(sns.attributes(solved_report)), indent=2)
    actual = f"{sns.subject(solved_report)}\n\n{attributes}\n\n{sns.body(solved_report)}"

    assert golden("message.txt", actual) == actual


@pytest.mark.parametrize("fixture", ["report", "solved_report", "hostile_report", "many_report"])
def test_sns_would_take_it(fixture: str, request: pytest.FixtureRequest) -> None:
    """A subject of less than 100 printable ASCII characters, a bounded body, no attribute without a value."""
    report = request.getfixturevalue(fixture)
    subject = sns.subject(report)
    attributes = sns.attributes(report)

    assert len(subject) < 100
    assert subject.isascii()
    assert subject.isprintable()
    assert len(sns.body(report)) <= 8_000
    assert all(attributes.values())


def test_nobody_is_called_by_a_name(hostile_report: Report) -> None:
    """A pod called ``@everyone`` rings no telephone."""
    body = sns.body(hostile_report)

    assert "?everyone <?channel>" in body
    assert "@everyone" not in body


def test_an_empty_report_still_has_a_subject(report: Report) -> None:
    """No node found is worth saying, and has no cluster or rule to filter by."""
    empty = replace(report, diagnoses=())

    assert sns.subject(empty) == "[none] fleetscan: no node found"
    assert dict(sns.attributes(empty)) == {"schema": "1", "scan_id": report.scan_id, "severity": "none"}


def test_queues_and_functions_get_an_envelope_and_people_the_words(solved_report: Report) -> None:
    """Under the names of the protocols; e-mail has the default."""
    where = Whereabouts(bucket="reports", key="reports/2026/11/24/x.json.gz", report_url="https://s3/x")
    texts = sns.texts(solved_report, where)
    expected = Envelope(
        scan_id=solved_report.scan_id,
        subject=sns.subject(solved_report),
        text=sns.body(solved_report, where),
        severity="critical",
        whereabouts=where,
    )

    assert set(texts) == {"default", "lambda", "sqs"}
    assert texts["default"] == expected.text
    assert texts["lambda"] == texts["sqs"]
    assert envelope.read(texts["sqs"]) == expected


@pytest.mark.parametrize("fixture", ["report", "solved_report", "hostile_report", "many_report"])
def test_all_texts_together_fit_into_a_message(fixture: str, request: pytest.FixtureRequest) -> None:
    """A quarter of a million bytes, with two envelopes around the words."""
    report = request.getfixturevalue(fixture)
    where = Whereabouts(bucket="b" * 63, key="k" * 100, report_url=f"https://s3/{'x' * 2_000}")

    assert len(json.dumps(sns.texts(report, where)).encode()) < 150_000


def test_a_budget_of_series_is_no_gap_in_what_was_looked_at(solved_report: Report) -> None:
    """Nobody is called at night for numbers that the report has; it says so itself."""
    note = f"22 metric series of this scan were not published: the budget is 26 in an hour. {UNPUBLISHED}"
    noted = replace(solved_report, notes=(*solved_report.notes, note))

    assert sns.body(noted) == sns.body(solved_report)
    assert "the budget is 26 in an hour" in " ".join(text.render(noted).split())


def test_why_everything_is_new_again_is_said_before_anything_is_left_out(hostile_report: Report) -> None:
    """Who gets the same message every five minutes must read why, also where the message is too long."""
    why = f"{UNREAD}: AccessError: AWS refused dynamodb:Query"
    body = sns.body(replace(hostile_report, chronicle=None, notes=(why, *hostile_report.notes)))

    assert body.count(why) == 1
    assert body.index(why) < 1_200
