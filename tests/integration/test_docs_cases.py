"""The page of the cases: what stands there is what comes out, and nothing in it is wrong."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
MEMINFO = "MemTotal:        4030464 kB\nMemAvailable:     752640 kB\nSUnreclaim:      2194432 kB\n"


@pytest.fixture(scope="module")
def cases() -> ModuleType:
    """Return docs/cases.py as a module; it is no part of a package."""
    specification = importlib.util.spec_from_file_location("docs_cases", ROOT / "docs" / "cases.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


def test_the_page_in_the_tree_is_current_and_no_case_is_wrong(cases: ModuleType) -> None:
    """`make docs` would change nothing; every case is right or abstains."""
    page = cases.page()

    assert page == (ROOT / "docs" / "cases.md").read_text(encoding="utf-8")
    assert "| **wrong** |" not in page


@pytest.mark.parametrize(
    ("expected", "is_benign", "result"),
    [
        ([["slab_unreclaimable_high", "critical", "unattributed"]], False, "right, no cause named"),
        ([], False, "**wrong**"),
        ([["slab_unreclaimable_high", "critical", "socket_queue"]], False, "**wrong**"),
        ([["slab_unreclaimable_high", "critical", "unattributed"]], True, "right, no alarm"),
    ],
)
def test_a_result_compares_what_comes_out_with_what_is_expected(
    cases: ModuleType, tmp_path: Path, expected: list[list[str]], result: str, *, is_benign: bool
) -> None:
    """Another finding, another cause or a missing one is wrong; that a benign case expects no alarm is another test."""
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "meminfo").write_text(MEMINFO)
    case = {"kind": "k", "verdict": "v", "url": "u", "why": "w", "expected": expected, "is_benign": is_benign}
    (tmp_path / "case.json").write_text(json.dumps(case))

    assert result == cases.outcome(tmp_path).result


def test_a_case_without_a_file_that_a_scan_reads_abstains(cases: ModuleType, tmp_path: Path) -> None:
    """It is never called well."""
    case = {"kind": "k", "verdict": "v", "url": "u", "why": "w", "expected": [], "is_benign": True}
    (tmp_path / "case.json").write_text(json.dumps(case))

    assert cases.outcome(tmp_path).result == "abstains"
