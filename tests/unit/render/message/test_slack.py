"""Reports as Slack messages: what they say, that Slack takes them, and that it obeys nothing in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleetscan.model import Report
from fleetscan.model.whereabouts import NOWHERE, Whereabouts
from fleetscan.render.message import slack, slack_words
from fleetscan.render.message.mrkdwn import prose
from fleetscan.render.message.slack import SlackMessage
from fleetscan.render.message.slack_blocks import MOST_CHARACTERS, Weighed, characters, fitted, plain_section, section
from tests.fixtures.slack_rules import obeyed, problems

WHERE = Whereabouts(
    bucket="fleetscan-reports",
    key="reports/2026/11/24/20261124T031500.000000Z.json.gz",
    report_url="https://bucket.s3.eu-west-1.amazonaws.com/reports/x.html?X-Amz-Expires=43200&X-Amz-Signature=00",
    dashboard_url="https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#dashboards/dashboard/f",
)
EVERY = [
    "report",
    "solved_report",
    "changed_report",
    "resolved_report",
    "many_report",
    "hostile_report",
    "hostile_changed_report",
]


def payload(message: SlackMessage) -> dict[str, object]:
    """Return what goes to Slack."""
    return {"text": message.text, "blocks": list(message.blocks)}


@pytest.mark.parametrize(
    ("fixture", "file_name"),
    [
        ("solved_report", "slack.json"),
        ("changed_report", "slack-changed.json"),
        ("resolved_report", "slack-resolved.json"),
    ],
)
def test_the_incident_reads_as_expected(
    fixture: str, file_name: str, golden: Callable[[str, str], str], request: pytest.FixtureRequest
) -> None:
    """As it was found, in its third day, and after it."""
    message = slack.render(request.getfixturevalue(fixture), WHERE)
    actual = json.dumps(payload(message), indent=2, ensure_ascii=False) + "\n"

    assert golden(file_name, actual) == actual


def test_a_locked_telephone_shows_the_headline(solved_report: Report) -> None:
    """In two lines: how bad and where, then who."""
    expected = [
        "\U0001f534 Critical: 3 of 16 nodes critical in live - kernel socket buffers",
        (
            "Probable root cause: DaemonSet weave/weave-scope-agent (confidence: high), "
            "which holds 5.2 GiB of unread socket buffers on 3 of 3 "
            "affected nodes and on 0 of 11 others."
        ),
    ]

    assert expected == slack.render(solved_report).text.splitlines()[:2]


@pytest.mark.parametrize("fixture", EVERY)
def test_slack_takes_it(fixture: str, request: pytest.FixtureRequest) -> None:
    """Every limit, for every report."""
    message = slack.render(request.getfixturevalue(fixture), WHERE)

    assert problems(payload(message)) == []
    assert problems({"text": message.plain}) == []


@pytest.mark.parametrize("fixture", EVERY)
def test_slack_obeys_nothing_in_it(fixture: str, request: pytest.FixtureRequest) -> None:
    """Mentions, links, emphasis, emoji, quotations: only what the project itself wrote."""
    message = slack.render(request.getfixturevalue(fixture), WHERE)

    assert obeyed(payload(message)) == []
    for shown in (message.text, message.plain, json.dumps(payload(message), ensure_ascii=False)):
        assert not {"\x1b", "\u202e", "\u200f", "\x07", "\x00"} & set(shown)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=4_000), st.integers(1, 60))
def test_limits_hold_whatever_a_node_is_called(solved_report: Report, evil: str, times: int) -> None:
    """Names, reasons and remedies of any length, any number of root causes and notes."""
    (root_cause,) = solved_report.culprits
    root_causes = (
        replace(root_cause, name=evil, image=evil, reason="; ".join([evil] * 9), remedy=f"{evil}\n    {evil}"),
    )
    hostile = replace(solved_report, culprits=root_causes * times, notes=(evil,) * times, scan_id=evil)
    message = slack.render(hostile, WHERE)

    assert problems(payload(message)) == []
    assert obeyed(payload(message)) == []


def test_what_is_missed_least_is_left_out() -> None:
    """Of equal weight the last goes first; what is heavy stays whatever it costs the others."""
    long = section([prose("x" * 600)] * 4)
    kept = fitted([Weighed(100, long), *(Weighed(weight, long) for weight in (50, 60, 50, 60, 70))])

    assert len(kept) * characters(long) <= MOST_CHARACTERS
    assert len(kept) == 4


def test_a_section_counts_the_lines_that_do_not_fit() -> None:
    """And never ends in the middle of one."""
    block = section([prose("x" * 500)] * 10)

    assert block["text"]["text"].splitlines()[-1] == "... and 5 more"
    assert len(block["text"]["text"]) <= 3_000


def test_an_address_that_is_none_makes_no_link(solved_report: Report) -> None:
    """Nor one that is too long for a section."""
    where = Whereabouts(report_url="https://x|y>", dashboard_url=f"https://{'x' * 4_000}")

    assert slack.render(solved_report, where) == replace(
        slack.render(solved_report, NOWHERE), plain=slack.render(solved_report, where).plain
    )


def test_an_alarm_says_what_it_means(golden: Callable[[str, str], str]) -> None:
    """Its state in a colour and in a word."""
    message = slack_words.alarm(
        name="fleetscan-ScanMissingAlarm-1A2B",
        state="ALARM",
        reason="Threshold Crossed: no datapoints were received for 1 period",
        description="No scan has completed for a whole window, so nothing else here can be believed.",
        footer="CloudWatch alarm, EU (Ireland), 2026-11-24T03:15:00.000+0000",
    )
    actual = json.dumps(payload(message), indent=2, ensure_ascii=False) + "\n"

    assert golden("slack-alarm.json", actual) == actual


@given(st.text(max_size=10_000), st.text(max_size=300))
def test_somebody_s_words_are_posted_as_they_are(text: str, subject: str) -> None:
    """In plain text, where nothing is obeyed, within the limits."""
    message = slack_words.words(subject, text, WHERE)
    alarm = slack_words.alarm(name=subject or "a", state=text, reason=text, description=text, footer=text)

    for one in (message, alarm):
        assert problems(payload(one)) == []
        assert obeyed(payload(one)) == []


def test_a_long_text_is_cut_between_its_lines() -> None:
    """Into sections, of which none is lost."""
    text = "\n".join(f"line {number:04}" for number in range(700))

    assert "\n".join(slack_words.pieces(text)) == text


def test_a_text_of_one_line_is_cut_where_it_must_be() -> None:
    """8,000 characters without a line's end."""
    assert "".join(slack_words.pieces("x" * 8_000)) == "x" * 8_000


def test_commands_in_plain_text_stay_set_in() -> None:
    """That sets them apart from the words around them."""
    block = plain_section("Look:\n    kubectl get pods\n\nEnd.")

    assert block["text"]["text"] == "Look:\n    kubectl get pods\n\nEnd."
