"""The simulated SSM agent: how it runs a script and where it cuts output."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from simulator.agent import Outcome, listed_output, run, standard_output


def test_a_short_output_is_shown_whole() -> None:
    """Both streams together are below 2,500 bytes, the title between them included."""
    actual = listed_output(b"out\n", b"err\n")

    assert actual == "out\n\n----------ERROR-------\nerr\n"


def test_2499_bytes_are_listed_and_2500_are_cut() -> None:
    """The agent compares with "less than"; what is cut keeps its beginning and ends in the agent's words."""
    whole, cut = listed_output(b"x" * 2_499, b""), listed_output(b"x" * 2_500, b"")

    assert whole == "x" * 2_499
    assert cut == "x" * 2_477 + "\n---Output truncated---"


def test_a_word_on_standard_error_costs_standard_output_its_end() -> None:
    """This is why the collection script writes nothing to standard error."""
    actual = listed_output(b"x" * 2_490, b"warning\n")

    assert actual.endswith("\n---Output truncated---\n----------ERROR-------\nwarning\n")


@given(st.binary(max_size=6_000), st.binary(max_size=6_000))
def test_a_listed_output_never_exceeds_2500_bytes(output: bytes, error: bytes) -> None:
    """Whatever a script prints on either stream."""
    actual = listed_output(output.replace(b"\xff", b"."), error)

    assert len(actual) <= 2_500


def test_24000_bytes_are_cut_to_24000_with_the_suffix_inside() -> None:
    """The suffix counts: 23,980 bytes of the script's own remain. 23,999 bytes are left alone."""
    assert standard_output(b"x" * 23_999) == "x" * 23_999
    assert standard_output(b"x" * 24_000) == "x" * 23_980 + "--output truncated--"


def test_a_script_runs_with_the_environment_it_is_given_and_no_other(tmp_path: Path) -> None:
    """An agent has neither HOME nor TERM, and the tests' own variables must not leak into a node."""
    outcome = run(
        "#!/bin/sh\necho $PROC_ROOT $HOME\n", folder=tmp_path, environment={"PROC_ROOT": "/x"}, timeout_seconds=9
    )

    assert outcome == Outcome(exit_code=0, output=b"/x\n", error=b"")


def test_a_script_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    """The whole process group gets SIGKILL: exit code 137, timed out, and what was printed so far is kept."""
    outcome = run("echo begun\nsleep 600 & sleep 600\n", folder=tmp_path, environment={}, timeout_seconds=0.3)

    assert outcome == Outcome(exit_code=137, output=b"begun\n", error=b"", is_timed_out=True)


def test_endless_output_is_not_kept(tmp_path: Path) -> None:
    """Only as much is held as anything can show, one byte more to know that there was more."""
    outcome = run("yes | head -c 5000000\n", folder=tmp_path, environment={"PATH": "/usr/bin:/bin"}, timeout_seconds=20)

    assert len(outcome.output) == 24_001
