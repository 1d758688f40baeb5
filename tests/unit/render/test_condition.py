"""How one node is, in few words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetscan.diagnosis.condition import Condition, by_urgency, condition, is_quiet, lead, state, swap_used_ratio
from fleetscan.model import Cause, Report


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, (Condition.DYING, "critical")),
        (1, (Condition.SICK, "critical")),
        (3, (Condition.UNKNOWN, "no agent")),
        (4, (Condition.UNKNOWN, "auto mode")),
        (5, (Condition.WELL, "ok")),
        (15, (Condition.UNKNOWN, "partial")),
    ],
)
def test_a_node_is_what_its_evidence_says(number: int, expected: tuple[Condition, str], report: Report) -> None:
    """Silence is not sickness, and half an answer is not health."""
    diagnosis = report.diagnoses[number]

    assert expected == (condition(diagnosis), state(diagnosis))


def test_the_dying_come_first_whatever_they_are_called(report: Report) -> None:
    """By severity, then dying, then by the share that the kernel holds; the unknown before the well, in their order."""
    shuffled = by_urgency(reversed(report.diagnoses))

    expected = ["23", "25", "24", "40", "36", "41", "35", "34", "33", "32", "31", "30", "29", "28", "27", "26"]
    assert expected == [one.node.instance_id[-2:] for one in shuffled]


def test_the_finding_with_a_cause_leads(report: Report) -> None:
    """Among equally bad findings the one that knows why says most."""
    finding = lead(report.diagnoses[0])

    assert finding is not None
    assert finding.evidence.cause is Cause.SOCKET_QUEUE


def test_unknown_pressure_is_not_quiet(report: Report) -> None:
    """A node whose pressure nobody measured is not said to look healthy."""
    readings = report.diagnoses[1].readings

    assert is_quiet(readings)
    assert not is_quiet(replace(readings, memory_some_avg60_percent=None))
    assert not is_quiet(replace(readings, cpus=None))


def test_no_swap_is_not_empty_swap(report: Report) -> None:
    """A share of nothing is unknown."""
    assert swap_used_ratio(replace(report.diagnoses[0].readings, swap_total_bytes=0)) is None


def test_missing_evidence_makes_a_node_unknown_not_sick(report: Report) -> None:
    """A warning about our own eyes is no warning about the node, and no health either."""
    well = report.diagnoses[5]
    blind = replace(report.diagnoses[3].findings[0], rule="evidence_incomplete")

    assert condition(replace(well, findings=(blind,))) is Condition.UNKNOWN


def test_missing_evidence_does_not_hide_sickness(report: Report) -> None:
    """What was seen counts, whatever was not seen beside it."""
    sick = report.diagnoses[1]
    blind = replace(report.diagnoses[3].findings[0], rule="evidence_incomplete")
    both = replace(sick, findings=(*sick.findings, blind))

    assert condition(both) is Condition.SICK
    assert lead(both) == lead(sick)
