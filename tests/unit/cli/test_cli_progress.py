"""How far a scan is."""

from __future__ import annotations

import io
import re
import sys

import pytest

from fleetscan.cli.progress import Progress


def test_a_log_gets_a_line_for_each_stage(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody wants a line for each of a thousand nodes in a log; each stage is reported once, when it is done."""
    with Progress(is_watched=False) as progress:
        progress("discovery", 3, 3)
        for done in range(4):
            progress("collection", done, 3)
        progress("collection", 3, 3)
        for done in range(1, 4):
            progress("analysis", done, 3)

    assert capsys.readouterr() == (
        "",
        "fleetscan: 3 nodes found\nfleetscan: 3 of 3 nodes accounted for\nfleetscan: 3 of 3 nodes evaluated\n",
    )


def test_a_log_hears_of_the_silent(capsys: pytest.CaptureFixture[str]) -> None:
    """Answered for is not answered."""
    with Progress(is_watched=False) as progress:
        progress("discovery", 16, 16)
        progress("answers", 14, 16)
        progress("collection", 16, 16)

    assert capsys.readouterr().err.endswith("fleetscan: 16 of 16 nodes accounted for, 2 of them without response\n")


def test_a_second_scan_begins_anew(capsys: pytest.CaptureFixture[str]) -> None:
    """The answers of the first are not counted to it."""
    with Progress(is_watched=False) as progress:
        for _ in range(2):
            progress("discovery", 1, 1)
            progress("answers", 1, 1)
            progress("collection", 1, 1)

    assert capsys.readouterr().err == 2 * "fleetscan: 1 nodes found\nfleetscan: 1 of 1 nodes accounted for\n"


def watched(monkeypatch: pytest.MonkeyPatch, *calls: tuple[str, int, int]) -> tuple[str, str]:
    """Return what a terminal of 100 columns gets: the bars as they were drawn last, and all sequences with them."""
    canvas = io.StringIO()
    monkeypatch.setattr(sys, "stderr", canvas)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    with Progress(is_watched=True) as progress:
        for call in calls:
            progress(*call)
    written = canvas.getvalue()
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written).replace("\r", "\n").split("\n")
    return "\n".join(drawn), written


def test_bars_count_who_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the moment that nodes are known, and how many will not."""
    found, _ = watched(monkeypatch, ("discovery", 16, 16))
    asked, _ = watched(
        monkeypatch, ("discovery", 16, 16), ("answers", 11, 16), ("collection", 13, 16), ("analysis", 2, 16)
    )

    assert "0 of 16 responded" in found
    assert "11 of 16 responded, 2 without response" in asked
    assert "2 of 16 evaluated" in asked


def test_bars_are_gone_before_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line that was drawn is erased, and the cursor is shown again."""
    _, written = watched(monkeypatch, ("discovery", 3, 3), ("collection", 3, 3), ("analysis", 3, 3))

    assert written.endswith("\x1b[2K")
    assert written.index("\x1b[?25l") < written.index("\x1b[?25h")


def test_a_terminal_gets_bars_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output stays the report's alone."""
    with Progress(is_watched=True) as progress:
        progress("discovery", 3, 3)
        progress("collection", 2, 3)

    assert not capsys.readouterr().out
