"""The report as JSON: the promise to programs."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from fleetscan.model import Report
from fleetscan.render.json import report as report_json


def test_the_incident_reads_as_expected(solved_report: Report, golden: Callable[[str, str], str]) -> None:
    """Every key and value of the incident's report."""
    actual = report_json.render(solved_report)

    assert golden("report.json", actual) == actual


def test_the_promised_keys_are_there(report: Report) -> None:
    """The contract of schema 1, spelt out once where nobody regenerates it."""
    whole = json.loads(report_json.render(report))
    node = whole["nodes"][0]

    assert whole["schema"] == 1
    assert {"culprits", "findings"} <= whole["fleet"].keys()
    assert {"instance_id", "findings", "ruled_out", "skipped"} <= node.keys()
    assert {"rule", "severity", "cause", "title", "evidence", "remedy", "suspects"} <= node["findings"][1].keys()
    assert {"kind", "name", "image", "share"} <= node["findings"][1]["suspects"][0].keys()
    assert node["ruled_out"][0].keys() == {"hypothesis", "evidence"}
    assert isinstance(node["findings"][1]["evidence"], str)


def test_what_is_not_known_is_null(report: Report) -> None:
    """A reading that was not taken is null, never 0."""
    offline = json.loads(report_json.render(report))["nodes"][3]

    assert set(offline["readings"].values()) == {None}


def test_numbers_that_json_cannot_say_are_null(report: Report) -> None:
    """NaN and infinity are no JSON; a reader must not have to guess what a parser makes of them."""
    affected = report.diagnoses[0]
    finding = affected.findings[0]
    strange = replace(finding, evidence=replace(finding.evidence, measured=math.nan, limit=math.inf))

    written = report_json.render(replace(report, diagnoses=(replace(affected, findings=(strange,)),)))
    actual = json.loads(written)["nodes"][0]["findings"][0]

    assert (actual["measured"], actual["limit"]) == (None, None)


@pytest.mark.parametrize("fixture", ["report", "solved_report", "hostile_report"])
def test_it_is_safe_to_show(fixture: str, request: pytest.FixtureRequest) -> None:
    """Pure ASCII, and no string hides a control character that ``jq -r`` would send to the terminal."""
    actual = report_json.render(request.getfixturevalue(fixture))

    assert actual.isascii()
    assert "\\u00" not in actual
    assert "\\u202e" not in actual


def test_a_second_scan_goes_beside_the_first(report: Report) -> None:
    """The first stays the report; the second is one more key."""
    after = replace(report, scan_id="later")

    actual = json.loads(report_json.render(report, after))

    assert (actual["scan_id"], actual["after"]["scan_id"]) == (report.scan_id, "later")
