"""Nodes with a known truth, run through the real collection script: what must be found is, what would be wrong is not.

Add a case by adding a file to tests/fixtures/node_cases; run once with FLEETSCAN_UPDATE_GOLDEN=1 to have ``found``
written into it, and read what it says.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from fleetscan.model import Severity
from tests.fixtures import node_cases
from tests.fixtures.node_cases import NodeCase, Outcome
from tests.fixtures.tree_text import lay_out

CASES = node_cases.load()
BY_NAME = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
UPDATE = "FLEETSCAN_UPDATE_GOLDEN"


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Outcome]:
    """Return what comes out of each case."""
    folder = tmp_path_factory.mktemp("node_cases")
    outcomes = {case.name: node_cases.judge(case.lay_out(folder)) for case in CASES}
    if os.environ.get(UPDATE):
        for name, outcome in outcomes.items():
            file = node_cases.FOLDER / f"{name}.toml"
            rows = "".join(f'\n  "{one}",' for one in outcome.found)
            text = re.sub(r"^found = \[[^\]]*\]$", f"found = [{rows}\n]", file.read_text(), count=1, flags=re.MULTILINE)
            file.write_text(text.replace("found = [\n]", "found = []"))
    return outcomes


@BY_NAME
def test_what_is_right_comes_out(case: NodeCase, outcomes: Mapping[str, Outcome]) -> None:
    """What must be found, in words that name it, without what would be wrong; and no sick node is called healthy."""
    assert outcomes[case.name].wrong(case.verdict) == [], case.verdict.right


@BY_NAME
def test_nothing_else_comes_out(case: NodeCase, outcomes: Mapping[str, Outcome]) -> None:
    """Every finding with its severity, worst first."""
    if os.environ.get(UPDATE):
        pytest.skip("found was written anew: run the tests again without FLEETSCAN_UPDATE_GOLDEN")
    expected = case.verdict.found

    assert expected == outcomes[case.name].found


@pytest.mark.parametrize("case", [case for case in CASES if case.is_benign], ids=lambda case: case.name)
def test_no_benign_case_is_alarmed(case: NodeCase, outcomes: Mapping[str, Outcome]) -> None:
    """Information at most, but for what a recording of single files lacks."""
    severities = {
        Severity(one["severity"]) for one in outcomes[case.name].findings if one["rule"] != "evidence_incomplete"
    }

    assert severities <= {Severity.INFO}


def test_a_case_that_demands_nothing_is_an_error_of_its_author() -> None:
    """Each of them could come out wrong."""
    assert [case.name for case in CASES if not (case.verdict.must or case.verdict.never)] == []


class TestWrong:
    """Outcome.wrong: a test that could not fail would hide every case behind it."""

    VERDICT = node_cases.Verdict(
        kind="k",
        right="r",
        source="s",
        must=(("service_down>=critical", "kubelet_restarting>=warning"),),
        never=("oom_kill_pod>=info",),
        say=("KUBELET",),
    )

    def outcome(self, *found: tuple[str, str], condition: str = "critical") -> list[str]:
        """Return in what an outcome with these findings is wrong."""
        findings = [{"severity": severity, "rule": rule, "evidence": "the kubelet"} for severity, rule in found]
        return Outcome(condition, findings).wrong(self.VERDICT)

    def test_right(self) -> None:
        """One of those that must be found is enough, and its severity may be higher."""
        assert self.outcome(("critical", "kubelet_restarting"), ("warning", "evidence_incomplete")) == []

    def test_too_mild_and_too_much(self) -> None:
        """A severity below what is demanded is nothing; what must never be found is named."""
        expected = ["nothing of service_down>=critical or kubelet_restarting>=warning", "info oom_kill_pod"]

        assert expected == self.outcome(("warning", "service_down"), ("info", "oom_kill_pod"))

    def test_healthy_although_something_must_be_found(self) -> None:
        """No word, no finding, and called healthy."""
        expected = [
            "nothing of service_down>=critical or kubelet_restarting>=warning",
            'does not say "KUBELET"',
            "called healthy",
        ]

        assert expected == self.outcome(condition="healthy")


def test_a_tree_is_written_as_its_text_says(tmp_path: Path) -> None:
    """Both samples, runs of numbers, lines many times, and a later text over an earlier one."""
    lay_out("==> t0,t1 proc/{8..9}/stat <==\n{} (a) S\n==> a x2 <==\nline\n==> b <==\nold\n", tmp_path)
    lay_out("\n==> b <==\nnew\n", tmp_path)
    written = {str(one.relative_to(tmp_path)): one.read_text() for one in tmp_path.rglob("*") if one.is_file()}
    stats = {f"{sample}/proc/{pid}/stat": f"{pid} (a) S\n" for sample in ("t0", "t1") for pid in (8, 9)}

    assert written == {**stats, "a": "line\nline\n", "b": "new\n"}
    with pytest.raises(ValueError, match="begins with the name of a file"):
        lay_out("MemTotal: 1 kB\n", tmp_path)
