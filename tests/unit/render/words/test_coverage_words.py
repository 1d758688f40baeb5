"""Coverage in words: what was not evaluated, what cannot be seen, and which nodes are of an older version."""

from __future__ import annotations

import json as plain_json
from dataclasses import replace

from fleetscan.model import CaptureStatus, Coverage, Diagnosis
from fleetscan.render.html import page
from fleetscan.render.json import report as json_report
from fleetscan.render.text import report as text_report
from fleetscan.render.words.coverage_words import coverage_sentences
from tests.fixtures.evaluated_nodes import evaluated, report

PARTIAL = Coverage(status=CaptureStatus.ANSWERED, version=2, hidden=("processes", "pods"))
WORDS = "partial coverage, not visible from the agent's container: processes, pods"


def lacking(number: int) -> Diagnosis:
    """Return a node whose kernel log could not be read."""
    return replace(evaluated(number), unevaluated={"kernel log": "section kernel_log could not be read on the node"})


def test_what_was_not_evaluated_is_said_once_with_all_its_nodes() -> None:
    """Evidence and reason; of a node that had all there is nothing to say."""
    assert coverage_sentences(report(lacking(1), lacking(2), evaluated(3))) == (
        "3 nodes: 3 responded",
        "node-0001, node-0002: kernel log not evaluated: section kernel_log could not be read on the node",
    )
    assert coverage_sentences(report(lacking(1))) == (
        "kernel log not evaluated: section kernel_log could not be read on the node",
    )


def test_partial_coverage_is_counted_apart() -> None:
    """The numbers still add up to the number of nodes."""
    seen = replace(evaluated(1), coverage=PARTIAL)
    silent = evaluated(3, status=CaptureStatus.TIMED_OUT)

    assert coverage_sentences(report(seen, evaluated(2), silent))[0] == (
        "3 nodes: 1 responded; 1 responded with partial coverage; 1 did not respond in time"
    )
    assert f"node-0001: {WORDS}" in coverage_sentences(report(seen, evaluated(2)))
    assert coverage_sentences(report(seen, replace(seen, node=evaluated(2).node)))[0] == (
        "2 nodes: 2 responded with partial coverage"
    )


def test_every_output_shows_partial_coverage() -> None:
    """Text, page and JSON; and the node is healthy for all that."""
    scan = report(replace(evaluated(1), coverage=PARTIAL), evaluated(2))
    document = plain_json.loads(json_report.render(scan))
    node = document["nodes"][0]

    assert WORDS in " ".join(text_report.render(scan).split())
    assert "partial coverage" in page.render(scan)
    assert (node["coverage"]["is_partial"], node["coverage"]["hidden"]) == (True, ["processes", "pods"])
    assert (document["fleet"]["counts"]["partial"], node["condition"]) == (1, "healthy")


def test_nodes_that_sent_an_older_capture_are_counted() -> None:
    """While a deployment is in progress, and until somebody notices that it never ended."""
    old = [replace(evaluated(number), coverage=Coverage(status=CaptureStatus.ANSWERED, version=1)) for number in (1, 2)]

    assert coverage_sentences(report(*old))[-1] == (
        "2 nodes sent a capture of version 1 and were evaluated by what that version collects: update the SSM document"
    )


def test_no_more_gaps_than_anybody_reads_are_listed() -> None:
    """The others are counted."""
    nodes = [replace(evaluated(number), unevaluated={"kernel log": f"reason {number}"}) for number in range(14)]

    assert coverage_sentences(report(*nodes))[-1] == "and 2 more gaps with evidence"
