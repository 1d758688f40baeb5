"""The coverage-guided run in short, as anybody starts it: the same inputs in every test run."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import inputs

ROOT = Path(__file__).parents[2]
INPUTS = 700

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris comes for Linux on x86-64 alone"
)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Start the fuzzer and wait for its end.

    A shell is in between, because a process begins with the greatest memory of the one that started it (getrusage(2)
    after execve(2)): of thousands of tests libFuzzer would find more than it allows before its first input.
    """
    return subprocess.run(
        ["sh", "-c", '"$@"; exit $?', "sh", sys.executable, "tests/fuzz/fuzz_report.py", *arguments],
        cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip


def test_a_seeded_run_breaks_nothing_and_says_what_it_did(tmp_path: Path) -> None:
    """The same seed makes the same inputs, so what breaks here breaks everywhere."""
    done = run("--inputs", str(INPUTS), "--seed", "7", "--here", str(tmp_path), "--quiet")

    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-2_000:]
    assert f"| inputs | {INPUTS:,} (seed 7) |" in done.stdout
    assert "| broke | 0 |" in done.stdout
    assert list(tmp_path.glob("broken-*")) == []
    assert len(inputs.seeds()) < len(list((tmp_path / "corpus").iterdir()))


def test_an_input_is_tried_again_from_its_file(tmp_path: Path) -> None:
    """As one does with what a run has found."""
    file = tmp_path / "input"
    file.write_bytes(inputs.seeds()[0])

    done = run(str(file))

    assert (0, f"{file}: well\n") == (done.returncode, done.stdout)
