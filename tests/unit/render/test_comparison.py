"""Two scans side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fleetscan.model import Report
from fleetscan.render import comparison


def test_what_a_remedy_changed_is_seen(report: Report, golden: Callable[[str, str], str]) -> None:
    """The three sick nodes with their readings before and after; one of them still has a finding."""
    well = report.diagnoses[5]
    after = tuple(
        replace(well, node=one.node, findings=one.findings[3:]) if number < 3 else one
        for number, one in enumerate(report.diagnoses)
    )

    actual = comparison.render(report, replace(report, diagnoses=after))

    assert golden("comparison.txt", actual) == actual


def test_a_healthy_fleet_has_nothing_to_compare(report: Report) -> None:
    """Without a finding there is no before."""
    well = replace(report, diagnoses=report.diagnoses[5:15])

    assert not comparison.render(well, well)


def test_a_node_that_is_gone_is_not_compared(report: Report) -> None:
    """A node that the second scan did not see has no after."""
    assert not comparison.render(report, replace(report, diagnoses=report.diagnoses[5:]))
