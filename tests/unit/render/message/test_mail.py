"""The mail: whole thoughts, chosen to fit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleetscan.model import Report
from fleetscan.model.whereabouts import Whereabouts
from fleetscan.render.message import mail
from fleetscan.render.message.selection import digest

WHERE = Whereabouts(
    bucket="fleetscan-reports",
    key="reports/2026/11/24/20261124T031500.000000Z.json.gz",
    report_url="https://bucket.s3.eu-west-1.amazonaws.com/x?X-Amz-Signature=1",
    dashboard_url="https://eu-west-1.console.aws.amazon.com/cloudwatch/home",
)


def test_the_headline_is_the_first_line(solved_report: Report) -> None:
    """A mail program shows it in the list, before anybody opens anything."""
    expected = (
        "Probable root cause: DaemonSet weave/weave-scope-agent (confidence: high), "
        "which holds 5.2 GiB of unread socket buffers on 3 of 3 affected "
        "nodes and on 0 of 11 others."
    )

    assert expected == mail.text(digest(solved_report)).partition("\n")[0]


def test_links_end_it_with_what_works_when_a_link_has_ended(solved_report: Report) -> None:
    """Each on a line of its own, never broken."""
    lines = mail.text(digest(solved_report, WHERE)).splitlines()

    assert WHERE.report_url in lines
    assert f"fleetscan report --bucket fleetscan-reports --scan {solved_report.scan_id}" in lines
    assert WHERE.dashboard_url in lines


@pytest.mark.parametrize(
    "fixture",
    ["report", "solved_report", "changed_report", "resolved_report", "hostile_report", "hostile_changed_report"],
)
def test_it_fits_and_ends_with_the_scan(fixture: str, request: pytest.FixtureRequest) -> None:
    """Whatever is in it, the last line is there: nothing was cut off."""
    text = mail.text(digest(request.getfixturevalue(fixture), WHERE))

    assert len(text) <= mail.CHARACTERS
    assert "responded; scan " in text.splitlines()[-1]


def test_what_was_cut_before_fits_now(changed_report: Report) -> None:
    """A first scan of a bad day: thirty incidents opened, and the commands and the worst nodes are still whole."""
    assert changed_report.chronicle is not None
    events = changed_report.chronicle.events[:4] * 8
    bad_day = replace(changed_report, chronicle=replace(changed_report.chronicle, events=events))
    text = mail.text(digest(bad_day, WHERE))

    assert "- and 20 more" in text
    assert "kubectl drain ip-10-0-1-23.eu-west-1.compute.internal --ignore-daemonsets" in text.replace("\n", " ")
    assert len(text) < mail.CHARACTERS


def test_what_is_missed_least_goes_first(hostile_report: Report) -> None:
    """Of a text that is far too long the root causes stay, and what is left out is counted."""
    text = mail.text(digest(hostile_report))

    assert "REMEDIES" in text
    assert "COVERAGE GAPS" not in text
    assert "Left out for length: " in text


def test_the_only_addresses_are_our_own(hostile_report: Report) -> None:
    """A mail program makes a link of whatever looks like an address; one in a name is broken before its slashes."""
    text = mail.text(digest(hostile_report, WHERE))
    addresses = [word for word in text.split() if "://" in word]

    assert "[a](http: //x)" in text
    assert addresses == [WHERE.report_url, WHERE.dashboard_url]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=3_000))
def test_it_fits_whatever_the_names_are(solved_report: Report, evil: str) -> None:
    """And shows nothing that a terminal or a chat obeys."""
    (root_cause,) = solved_report.culprits
    hostile = replace(
        solved_report,
        culprits=(replace(root_cause, name=evil, reason=evil, remedy=f"{evil}\n    {evil}"),),
        notes=(evil,) * 20,
    )
    text = mail.text(digest(hostile, WHERE))

    assert len(text) <= mail.CHARACTERS
    assert text.replace("\n", "").isprintable()
