"""The page of failure modes and the tests that prove it are one list."""

from __future__ import annotations

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "failure-modes.md"
NAMED = re.compile(r"`(test_[a-z_]+\.py)::(test_[a-z0-9_]+)`")
OF_THE_TOOLS = {"test_page.py", "test_alarms.py"}
"""What tests the tests' own tools."""


def written() -> set[tuple[str, str]]:
    """Return file and name of every test of a bad day."""
    return {
        (path.name, found.name)
        for path in HERE.glob("test_*.py")
        if path.name not in OF_THE_TOOLS
        for found in ast.parse(path.read_text()).body
        if isinstance(found, ast.FunctionDef) and found.name.startswith("test_")
    }


def test_each_row_names_a_test_that_exists_and_each_test_has_a_row() -> None:
    """A promise without a proof, and a proof without a promise, are both wrong."""
    named = set(NAMED.findall(PAGE.read_text()))

    assert sorted(named) == sorted(written())


def test_each_row_says_what_is_seen_what_is_kept_and_what_proves_it() -> None:
    """Four cells, none of them empty."""
    rows = [line.strip("|").split("|") for line in PAGE.read_text().splitlines() if line.startswith("| ")]

    assert len(rows) > 20
    assert [row for row in rows if len(row) != 4 or not all(cell.strip() for cell in row)] == []
    assert [row for row in rows[1:] if not NAMED.search(row[3])] == []
