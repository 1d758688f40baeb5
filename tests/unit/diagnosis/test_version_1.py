"""Captures of version 1, as nodes sent them before the SSM document was updated: evaluated by what they can say.

The two were printed by the script of version 1: the incident's t3a.medium as it was found, and after its cure.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetscan.diagnosis.condition import Condition, condition
from fleetscan.model import Capture, CaptureStatus, Diagnosis, Node
from fleetscan.render.words.coverage_words import coverage_sentences
from fleetscan.scan.pipeline import examine
from tests.fixtures.evaluated_nodes import report

RECORDED = Path(__file__).parents[2] / "fixtures" / "captures_of_version_1"
WELL, SICK = ((RECORDED / f"{name}.txt").read_text(encoding="utf-8") for name in ("well", "sick"))
KUBELET = next(line for line in WELL.splitlines() if line.startswith("kubelet "))
PRESSURE = WELL[WELL.rindex("@pressure\n") : WELL.index("@", WELL.rindex("@pressure\n") + 1)]


def examined(text: str, version: int = 1) -> Diagnosis:
    """Return the diagnosis of a worker that sent this."""
    sent = text.replace("fleetscan-capture 1\n", f"fleetscan-capture {version}\n", 1)
    node = Node(instance_id="i-0a41c7e29d5f3b618", cluster="live", instance_type="t3a.medium")
    return examine(Capture(node=node, status=CaptureStatus.ANSWERED, text=sent))


def test_a_deployment_in_progress_makes_no_node_unknown() -> None:
    """What version 1 does not collect is not missing, and the coverage says which version it was."""
    found = examined(WELL)

    assert (condition(found), dict(found.unevaluated), found.coverage.version) == (Condition.HEALTHY, {}, 1)
    assert coverage_sentences(report(found)) == (
        "1 node sent a capture of version 1 and was evaluated by what that version collects: update the SSM document",
    )
    assert condition(examined(SICK)) is Condition.CRITICAL


def test_the_same_lines_are_too_little_in_version_2() -> None:
    """Its script says whether the file systems are writable and have room, or why not."""
    found = examined(WELL, 2)

    assert condition(found) is Condition.UNKNOWN
    assert "whether the file systems are writable" in found.unevaluated


def test_a_kernel_without_pressure_information_is_evaluated_without_it() -> None:
    """Version 1 says it by leaving it out."""
    found = examined(WELL.replace(PRESSURE, ""))

    assert condition(found) is Condition.HEALTHY
    assert found.skipped["memory_pressure_high"] == (
        "version 1 of the collection script does not tell a kernel without pressure information (PSI)"
    )


@pytest.mark.parametrize("section", ["meminfo", "loadavg", "sockstat", "kernel_log"])
def test_what_version_1_collects_a_node_of_version_1_must_have(section: str) -> None:
    """As in any other version."""
    start = WELL.rindex(f"@{section}\n")
    found = examined(WELL[:start] + WELL[WELL.index("\n@", start) + 1 :])

    assert condition(found) is Condition.UNKNOWN


def test_a_kubelet_that_is_gone_is_found_in_version_1() -> None:
    """It looked for that one already."""
    found = examined(WELL.replace(f"{KUBELET}\n", ""))

    assert condition(found) is Condition.CRITICAL
    assert found.findings[0].rule == "service_down"
