# ruff: noqa: INP001 - docs/ holds pages and what writes them and is no package
"""The page of the published cases: each one run through the real script and evaluated, beside its authors' result.

A case is a folder of tests/fixtures/cases, or a file of tests/fixtures/node_cases with the address of a report in it.
tests/integration/test_cases.py and test_node_cases.py demand what stands in them, and this page says in words what
comes out now.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from fleetscan.capture import local
from fleetscan.diagnosis.rules import evidence_incomplete
from fleetscan.errors import CaptureError
from fleetscan.model import Severity
from fleetscan.scan.pipeline import examine
from tests.fixtures import node_cases
from tests.fixtures.node_cases import NodeCase

CASES = Path(__file__).parents[1] / "tests" / "fixtures" / "cases"
PAGE = Path(__file__).with_name("cases.md")
WRITTEN = "<!-- Written by docs/build.py from tests/fixtures/cases and node_cases; edit those and run `make docs`. -->"

_OF_THE_EVIDENCE = frozenset({evidence_incomplete.RULE.id})
"""Recordings of a single file are incomplete on purpose."""

_PARTED_PERCENT = re.compile(r"(?<=[0-9]) %")
"""As others write it; on a page a number and its unit stay together."""

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
    outcomes += [published(case) for case in node_cases.load() if case.is_published]
    outcomes.sort(key=lambda one: one.name)
    tally = Counter(one.result.partition(",")[0] for one in outcomes)
    counts = ", ".join(f"{number} {result}" for result, number in sorted(tally.items(), reverse=True))
    rows = [
        f"| [{one.name}](#{one.name}) | {_cell(one.found_by_authors)} | {_cell(one.says)} | {one.result} |"
        for one in outcomes
    ]
    notes = [line for one in outcomes for line in _note(one)]
    head = ["# The cases", "", WRITTEN, "", _INTRODUCTION, "", f"{len(outcomes)} cases: {counts}.", ""]
    table = ["| case | what its authors found | what fleetscan says | result |", "|---|---|---|---|", *rows, ""]
    return _PARTED_PERCENT.sub("%", "\n".join([*head, *table, *notes]))


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


def published(case: NodeCase) -> Outcome:
    """Collect, read and evaluate a case of which a report says what is right."""
    with tempfile.TemporaryDirectory(prefix="fleetscan-cases-") as folder:
        found = node_cases.judge(case.lay_out(Path(folder)))
    verdict = case.verdict
    rows = [(one["rule"], one["severity"], one["cause"]) for one in found.findings]
    of_the_node = [row for row in rows if row[0] not in _OF_THE_EVIDENCE]
    is_right = not found.wrong(verdict) and found.found == verdict.found
    return Outcome(
        name=case.name,
        kind=verdict.kind,
        found_by_authors=verdict.root_cause,
        url=verdict.source,
        why=f"{verdict.right[:1].upper()}{verdict.right[1:]}.",
        says=_says(of_the_node),
        result=_result(of_the_node, is_benign=case.is_benign) if is_right else "**wrong**",
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
    if found != expected or diagnosis.failed:
        return _says(found), "**wrong**"
    return _says(found), _result(found, is_benign=is_benign)


def _says(found: list[tuple[str, str, str]]) -> str:
    return "; ".join(f"{severity} `{rule}` ({cause.replace('_', ' ')})" for rule, severity, cause in found) or "nothing"


def _result(found: list[tuple[str, str, str]], *, is_benign: bool) -> str:
    """Return the word for findings that are the expected ones."""
    alarms = [row for row in found if row[1] != Severity.INFO.value]
    if is_benign:
        return "right, no alarm"
    if not alarms:
        return "abstains"
    return "right" if any(cause != "unattributed" for _, _, cause in alarms) else "right, no cause named"


def _note(one: Outcome) -> list[str]:
    source = one.url if not one.url.startswith("http") else f"<{one.url}>"
    return [f"## {one.name}", "", f"{one.kind[:1].upper()}{one.kind[1:]}. {one.why}", "", f"Source: {source}", ""]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
