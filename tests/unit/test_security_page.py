"""SECURITY.md names tests as proofs: each of them exists."""

from __future__ import annotations

import ast
import re

import pytest

from tests.fixtures.stack_template import ROOT

PAGE = (ROOT / "SECURITY.md").read_text()
PROOF = re.compile(r"`(tests/[\w/.]+\.py)::(test_\w+)`")
ROWS = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| ") and "→" in line]


@pytest.mark.parametrize(("path", "name"), sorted(set(PROOF.findall(PAGE))))
def test_a_named_test_exists(path: str, name: str) -> None:
    """As a function of that module, or of a class in it."""
    tree = ast.parse((ROOT / path).read_text())

    assert name in {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip() + ": " + row[1].strip()[:40])
def test_every_row_is_proved(row: list[str]) -> None:
    """Boundary, attacker, attempt, what stops it, and at least one test."""
    assert len(row) == 5
    assert PROOF.findall(row[-1])


@pytest.mark.parametrize(
    "threat",
    [
        "a compromised node",
        "a compromised scan role",
        "poisoned tags",
        "poisoned names",
        "Slack, mail",
        "browser, console",
        "terminal",
        "Kubernetes API",
        "a cost attack",
    ],
)
def test_the_threats_are_there(threat: str) -> None:
    """Each in a row of its own."""
    assert any(threat in "|".join(row[:2]) for row in ROWS)
