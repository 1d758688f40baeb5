"""Which posts a report becomes: what is new in the channel, what is known in its thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from fleetscan.incidents.incident import incidents
from fleetscan.incidents.lifecycle import advance
from fleetscan.incidents.node_status import Facts
from fleetscan.model import Report
from fleetscan.model.episode import ChangeKind, Chronicle, Event, Mute
from fleetscan.model.whereabouts import NOWHERE, Whereabouts
from fleetscan.render.message.envelope import Envelope
from fleetscan.slack import posts
from fleetscan.slack.incoming import Alarm, PlainText
from tests.fixtures.lives import START, diagnosis, finding
from tests.fixtures.lives import report as scan_of

RULES = ("slab_unreclaimable_high", "memory_pressure_high", "load_high")


def reported(*kinds: ChangeKind, mutes: Sequence[Mute] = ()) -> Report:
    """Return a scan that reports changes of these kinds, each of another incident."""
    found = tuple(finding(rule=rule) for rule in RULES[: len(kinds)])
    scan = scan_of(diagnosis(1, *found))
    facts = Facts(scan_id=scan.scan_id, started_at=START, diagnoses={})
    events = []
    for incident, kind in zip(incidents(scan).values(), kinds, strict=True):
        _, event = advance(None, incident, facts, START)
        assert event is not None
        events.append(replace(event, change=replace(event.change, kind=kind)))
    return replace(scan, chronicle=Chronicle(events=tuple(events), expired_mutes=tuple(mutes)))


def names(report: Report) -> list[str]:
    """Return the incidents of a report, in the order of its events."""
    assert report.chronicle is not None
    return [str(event.episode.fingerprint) for event in report.chronicle.events]


def shape(made: Sequence[posts.Post]) -> list[tuple[str, list[str], str, bool]]:
    """Return what matters of posts: key, rules reported, thread, and whether the channel sees it."""
    return [
        (post.key, [incident.partition("#")[0] for incident in post.incidents], post.thread, post.is_shown_in_channel)
        for post in made
    ]


def test_what_is_new_is_one_post_in_the_channel() -> None:
    """However many incidents opened."""
    report = reported(ChangeKind.OPENED, ChangeKind.OPENED)

    assert shape(posts.of_report(report, NOWHERE, {})) == [("channel", list(RULES[:2]), "", False)]


@pytest.mark.parametrize(
    ("kind", "is_shown"),
    [
        (ChangeKind.WORSE, True),
        (ChangeKind.RECURRED, True),
        (ChangeKind.RESOLVED, True),
        (ChangeKind.REMINDED, False),
    ],
)
def test_an_update_goes_into_the_thread_and_loud_ones_into_the_channel_too(kind: ChangeKind, is_shown: bool) -> None:  # noqa: FBT001 - a case
    """Worse, back and over must not be missed; that it is still there is for whoever follows the thread."""
    report = reported(kind)
    (name,) = names(report)

    assert shape(posts.of_report(report, NOWHERE, {name: "1.1"})) == [("thread#1.1", [RULES[0]], "1.1", is_shown)]


def test_new_and_known_incidents_in_one_message_are_distinguished() -> None:
    """The digest reports the new one alone, each thread of its own."""
    report = reported(ChangeKind.OPENED, ChangeKind.WORSE, ChangeKind.REMINDED)
    _, worse, reminded = names(report)
    made = posts.of_report(report, NOWHERE, {worse: "1.1", reminded: "2.2"})

    assert shape(made) == [
        ("channel", [RULES[0]], "", False),
        ("thread#1.1", [RULES[1]], "1.1", True),
        ("thread#2.2", [RULES[2]], "2.2", False),
    ]
    for post, rule in zip(made, RULES, strict=True):
        assert [other for other in RULES if f"[{other}]: on 1 node" in post.message.plain] == [rule]


def test_known_incidents_of_one_thread_are_one_update() -> None:
    """They opened together, and they resolve together."""
    report = reported(ChangeKind.RESOLVED, ChangeKind.RESOLVED)
    made = posts.of_report(report, NOWHERE, dict.fromkeys(names(report), "1.1"))

    assert shape(made) == [("thread#1.1", list(RULES[:2]), "1.1", True)]


def test_a_mute_that_has_run_out_is_reported_in_the_channel() -> None:
    """It belongs to no incident's thread."""
    report = reported(ChangeKind.WORSE, mutes=(Mute(id="m", until=START, why="a rehearsal"),))
    made = posts.of_report(report, NOWHERE, dict.fromkeys(names(report), "1.1"))

    assert shape(made) == [("channel", [], "", False), ("thread#1.1", [RULES[0]], "1.1", True)]
    assert "a rehearsal" in made[0].message.plain
    assert "a rehearsal" not in made[1].message.plain


