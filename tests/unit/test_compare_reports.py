"""The comparison of two reports lets through what may differ, and nothing else."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.compare_reports import differences, main

BEFORE: dict[str, Any] = {
    "scan_id": "1",
    "started_at": "2026-01-15T06:05:00+00:00",
    "headline": "2 of 3 nodes are sick.",
    "nodes": [
        {
            "instance_id": "i-2",
            "condition": "sick",
            "findings": [{"rule": "load_high", "title": "Old", "measured": 17.0}],
        },
        {"instance_id": "i-1", "condition": "dying", "findings": []},
        {"instance_id": "i-3", "condition": "well", "findings": []},
    ],
    "fleet": {
        "culprits": [{"name": "agent", "nodes": ["i-2", "i-1"]}],
        "counts": {"by_condition": {"sick": 1, "dying": 1, "well": 1}},
    },
    "kubernetes": {"stories": [{"links": [{"text": "not ready from 13:29:39 UTC on, 4 h before that"}]}]},
    "notes": ["22 metric series of this scan were not published (i-2): the budget is 100 in an hour."],
}
AFTER: dict[str, Any] = {
    "scan_id": "2",
    "started_at": "2026-01-15T07:00:00+00:00",
    "headline": "2 of 3 nodes are critical.",
    "nodes": [
        {"instance_id": "i-1", "condition": "critical", "is_failing_now": True, "findings": []},
        {
            "instance_id": "i-2",
            "condition": "critical",
            "is_failing_now": False,
            "findings": [{"rule": "load_high", "title": "New", "measured": 17.0}],
        },
        {"instance_id": "i-3", "condition": "healthy", "is_failing_now": False, "findings": []},
    ],
    "fleet": {
        "culprits": [{"name": "agent", "nodes": ["i-1", "i-2"]}],
        "counts": {"by_condition": {"critical": 2, "healthy": 1}},
    },
    "kubernetes": {"stories": [{"links": [{"text": "not ready from 14:20:40 UTC on, 5 h before that"}]}]},
    "notes": ["23 metric series of this scan were not published (i-2): the budget is 100 in an hour."],
}


def test_words_conditions_order_and_clock_may_differ() -> None:
    """In either direction."""
    assert list(differences(BEFORE, AFTER)) == list(differences(AFTER, BEFORE)) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda one: one["nodes"][0].update(is_failing_now=False), "nodes[0].is_failing_now: is False, was True"),
        (lambda one: one["nodes"][1].update(is_failing_now=True), "nodes[1].is_failing_now: is True, was False"),
        (lambda one: one["nodes"][2].update(condition="unknown"), "nodes[2].condition: is 'unknown', was 'healthy'"),
        (
            lambda one: one["nodes"][1]["findings"][0].update(measured=16.0),
            "nodes[1].findings[0].measured: is 16.0, was 17.0",
        ),
        (
            lambda one: one["nodes"][1]["findings"][0].update(rule="load"),
            "nodes[1].findings[0].rule: is 'load', was 'load_high'",
        ),
        (lambda one: one["nodes"][1]["findings"].clear(), "nodes[1].findings: has 0 entries, had 1"),
        (lambda one: one["nodes"].pop(), "nodes: has 2 entries, had 3"),
        (lambda one: one["fleet"].pop("culprits"), "fleet.culprits: is gone"),
        (lambda one: one.update(more=1), "more: is new"),
        (
            lambda one: one["fleet"]["culprits"][0].update(nodes=["i-1", "i-3"]),
            "fleet.culprits[0].nodes[1]: is 'i-3', was 'i-2'",
        ),
        (
            lambda one: one["fleet"]["counts"]["by_condition"].update(critical=1),
            "fleet.counts.by_condition.critical: is 1, was 2",
        ),
        (
            lambda one: one["notes"].append("Not asked."),
            "notes: has 2 entries, had 1",
        ),
    ],
)
def test_any_other_difference_is_reported(change: Callable[[dict[str, Any]], object], expected: str) -> None:
    """With its place and both values."""
    changed = copy.deepcopy(AFTER)
    change(changed)

    assert list(differences(BEFORE, changed)) == [expected]


def test_the_exit_code_says_whether_there_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """0 for none, 1 for some, 2 for a wrong use."""
    one, other, third = (tmp_path / name for name in ("one.json", "other.json", "third.json"))
    for path, document in ((one, BEFORE), (other, AFTER), (third, {**AFTER, "more": 1})):
        path.write_text(json.dumps(document))

    assert main([str(one), str(other)]) == 0
    assert main([str(one), str(third)]) == 1
    assert main([str(one)]) == 2
    assert capsys.readouterr().out == "more: is new\n"
