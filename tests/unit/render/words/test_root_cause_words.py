"""The conclusion over all nodes in words, and what it does to the order of a report."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetscan.model import Cause, Report, Severity
from fleetscan.model.conclusion import Strength
from fleetscan.render.message import sns
from fleetscan.render.text import report as text
from fleetscan.render.words import root_cause_words
from fleetscan.render.words.headline import headline
from fleetscan.render.words.remedy import advice, ends_with, plan


def test_the_headline_begins_with_the_root_cause(solved_report: Report) -> None:
    """Who, what it holds, and on how many nodes of either side."""
    expected = (
        "Probable root cause: DaemonSet weave/weave-scope-agent (confidence: high), "
        "which holds 5.2 GiB of unread socket buffers on 3 of 3 affected "
        "nodes and on 0 of 11 others. "
    )

    assert headline(solved_report).startswith(expected)


def test_several_root_causes_are_counted(solved_report: Report) -> None:
    """Two are named, the rest is a number."""
    several = replace(solved_report, culprits=solved_report.culprits * 4)

    assert root_cause_words.sentence(several).startswith(
        "Probable root causes: DaemonSet weave/weave-scope-agent (confidence: high), which holds"
    )
    assert root_cause_words.sentence(several).endswith("; and 2 more.")


def test_what_to_do_begins_with_the_root_cause_and_its_command(solved_report: Report) -> None:
    """In the first forty lines of the text, and in the message before any node."""
    command = "kubectl -n weave delete daemonset weave-scope-agent"
    first_lines = "\n".join(text.render(solved_report).splitlines()[:40])
    body = sns.body(solved_report)

    assert command in first_lines
    assert body.index(command) < body.index("NODES, WORST FIRST")


def test_what_ends_with_the_root_cause_has_no_remedy_of_its_own(solved_report: Report) -> None:
    """The slab and the buffers go with it; the pressure and the silent node are still there to be looked at."""
    expected = [["memory_pressure_high"], ["node_unreachable"]]

    assert expected == [entry.rules for entry in advice(solved_report)]
    assert ends_with(solved_report, solved_report.culprits[0]) == ("slab_unreclaimable_high", "socket_buffers_held")


def test_warnings_are_one_line_each_beside_something_worse(solved_report: Report) -> None:
    """With its page; at length with ``verbose``, or where there is nothing worse."""
    severities = [[entry.severity for entry in part] for part in (plan(solved_report).full, plan(solved_report).short)]
    mild = replace(solved_report, diagnoses=solved_report.diagnoses[3:], culprits=())

    assert severities == [[Severity.CRITICAL], [Severity.WARNING]]
    assert len(plan(solved_report, verbose=True).full) == 2
    assert [entry.rules for entry in plan(mild).full] == [["node_unreachable"]]


def test_what_nobody_is_the_cause_of_is_said(solved_report: Report) -> None:
    """With the reason, and with those some evidence speaks against."""
    expected = (
        "No root cause found for conntrack_nearly_full on 2 nodes in live: nobody is seen holding what the nodes "
        "lack; every node is affected, so what runs there proves nothing. Candidates, not confirmed: image "
        "weaveworks/scope (confidence: low; unmaintained since 2024; that it is there proves nothing)"
    )

    assert [expected] == root_cause_words.unattributed(solved_report)


def test_a_single_node_of_nobody_needs_no_line(solved_report: Report) -> None:
    """Its findings say it already."""
    alone = replace(solved_report.unattributed[0], nodes=("i-1",), candidates=())

    assert root_cause_words.unattributed(replace(solved_report, unattributed=(alone,))) == []


@pytest.mark.parametrize("severity", [Severity.INFO, Severity.WARNING])
def test_a_fleet_finding_is_reported_for_a_healthy_fleet(
    report: Report, solved_report: Report, severity: Severity
) -> None:
    """A warning is part of the headline, information is not."""
    finding = solved_report.fleet_findings[0]
    reported = replace(finding, evidence=replace(finding.evidence, severity=severity))
    healthy = replace(report, diagnoses=report.diagnoses[6:16], fleet_findings=(reported,))
    expected = "Fleet-wide: weaveworks/scope unmaintained since 2024, runs on 14 of 14 nodes." in headline(healthy)

    assert expected is (severity is Severity.WARNING)
    assert sns.subject(healthy).startswith(f"[{severity}]")


@pytest.mark.parametrize(
    ("strength", "cause", "share", "expected"),
    [
        (Strength.HOLDS, Cause.SOCKET_QUEUE, 0.95, "high, its own sockets hold most of the kernel memory"),
        (Strength.HOLDS, Cause.SOCKET_QUEUE, 0.5, "high, its own sockets hold most of the kernel memory"),
        (Strength.HOLDS, Cause.SOCKET_QUEUE, 0.49, "medium, its own sockets hold only a part of the kernel memory"),
        (Strength.HOLDS, Cause.PROCESS_HOLDS_FILES, 0.8, "high, its own process holds most of the open files"),
        (
            Strength.HOLDS,
            Cause.PROCESS_HOLDS_FILES,
            None,
            "medium, its own process holds open files; the share was not measured",
        ),
        (Strength.CORRELATES, Cause.UNATTRIBUTED, None, "medium, it runs on the affected nodes and not on the others"),
        (Strength.ABANDONED, Cause.UNATTRIBUTED, None, "low, unmaintained, but not seen to hold anything"),
        (Strength.PRESENT, Cause.SOCKET_QUEUE, 0.1, "low, it runs there and holds little"),
    ],
)
def test_confidence_follows_from_the_evidence(
    solved_report: Report, strength: Strength, cause: Cause, share: float | None, expected: str
) -> None:
    """With the reason; what is merely there or unmaintained never gets past low."""
    root_cause = replace(solved_report.culprits[0], strength=strength, cause=cause, share=share)

    assert root_cause_words.confidence_words(root_cause) == f"confidence: {expected}"
