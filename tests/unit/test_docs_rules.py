"""The pages of the rules are written from the rules, and those in the tree are current."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from docs import page_words
from fleetscan.diagnosis.rules import RULES

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "docs" / "build.py"


@pytest.fixture(scope="module")
def build() -> ModuleType:
    """Return docs/build.py as a module; it is a script and belongs to no package."""
    specification = importlib.util.spec_from_file_location("docs_build", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_pages_in_the_tree_are_current(build: ModuleType) -> None:
    """`make docs` would change nothing."""
    assert build.stale_pages(build.pages(RULES), build.PAGES) == []


def test_check_succeeds_on_current_pages() -> None:
    """What CI runs; it says how many words the pages have."""
    result = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False)
    words = page_words.count(page_words.hand_written())
    expected = f"README.md and the hand-written pages of docs/: {words:,} words, at most {page_words.MOST_WORDS:,}\n"

    assert (result.returncode, result.stdout, result.stderr) == (0, expected, "")


def test_check_fails_on_pages_that_are_too_long(build: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """By one word."""
    words = page_words.count(page_words.hand_written())

    assert build.main(["--check"], most_words=words) == 0
    assert build.main(["--check"], most_words=words - 1) == 1
    assert "the hand-written pages are too long" in capsys.readouterr().err


def test_a_page_that_differs_is_missing_or_is_left_over_is_stale(build: ModuleType, tmp_path: Path) -> None:
    """Each of the three kinds."""
    (tmp_path / "same.md").write_text("same")
    (tmp_path / "edited.md").write_text("by hand")
    (tmp_path / "gone.md").write_text("a rule that is no more")
    wanted = {"same.md": "same", "edited.md": "written", "new.md": "new"}

    assert build.stale_pages(wanted, tmp_path) == ["edited.md", "gone.md", "new.md"]


def test_each_page_has_the_parts_of_a_rule(build: ModuleType) -> None:
    """What it means, why it hurts, what to do, the remedy and the source, in this order."""
    parts = ["## What it means", "## Why it hurts", "## What to do", "## Remedy", "## Source"]
    for rule in RULES:
        lines = build.page(rule).splitlines()

        assert parts == [line for line in lines if line in parts]


def test_the_index_names_every_rule_in_the_tables_order(build: ModuleType) -> None:
    """One row each."""
    rows = [line for line in build.index(RULES).splitlines() if line.startswith("| [`")]

    assert [rule.id for rule in RULES] == [row.split("`")[1] for row in rows]


def test_a_page_names_the_causes_and_limits_of_its_module(build: ModuleType) -> None:
    """files_nearly_exhausted has one cause, two thresholds, and two fixed limits with words."""
    rule = next(rule for rule in RULES if rule.id == "files_nearly_exhausted")
    names = [name for name, _, _ in build.constants(rule)]

    assert build.causes(rule) == ["process_holds_files"]
    assert names == ["HELD_RATIO", "SUSPECT_RATIO"]
