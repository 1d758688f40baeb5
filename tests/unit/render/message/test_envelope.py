"""What programs get of a report."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.model.whereabouts import Whereabouts
from fleetscan.render.message.envelope import Envelope, read, write

ENVELOPE = Envelope(
    scan_id="20260115T060503.218441Z",
    subject="[critical] fleetscan: 3 of 16 nodes critical",
    text="Culprit: ...\nEnd \u00e9.",
    severity="critical",
    whereabouts=Whereabouts(bucket="b", key="k", report_url="https://r", dashboard_url="https://d"),
)


def test_it_is_one_object_with_promised_keys() -> None:
    """Where there is no report and no link, null."""
    expected = {
        "schema": 1,
        "kind": "fleetscan.report",
        "scan_id": "1",
        "subject": "s",
        "text": "t",
        "severity": "none",
        "report": None,
        "links": {"report": None, "dashboard": None},
    }

    assert expected == json.loads(write(Envelope(scan_id="1", subject="s", text="t", severity="none")))
    assert json.loads(write(ENVELOPE))["report"] == {"bucket": "b", "key": "k"}


def test_what_was_written_is_read() -> None:
    """With its links, and without them."""
    bare = Envelope(scan_id="1", subject="s", text="t", severity="none")

    assert [read(write(ENVELOPE)), read(write(bare))] == [ENVELOPE, bare]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "words",
        "[]",
        "7",
        '{"kind": "fleetscan.report"}',
        '{"kind": "fleetscan.report", "schema": 2}',
        '{"kind": "another", "schema": 1}',
        "[" * 100_000,
    ],
)
def test_anything_else_is_none(text: str) -> None:
    """An envelope of another schema is not guessed at."""
    assert read(text) is None


@pytest.mark.parametrize("wrong", [7, None, [], {}, True])
def test_values_of_another_kind_are_empty(wrong: object) -> None:
    """Whoever may publish to the topic wrote it."""
    keys = ("scan_id", "subject", "text", "severity", "report", "links")
    found = read(json.dumps({"kind": "fleetscan.report", "schema": 1, **dict.fromkeys(keys, wrong)}))

    assert found == Envelope(scan_id="", subject="", text="", severity="")


@given(st.text())
def test_any_text_is_read_or_is_none(text: str) -> None:
    """It never raises."""
    assert read(text) is None or text.lstrip().startswith("{")
