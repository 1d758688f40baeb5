"""How far a scan is."""

from __future__ import annotations

import pytest

from fleetscan.cli.progress import Progress


def test_a_log_gets_a_line_for_each_stage(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody wants a line for each of a thousand nodes in a log; each stage is told once, when it is done."""
    with Progress(is_watched=False) as progress:
        progress("discovery", 3, 3)
        for done in range(4):
            progress("collection", done, 3)
        progress("collection", 3, 3)
        for done in range(1, 4):
            progress("analysis", done, 3)

    assert capsys.readouterr() == (
        "",
        "fleetscan: 3 nodes found\nfleetscan: 3 of 3 nodes answered for\nfleetscan: 3 of 3 nodes judged\n",
    )


def test_a_terminal_gets_bars_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output stays the report's alone."""
    with Progress(is_watched=True) as progress:
        progress("discovery", 3, 3)
        progress("collection", 2, 3)

    assert not capsys.readouterr().out
