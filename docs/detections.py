# ruff: noqa: INP001 - docs/ holds pages and what writes them and is no package
"""The page of what others detect: each row of detections.tsv, with the rule of ours or why there is none.

The table is what a person has decided; the counts at the top of the page are made from it. A test demands that each
rule and each test in it exists.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("detections.tsv")
PAGE = Path(__file__).with_name("detections.md")
WRITTEN = "<!-- Written by docs/build.py from docs/detections.tsv; edit that and run `make docs`. -->"
TESTS = "../"
"""From docs/ to the root of the repository."""

VERDICTS = {"yes": "yes", "no": "no", "out": "out of scope"}
"""What stands in the column ``ours``, and what the page says."""

PEERS = {
    "eks-node-monitoring-agent": "the reasons of EKS's node monitoring agent (`pkg/reasons/reasons.yaml`)",
    "node-problem-detector": "the default configurations of node-problem-detector (`config/*.json`)",
    "node-mixin": "the alerts of node-exporter's node-mixin",
}

_INTRODUCTION = """\
What three others find on a node, row by row, and what finds it here: the rule, and the test that shows it from a real
line, file or answer; or no, and why. *Out of scope* is what belongs to software that EKS nodes do not run.
What another detector says by itself counts for nothing here. Where the node monitoring agent or node-problem-detector
runs, [`node_condition_bad`](rules/node_condition_bad.md) reports its conditions too, those below that say *no* among
them.\
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """One row: what a peer detects, and what is here."""

    peer: str
    where: str
    id: str
    kind: str
    ours: str
    rules: tuple[str, ...]
    test: str
    words: str
    """Of a no why, of a yes what differs; empty where nothing does."""


def detections(file: Path = TABLE) -> tuple[Detection, ...]:
    """Return the rows of the table; ValueError for one that is not as it should be."""
    with file.open(encoding="utf-8", newline="") as opened:
        return tuple(_detection(row) for row in csv.DictReader(opened, delimiter="\t", quoting=csv.QUOTE_NONE))


def counts(rows: Sequence[Detection]) -> list[tuple[str, int, int, int]]:
    """Return peer, yes, no and out of scope, in the order of the table."""
    by_peer = Counter((one.peer, one.ours) for one in rows)
    return [
        (peer, by_peer[peer, "yes"], by_peer[peer, "no"], by_peer[peer, "out"])
        for peer in dict.fromkeys(one.peer for one in rows)
    ]


def page(file: Path = TABLE) -> str:
    """Return the whole page."""
    rows = detections(file)
    found = counts(rows)
    total = ("**all**", sum(one[1] for one in found), sum(one[2] for one in found), sum(one[3] for one in found))
    lines = ["# What others detect", "", WRITTEN, "", _INTRODUCTION, ""]
    lines += ["| | yes | no | out of scope | rows |", "|---|--:|--:|--:|--:|"]
    lines += [f"| {peer} | {yes} | {no} | {out} | {yes + no + out} |" for peer, yes, no, out in (*found, total)]
    for peer, *_ in found:
        lines += ["", f"## {peer}", "", f"Of {PEERS[peer]}.", ""]
        lines += ["| where | what | there | here | rule, or why not | test |", "|---|---|---|---|---|---|"]
        lines += [_row(one) for one in rows if one.peer == peer]
    return "\n".join([*lines, ""])


def _detection(row: dict[str, str]) -> Detection:
    one = Detection(
        peer=row["peer"],
        where=row["where"],
        id=row["id"],
        kind=row["kind"],
        ours=row["ours"],
        rules=tuple(row["rules"].split()),
        test=row["test"],
        words=row["words"],
    )
    is_whole = (one.rules and one.test) if one.ours == "yes" else (not one.rules and not one.test and one.words)
    if one.peer not in PEERS or one.ours not in VERDICTS or not is_whole:
        raise ValueError(
            f"detections.tsv: {one.peer} {one.where} {one.id}: a yes has a rule and a test, a no has words"
        )
    return one


def _row(one: Detection) -> str:
    rules = ", ".join(f"[`{rule}`](rules/{rule}.md)" for rule in one.rules)
    file, _, name = one.test.partition("::")
    test = f"[`{name or Path(file).stem}`]({TESTS}{file})" if one.test else ""
    said = f"{rules} ({one.words})" if rules and one.words else rules or one.words
    return f"| {one.where} | {one.id} | {one.kind} | {VERDICTS[one.ours]} | {said} | {test} |"
