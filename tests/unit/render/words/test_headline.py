"""The headline in one line."""

from __future__ import annotations

from dataclasses import replace

from fleetscan.model import CaptureStatus, Coverage, Diagnosis, Evidence, Finding, Node, Readings, Report, Severity
from fleetscan.render.words.headline import headline

_ANSWERED = Coverage(status=CaptureStatus.ANSWERED)


def _warning(title: str) -> Finding:
    evidence = Evidence(severity=Severity.WARNING, text="x", measured=1, limit=0)
    return Finding(rule="a_rule", title=title, remedy="", evidence=evidence)


def test_a_fleet_with_critical_nodes(report: Report) -> None:
    """How many are critical, why, who is failing now, and how many nobody can vouch for."""
    expected = (
        "3 of 16 nodes are critical: kernel memory held in socket buffers (skbuff) that a process does not read. "
        "ip-10-0-1-23 is failing now, NotReady is likely (memory pressure (PSI) 99%, load 17.0 per CPU). "
        "3 of 16 are unknown: no response, or too little data to call them healthy."
    )
    assert expected == headline(report)


def test_a_healthy_fleet(report: Report) -> None:
    """Only nodes that were looked at are called well."""
    assert headline(replace(report, diagnoses=report.diagnoses[6:16])) == ("10 of 10 nodes are healthy.")


def test_warnings_of_two_kinds(report: Report) -> None:
    """Different problems are counted apart."""
    healthy = report.diagnoses[6]
    nodes = [
        replace(healthy, findings=(_warning("Swap is full"),)),
        replace(healthy, findings=(_warning("CPU is stolen"),)),
    ]

    assert headline(replace(report, diagnoses=(*nodes, healthy))) == (
        "No node is critical; 2 of 3 have warnings: swap is full (1 node); CPU is stolen (1 node)."
    )


def test_silence_is_not_health(report: Report) -> None:
    """When nobody answered nothing is well, and an unreachable node does not count as critical."""
    silent = (report.diagnoses[3], report.diagnoses[5])

    assert headline(replace(report, diagnoses=silent)) == "None of 2 nodes could be evaluated."


def test_one_node(report: Report) -> None:
    """A single node is spoken of by its name, in each of its conditions."""
    by_number = [headline(replace(report, diagnoses=(report.diagnoses[number],))) for number in (0, 1, 3, 6, 4)]

    expected = [
        (
            "ip-10-0-1-23 is critical and failing now: kernel memory held in socket buffers (skbuff) that a process "
            "does not read (memory pressure (PSI) 99%, load 17.0 per CPU)."
        ),
        "ip-10-0-1-25 is critical: kernel memory held in socket buffers (skbuff) that a process does not read.",
        "ip-10-0-1-40 is unknown: not registered with Systems Manager.",
        "ip-10-0-1-26 is healthy: no check found a problem.",
        "ip-10-0-1-36 is unknown: no check found a problem, but too little could be read to call it healthy.",
    ]
    assert expected == by_number


def test_a_node_without_numbers_is_not_called_healthy(report: Report) -> None:
    """An answer that holds nothing is no sign of health."""
    empty = Diagnosis(node=Node(instance_id="i-1"), coverage=_ANSWERED, readings=Readings())

    assert headline(replace(report, diagnoses=(empty,))) == (
        "i-1 is unknown: no check found a problem, but too little could be read to call it healthy."
    )
