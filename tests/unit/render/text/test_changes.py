"""Changes since the last scan, in a message, in the text and on the page."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from fleetscan.model import Report
from fleetscan.model.episode import Chronicle
from fleetscan.render.elements.style import SHEET
from fleetscan.render.html import page
from fleetscan.render.json import report as report_json
from fleetscan.render.message import sns
from fleetscan.render.text import report as text


def as_sent(report: Report) -> str:
    """Return subject, attributes and body as a topic gets them."""
    attributes = json.dumps(dict(sns.attributes(report)), indent=2)
    return f"{sns.subject(report)}\n\n{attributes}\n\n{sns.body(report)}"


def test_a_message_says_what_changed(changed_report: Report, golden: Callable[[str, str], str]) -> None:
    """Opened, back, worse, still there, a mute that has run out; what is hidden or unchanged is not explained anew."""
    actual = as_sent(changed_report)

    assert golden("message-changed.txt", actual) == actual


def test_a_resolved_message_shows_before_and_after(resolved_report: Report, golden: Callable[[str, str], str]) -> None:
    """As the last table of the incident does."""
    actual = as_sent(resolved_report)

    assert golden("message-resolved.txt", actual) == actual


def test_the_text_has_all_of_it(changed_report: Report, golden: Callable[[str, str], str]) -> None:
    """What is hidden too, with the reason: a mute hides messages and not the report."""
    actual = text.render(changed_report)

    assert golden("report-changed.txt", actual) == actual


def test_a_later_scan_in_text(resolved_report: Report, golden: Callable[[str, str], str]) -> None:
    """After the report of the fleet as it was found."""
    actual = text.later(resolved_report)

    assert golden("later.txt", actual) == actual


def test_the_page_has_all_of_it(
    changed_report: Report, resolved_report: Report, golden: Callable[[str, str], str]
) -> None:
    """Changes, and a later scan with before and after; its style sheet is left out."""
    actual = page.render(changed_report, resolved_report).replace(SHEET, "")

    assert golden("report-changed.html", actual) == actual


def test_json_has_events_episodes_and_mutes(changed_report: Report, golden: Callable[[str, str], str]) -> None:
    """Keys of the report itself."""
    whole = json.loads(report_json.render(changed_report))
    actual = json.dumps({key: whole[key] for key in ("events", "episodes", "mutes")}, indent=2) + "\n"

    assert golden("changes.json", actual) == actual


def test_json_without_a_memory_says_null(report: Report) -> None:
    """Not remembered is not unchanged."""
    whole = json.loads(report_json.render(report))

    assert [whole[key] for key in ("events", "episodes", "mutes")] == [None, None, None]


def test_nothing_changed_is_said(report: Report) -> None:
    """A report of a scan with a memory always has the section."""
    quiet = replace(report, chronicle=Chronicle())

    assert "Changes since the last scan\n---------------------------\n  No changes." in text.render(quiet)
    assert "Changes" in page.render(quiet)


@pytest.mark.parametrize("fixture", ["changed_report", "resolved_report"])
def test_sns_would_take_it(fixture: str, request: pytest.FixtureRequest) -> None:
    """A subject of less than 100 printable ASCII characters, a bounded body, no attribute without a value."""
    report: Report = request.getfixturevalue(fixture)
    subject, attributes = sns.subject(report), sns.attributes(report)

    assert len(subject) < 100
    assert subject.isascii()
    assert subject.isprintable()
    assert len(sns.body(report)) <= 8_000
    assert all(attributes.values())
    assert len(attributes) <= 10


def test_hostile_names_are_shown_as_everywhere(changed_report: Report) -> None:
    """A title, a host, an evidence and a mute that obey nobody."""
    evil = "\x1b[31m<script>alert(1)</script>@everyone\u202e"
    assert changed_report.chronicle is not None
    episodes = tuple(
        replace(
            one,
            title=evil,
            fingerprint=replace(one.fingerprint, cluster=evil, subject=evil),
            worst=replace(one.worst, host=evil, text=evil, instance_id=evil),
        )
        for one in changed_report.chronicle.episodes
    )
    events = tuple(
        replace(event, episode=episodes[0], hidden=evil if event.hidden else "")
        for event in changed_report.chronicle.events
    )
    mutes = tuple(replace(one, why=evil) for one in changed_report.chronicle.mutes)
    hostile = replace(
        changed_report,
        chronicle=Chronicle(events=events, episodes=episodes, mutes=mutes, expired_mutes=mutes),
    )
    texts = [sns.subject(hostile), sns.body(hostile), text.render(hostile), page.render(hostile, hostile)]

    for shown in texts:
        assert "\x1b" not in shown
        assert "\u202e" not in shown
    assert "<script>" not in texts[3]
    assert "@everyone" not in texts[0] + texts[1]
