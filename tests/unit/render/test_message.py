"""The report as a message."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from fleetscan.model import Report
from fleetscan.model.episode import UNREAD
from fleetscan.model.whereabouts import Whereabouts
from fleetscan.render import message


def test_the_incident_reads_as_expected(solved_report: Report, golden: Callable[[str, str], str]) -> None:
    """Subject, attributes and body of the incident's message."""
    attributes = json.dumps(dict(message.attributes(solved_report)), indent=2)
    actual = f"{message.subject(solved_report)}\n\n{attributes}\n\n{message.body(solved_report)}"

    assert golden("message.txt", actual) == actual


@pytest.mark.parametrize("fixture", ["report", "solved_report", "hostile_report", "many_report"])
def test_sns_would_take_it(fixture: str, request: pytest.FixtureRequest) -> None:
    """A subject of less than 100 printable ASCII characters, a bounded body, no attribute without a value."""
    report = request.getfixturevalue(fixture)
    subject = message.subject(report)
    attributes = message.attributes(report)

    assert len(subject) < 100
    assert subject.isascii()
    assert subject.isprintable()
    assert len(message.body(report)) <= 8_000
    assert all(attributes.values())


def test_nobody_is_called_by_a_name(hostile_report: Report) -> None:
    """A pod called ``@everyone`` rings no telephone."""
    body = message.body(hostile_report)

    assert "?everyone <?channel>" in body
    assert "@everyone" not in body


def test_an_empty_report_still_has_a_subject(report: Report) -> None:
    """No node found is worth saying, and has no cluster or rule to filter by."""
    empty = replace(report, diagnoses=())

    assert message.subject(empty) == "[none] fleetscan: no node found"
    assert dict(message.attributes(empty)) == {"schema": "1", "scan_id": report.scan_id, "severity": "none"}


def test_a_cut_body_says_that_it_is_cut(hostile_report: Report) -> None:
    """A reader must know that there is more."""
    assert message.body(hostile_report).endswith("... cut here; the whole report is in the log and on the dashboard.\n")


def test_why_everything_is_new_again_is_said_before_anything_is_cut(hostile_report: Report) -> None:
    """Who gets the same message every five minutes must read why, also where the message is too long."""
    why = f"{UNREAD}: AccessError: AWS refused dynamodb:Query"
    body = message.body(replace(hostile_report, chronicle=None, notes=(why, *hostile_report.notes)))

    assert " ".join(body.split()).count(why) == 1
    assert body.index(UNREAD[:40]) < 2_000


def test_links_stand_whole_at_the_end_however_much_else_was_cut(hostile_report: Report) -> None:
    """A URL is never broken, and it is said how long it works and what works later."""
    url = f"https://bucket.invalid/page?X-Amz-Signature={'0' * 1_700}"
    where = Whereabouts(
        bucket="reports-1",
        key="reports/2026/01/15/20260115T060500.000000Z.json.gz",
        report_url=url,
        dashboard_url="https://console.invalid/d",
    )
    body = message.body(hostile_report, where)
    expected = f"""... cut here; the whole report is in the log and on the dashboard.

The whole report (the link ends after some hours, with the session that signed it):
{url}

Any time: fleetscan report --bucket reports-1 --scan 20260115T060500.000000Z

Dashboard: https://console.invalid/d
"""

    assert body.endswith(expected)
    assert len(body) <= 8_000


def test_a_report_that_is_nowhere_has_no_links(report: Report) -> None:
    """Nothing is promised."""
    assert message.body(report) == message.body(report, Whereabouts())
    assert "https:" not in message.body(report)
