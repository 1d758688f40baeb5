"""Who dies next: one sentence, a column, and the order of the nodes."""

from __future__ import annotations

import json as standard_json
from dataclasses import replace

import pytest

from fleetscan.diagnosis.order import worst_first
from fleetscan.diagnosis.runway import words
from fleetscan.model import Report
from fleetscan.model.forecast import Runway
from fleetscan.render.html import page
from fleetscan.render.json import report as json
from fleetscan.render.message import sns
from fleetscan.render.text import report as text
from fleetscan.render.words.runway_words import left, next_to_run_out


def runway(low: float, high: float | None) -> Runway:
    """Return a runway between these hours."""
    hours = low if high is None else (low + high) / 2
    return Runway(hours_low=low, hours=hours, hours_high=high, limited_by="slab_unreclaimable", text=words(low, high))


def dated(report: Report, *runways: Runway | None) -> Report:
    """Return the report with these runways on its first nodes."""
    changed = tuple(replace(one, runway=left) for one, left in zip(report.diagnoses, runways, strict=False))
    return replace(report, diagnoses=(*changed, *report.diagnoses[len(changed) :]))


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 0.0, "now"),
        (0.2, 0.9, "within the hour"),
        (0.6, 1.4, "in 0 to 2 h"),
        (6.3, 8.2, "in 6 to 9 h"),
        (7.0, 7.0, "in about 7 h"),
        (60.0, 72.0, "in 60 to 72 h"),
        (60.0, 73.0, "in 2 to 4 d"),
        (40.0, None, "in 40 h or later"),
        (200.0, None, "in 8 d or later"),
    ],
)
def test_a_range_in_words_is_never_narrower_than_it_is(low: float, high: float | None, expected: str) -> None:
    """Down to whole units below, up to whole units above."""
    assert expected == words(low, high)


def test_the_next_to_run_out_are_named_soonest_first(report: Report) -> None:
    """Three names, and how many more within a week."""
    later = runway(100, 120)
    found = dated(report, runway(30, 40), runway(6.3, 8.2), None, later, later, runway(200, 210))
    first, second = (one.node.private_dns_name.partition(".")[0] for one in (found.diagnoses[1], found.diagnoses[0]))
    third = found.diagnoses[3].node.private_dns_name.partition(".")[0]
    expected = (
        f"Next to run out of memory, at the current rate: {first} in 6 to 9 h; {second} in 30 to 40 h; "
        f"{third} in 4 to 5 d; and 1 more node within a week."
    )

    assert expected == next_to_run_out(found)


def test_where_nobody_dies_nothing_is_said(report: Report) -> None:
    """Neither a sentence nor a column."""
    assert next_to_run_out(report) == ""
    assert next_to_run_out(dated(report, runway(200, 300))) == ""
    assert "left" not in text.render(report)


@pytest.mark.parametrize(
    ("given", "expected"), [(None, "-"), (runway(7, 8), "8 h"), (runway(71, 72), "72 h"), (runway(90, 100), "4 d")]
)
def test_what_is_left_in_the_width_of_a_column(given: Runway | None, expected: str) -> None:
    """Hours, then days; a dash is not known."""
    assert expected == left(given)


def test_every_form_of_the_report_says_it(report: Report) -> None:
    """Text, HTML, the message, and JSON for programs."""
    found = dated(report, runway(6.3, 8.2))
    document = standard_json.loads(json.render(found))
    expected = {
        "hours_low": 6.3,
        "hours": 7.25,
        "hours_high": 8.2,
        "limited_by": "slab_unreclaimable",
        "text": "in 6 to 9 h",
    }

    assert expected == document["nodes"][0]["runway"]
    assert document["nodes"][1]["runway"] is None
    assert "at the current rate: ip-10-0-1-" in " ".join(text.render(found).split())
    assert "in 6 to 9 h" in page.render(found)
    assert "in 6 to 9 h" in sns.body(found)


def test_of_nodes_equally_bad_the_next_to_run_out_comes_first(report: Report) -> None:
    """Within a severity by date of death; who is not known to die comes after."""
    warning = [one for one in report.diagnoses if one.severity is None][:3]
    late, soon, never = replace(warning[0], runway=runway(50, 60)), replace(warning[1], runway=runway(5, 6)), warning[2]

    assert worst_first([never, late, soon]) == (soon, late, never)


def test_words_out_of_a_stored_report_are_shown_clean(report: Report) -> None:
    """A runway's words are our own when it is made, and anybody's when they come back from where they were kept."""
    turned = replace(runway(6, 9), text="in 6\u202e to 9 h")

    assert next_to_run_out(dated(report, turned)).endswith(" in 6? to 9 h.")
