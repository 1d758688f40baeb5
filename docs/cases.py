# ruff: noqa: INP001 - docs/ holds pages and what writes them and is no package
"""The page of the published cases: each one run through the real script and evaluated, beside its authors' result.

A case is a folder of tests/fixtures/cases; tests/integration/test_cases.py demands what stands in its case.json, and
this page says in words what comes out now.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from fleetscan.capture import local
from fleetscan.diagnosis.rules import evidence_incomplete
from fleetscan.errors import CaptureError
from fleetscan.model import Severity
from fleetscan.scan.pipeline import examine

CASES = Path(__file__).parents[1] / "tests" / "fixtures" / "cases"
PAGE = Path(__file__).with_name("cases.md")
WRITTEN = "<!-- Written by docs/build.py from tests/fixtures/cases; edit those and run `make docs`. -->"

_OF_THE_EVIDENCE = frozenset({evidence_incomplete.RULE.id})
"""Recordings of a single file are incomplete on purpose."""

_INTRODUCTION = """\
Published figures of real incidents, rendered as the kernel writes them, collected by the real script and evaluated by
all rules. **right**: the findings are those that the case's authors came to, none other. **abstains**: the published
figures do not carry a result, and none is given. **wrong** would be any other finding: a wrong cause is worse than
none.\
"""


@dataclass(frozen=True)
class Outcome:
    """One case with what comes out of it."""

    name: str
    kind: str
    found_by_authors: str
    url: str
    why: str
    says: str
    result: str


def page() -> str:
    """Return the whole page."""
    outcomes = [outcome(folder) for folder in sorted(CASES.iterdir()) if (folder / "case.json").is_file()]
    tally = Counter(one.result.partition(",")[0] for one in outcomes)
    counts = ", ".join(f"{number} {result}" for result, number in sorted(tally.items(), reverse=True))
    rows = [
        f"| [{one.name}](#{one.name}) | {_cell(one.found_by_authors)} | {_cell(one.says)} | {one.result} |"
        for one in outcomes
    ]
    notes = [line for one in outcomes for line in _note(one)]
    head = ["# The cases", "", WRITTEN, "", _INTRODUCTION, "", f"{len(outcomes)} cases: {counts}.", ""]
    table = ["| case | what its authors found | what fleetscan says | result |", "|---|---|---|---|", *rows, ""]
    return "\n".join([*head, *table, *notes])


def outcome(folder: Path) -> Outcome:
    """Collect, read and evaluate one case."""
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    says, result = _compared(folder, [tuple(row) for row in case["expected"]], is_benign=case["is_benign"])
    return Outcome(
        name=folder.name,
        kind=case["kind"],
        found_by_authors=case["verdict"],
        url=case["url"],
        why=case["why"],
        says=says,
        result=result,
    )


def _compared(folder: Path, expected: list[tuple[str, ...]], *, is_benign: bool) -> tuple[str, str]:
    try:
        diagnosis = examine(local.collect(folder))
    except CaptureError:
        return "nothing: no file of the case is one that a scan reads", "abstains"
    found = [
        (one.rule, one.severity.value, one.evidence.cause.value)
        for one in diagnosis.findings
        if one.rule not in _OF_THE_EVIDENCE
    ]
    words = [f"{severity} `{rule}` ({cause.replace('_', ' ')})" for rule, severity, cause in found]
    says = "; ".join(words) or "nothing"
    if found != expected or diagnosis.failed:
        return says, "**wrong**"
    alarms = [row for row in found if row[1] != Severity.INFO.value]
    if is_benign:
        return says, "right, no alarm"
    if not alarms:
        return says, "abstains"
    is_named = any(cause != "unattributed" for _, _, cause in alarms)
    return says, "right" if is_named else "right, no cause named"


def _note(one: Outcome) -> list[str]:
    source = one.url if not one.url.startswith("http") else f"<{one.url}>"
    return [f"## {one.name}", "", f"{one.kind[:1].upper()}{one.kind[1:]}. {one.why}", "", f"Source: {source}", ""]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