def test_what_is_hidden_is_not_posted() -> None:
    """A mute hides messages."""
    report = reported(ChangeKind.OPENED, ChangeKind.OPENED)
    assert report.chronicle is not None
    shown, hidden = report.chronicle.events
    muted = replace(report, chronicle=Chronicle(events=(shown, replace(hidden, hidden="muted"))))

    assert shape(posts.of_report(muted, NOWHERE, {})) == [("channel", [RULES[0]], "", False)]


def test_where_nothing_is_remembered_the_report_is_one_post() -> None:
    """Everything is news, and no incident is known."""
    report = replace(reported(ChangeKind.OPENED), chronicle=None)

    assert shape(posts.of_report(report, NOWHERE, {})) == [("channel", [], "", False)]


def test_a_report_that_cannot_be_had_is_reported_in_its_own_words() -> None:
    """With the links, which may still work."""
    envelope = Envelope(
        scan_id="1",
        subject="[critical] fleetscan: 3 of 16 nodes critical",
        text="Culprit: <!channel> *it*",
        severity="critical",
        whereabouts=Whereabouts(report_url="https://s3/x"),
    )
    (post,) = posts.of_envelope(envelope)

    assert post.message.text.startswith("\U0001f534 [critical] fleetscan: 3 of 16 nodes critical")
    assert post.message.blocks[1]["text"] == {
        "type": "plain_text",
        "text": "Culprit: <?channel> *it*",
        "emoji": False,
    }
    assert "<https://s3/x|" in post.message.blocks[2]["text"]["text"]


ALARM = Alarm(name="a", arn="arn:a", state="ALARM", reason="r", description="d", region="Ireland", at="now")


@pytest.mark.parametrize(
    ("state", "threads", "thread"),
    [
        ("ALARM", {}, ""),
        ("ALARM", {"alarm#arn:a": "1.1"}, ""),
        ("OK", {"alarm#arn:a": "1.1"}, "1.1"),
        ("OK", {}, ""),
    ],
)
def test_an_alarm_rings_in_the_channel_and_ends_in_its_thread(state: str, threads: dict[str, str], thread: str) -> None:
    """Each time it rings it begins another thread."""
    made = posts.of_alarm(replace(ALARM, state=state), threads)

    assert shape(made) == [("channel", ["alarm"], thread, bool(thread))]


def test_words_are_one_post() -> None:
    """Whoever wrote them."""
    assert shape(posts.of_words(PlainText(subject="", text="Hello."))) == [("channel", [], "", False)]


def test_events_are_all_somewhere() -> None:
    """Nothing that is reported gets lost between the posts."""
    report = reported(ChangeKind.OPENED, ChangeKind.WORSE, ChangeKind.RESOLVED)
    every: list[Event] = list(report.chronicle.events) if report.chronicle else []
    threads = {names(report)[2]: "1.1"}
    made = posts.of_report(report, NOWHERE, threads)

    assert sorted(incident for post in made for incident in post.incidents) == sorted(
        str(event.episode.fingerprint) for event in every
    )
