"""A rule is its module and a line in the table: a copy of the project gains two made-up ones and knows all of them.

The copy is a real one, run in its own interpreter: a table of rule ids that was left anywhere would not know them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
MADE_UP = ROOT / "tests" / "fixtures" / "made_up_rules"
RULES = ("made_up_failing", "made_up_coverage")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what every part of the copy makes of the two rules."""
    home = tmp_path_factory.mktemp("copy")
    unread = shutil.ignore_patterns("__pycache__", "images", "adr")
    for folder in ("layers/fleetscan/fleetscan", "docs", "documents"):
        shutil.copytree(ROOT / folder, home / folder, ignore=unread)
    rules = home / "layers" / "fleetscan" / "fleetscan" / "diagnosis" / "rules"
    table = (rules / "__init__.py").read_text()
    for rule in RULES:
        shutil.copy(MADE_UP / f"{rule}.py", rules)
        table = table.replace("import (\n", f"import (\n    {rule},\n", 1)
        table = table.replace("AnyRule, ...] = (\n", f"AnyRule, ...] = (\n    {rule}.RULE,\n", 1)
    (rules / "__init__.py").write_text(table)
    with (home / "docs" / "samples.toml").open("a") as samples:
        samples.write('\n[made_up_failing]\nseverity = "critical"\nnode = "sick"\n')
        samples.write('\n[made_up_coverage]\nseverity = "warning"\nnode = "well"\n')
    path = os.pathsep.join(str(one) for one in (home / "layers" / "fleetscan", home, ROOT))
    ran = subprocess.run(
        [sys.executable, MADE_UP / "everywhere.py"],
        env={**os.environ, "PYTHONPATH": path},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    documents: dict[str, Any] = json.loads(ran.stdout)
    return documents


def test_a_rule_that_means_failing_now_is_known_everywhere(found: dict[str, Any]) -> None:
    """Each trait where it counts, and no table was touched."""
    expected = {
        "family": "process tables",
        "inventory": False,
        "condition": "critical",
        "failing now": True,
        "without what it requires": ["healthy", "unknown"],
        "attributed": [["made_up_failing"]],
        "network tables": ["made up at 34"],
        "life": ["open", "open", "open", "open", "resolved"],
        "json": ["made_up_failing"],
        "text": True,
        "html": True,
        "marked": ["state", "load"],
        "metrics": [{"Cluster": "live", "Rule": "made_up_failing"}],
        "balances": [True, True, True],
        "disks": [True, False, False],
        "explains": [
            "the kernel killed one of its containers (OOMKilled)",
            "it reached its own memory limit; the node is not the cause: live/app-0 was killed",
        ],
        "page": [
            "- Family: process tables. Findings of one family with the same cause are attributed together.",
            "- A critical finding means that the node is failing now.",
            "- It is not resolved within 1 h after it was last seen.",
            "- It marks these columns in the table of all nodes: load.",
            "- A node on which it could not evaluate the load (loadavg) is not called healthy.",
            "- The CPU credits of a node that has it are read until it is resolved.",
            "- The limits of the disks of a node that has it are read until it is resolved.",
            "- It explains why a pod ended: its container reached its own memory limit.",
        ],
        "index": True,
    }

    assert expected == found["made_up_failing"]


def test_a_rule_about_coverage_is_known_everywhere(found: dict[str, Any]) -> None:
    """The other traits; it lasts no longer than two clean scans."""
    expected = {
        "family": "network tables",
        "inventory": True,
        "condition": "unknown",
        "failing now": False,
        "without what it requires": ["healthy", "unknown"],
        "attributed": [["made_up_coverage"]],
        "network tables": ["made up at 0"],
        "life": ["open", "open", "resolved", "resolved", "resolved"],
        "json": ["made_up_coverage"],
        "text": True,
        "html": True,
        "marked": ["swap"],
        "metrics": [{"Cluster": "live", "Rule": "made_up_coverage"}],
        "balances": [False, True, False],
        "disks": [False, True, False],
        "explains": [
            "the kernel killed one of its containers (OOMKilled)",
            "the node itself was out of memory: live/app-0 was killed",
            "not known: what held the memory; no scan measured the node within 1 h of it",
        ],
        "page": [
            "- Family: network tables. Findings of one family with the same cause are attributed together.",
            "- It is about coverage: it makes a node unknown, never critical.",
            "- It is inventory: about what runs or what it costs.",
            "- It marks these columns in the table of all nodes: swap.",
            "- A node on which it could not evaluate the SwapTotal is not called healthy.",
            "- The CPU credits of a node that has it are read, to name the cause.",
            "- The limits of the disks of a node that has it are read from CloudWatch.",
            "- It explains why a pod ended: the node was out of memory.",
        ],
        "index": True,
    }

    assert expected == found["made_up_coverage"]
