"""The page of what others detect: its rules and tests exist, and its counts are the table's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs import detections
from fleetscan.diagnosis.rules import RULES

ROOT = Path(__file__).parents[3]
ROWS = detections.detections()


def test_each_rule_that_is_named_is_in_the_catalogue() -> None:
    """And has a page that the row links to."""
    named = {rule for one in ROWS for rule in one.rules}

    assert sorted(named - {rule.id for rule in RULES}) == []


def test_each_test_that_is_named_exists() -> None:
    """A file of tests, or one test in it, that speaks of the rule."""
    missing = []
    for one in ROWS:
        file, _, name = one.test.partition("::")
        if one.test and not (
            (ROOT / file).is_file()
            and (not name or re.search(rf"^ *def {name}\(", (ROOT / file).read_text(), re.MULTILINE))
        ):
            missing.append(one.test)

    assert missing == []


def test_every_row_of_the_peers_is_there_once() -> None:
    """75 reasons, 53 entries of configurations, 21 alerts."""
    keys = [(one.peer, one.where, one.id, one.kind) for one in ROWS]

    assert len(set(keys)) == len(keys)
    assert [(peer, yes + no + out) for peer, yes, no, out in detections.counts(ROWS)] == [
        ("eks-node-monitoring-agent", 75),
        ("node-problem-detector", 53),
        ("node-mixin", 21),
    ]


def test_every_pattern_of_the_kernel_log_is_found() -> None:
    """Those of node-problem-detector."""
    of_kernel = [one for one in ROWS if one.where.startswith("kernel-monitor")]

    assert len(of_kernel) == 19
    assert [one.id for one in of_kernel if one.ours != "yes"] == []


def test_only_software_that_eks_nodes_do_not_run_is_out_of_scope() -> None:
    """Docker, abrt and Windows."""
    outside = {one.words.partition(":")[0] for one in ROWS if one.ours == "out"}

    assert outside == {"Docker's", "abrt's", "Windows'"}
    assert {one.peer for one in ROWS if one.ours == "out"} == {"node-problem-detector"}


def test_the_counts_at_the_top_are_the_tables() -> None:
    """And each row is shown."""
    page = detections.page()
    yes = sum(one.ours == "yes" for one in ROWS)
    no = sum(one.ours == "no" for one in ROWS)

    assert f"| **all** | {yes} | {no} | {len(ROWS) - yes - no} | {len(ROWS)} |" in page
    assert [one.id for one in ROWS if f"| {one.where} | {one.id} | {one.kind} |" not in page] == []


@pytest.mark.parametrize(
    "row",
    [
        "node-mixin\ta\tb\talert\tyes\t\ttests/x.py\t",
        "node-mixin\ta\tb\talert\tyes\tload_high\t\t",
        "node-mixin\ta\tb\talert\tno\tload_high\ttests/x.py\twhy",
        "node-mixin\ta\tb\talert\tno\t\t\t",
        "node-mixin\ta\tb\talert\tperhaps\t\t\twhy",
        "somebody\ta\tb\talert\tno\t\t\twhy",
    ],
)
def test_a_row_that_says_too_little_is_refused(tmp_path: Path, row: str) -> None:
    """A yes without a test, a no without a reason, a peer that nobody knows."""
    table = tmp_path / "detections.tsv"
    table.write_text(f"peer\twhere\tid\tkind\tours\trules\ttest\twords\n{row}\n")

    with pytest.raises(ValueError, match="a yes has a rule and a test, a no has words"):
        detections.detections(table)
