"""Published incidents, run through the real collection script: each comes out right, or the tool abstains.

Add a case by adding a folder to tests/fixtures/cases: the figures that were published as a recorded tree, and a
case.json with the result of its authors and the findings that are expected. A wrong cause is worse than none.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from fleetscan.capture import local
from fleetscan.capture.parse import read
from fleetscan.diagnosis.diagnose import diagnose
from fleetscan.errors import CaptureError
from fleetscan.model import CaptureStatus, Diagnosis, Severity

CASES = Path(__file__).parents[1] / "fixtures" / "cases"

ABOUT_THE_EVIDENCE = frozenset({"evidence_incomplete"})
"""Recordings of a single file are incomplete on purpose; what the case is about is evaluated by all other rules."""


@dataclass(frozen=True)
class Case:
    """One published incident."""

    name: str
    is_benign: bool
    evidence_files: tuple[str, ...]
    expected: tuple[tuple[str, str, str], ...]
    """Rule, severity and cause of each finding, worst first."""
    why: str

    @property
    def is_recorded(self) -> bool:
        """Whether any of its files is one that a scan reads."""
        return any(not file.startswith("memory.stat") for file in self.evidence_files)


def load(folder: Path) -> Case:
    """Read a case's description."""
    found = json.loads((folder / "case.json").read_text())
    return Case(
        name=folder.name,
        is_benign=found["is_benign"],
        evidence_files=tuple(found["evidence_files"]),
        expected=tuple((rule, severity, cause) for rule, severity, cause in found["expected"]),
        why=found["why"],
    )


ALL = tuple(load(folder) for folder in sorted(CASES.iterdir()))
RECORDED = tuple(case for case in ALL if case.is_recorded)
UNRECORDED = tuple(case for case in ALL if not case.is_recorded)


def scan(case: Case) -> Diagnosis:
    """Collect, read and evaluate a case's tree."""
    capture = local.collect(CASES / case.name)
    window, coverage = read(capture)
    return diagnose(capture.node, window, coverage)


def outcome(diagnosis: Diagnosis) -> tuple[tuple[str, str, str], ...]:
    """Return rule, severity and cause of each finding about the node."""
    return tuple(
        (finding.rule, finding.severity.value, finding.evidence.cause.value)
        for finding in diagnosis.findings
        if finding.rule not in ABOUT_THE_EVIDENCE
    )


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case.name)
def test_each_case_comes_out_as_its_authors_found(case: Case) -> None:
    """The whole outcome: every finding with its severity and cause, no other, and no rule that broke."""
    diagnosis = scan(case)

    assert diagnosis.coverage.status is CaptureStatus.ANSWERED
    assert diagnosis.failed == {}
    assert case.expected == outcome(diagnosis), case.why


@pytest.mark.parametrize("case", UNRECORDED, ids=lambda case: case.name)
def test_a_case_without_a_file_that_a_scan_reads_is_never_called_healthy(case: Case) -> None:
    """Nothing to collect is an error and no diagnosis; each such case says why."""
    with pytest.raises(CaptureError, match="holds no recorded node"):
        scan(case)

    assert case.expected == ()
    assert case.why


@pytest.mark.parametrize("case", [case for case in ALL if case.is_benign], ids=lambda case: case.name)
def test_no_benign_case_is_expected_to_alarm(case: Case) -> None:
    """What its authors found harmless is information at most."""
    assert {severity for _, severity, _ in case.expected} <= {Severity.INFO.value}


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_each_case_holds_the_files_that_it_names(case: Case) -> None:
    """No file is missing, none is left over."""
    folder = CASES / case.name
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {"case.json"}

    assert set(case.evidence_files) == found
