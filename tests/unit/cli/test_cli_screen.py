"""Whether a person looks on, and how wide the window is."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from fleetscan.cli import screen
from fleetscan.model import Report
from fleetscan.render.text import report as text
from fleetscan.render.text.page import Page
from fleetscan.storage import report_file

WIDE = {"COLUMNS": "120"}
PROGRAM = "import sys\nfrom fleetscan import cli\nsys.exit(cli.main(['report']))"
SHOWN = Page(columns=120, is_screen=True, is_unicode=True)


class Stream(io.StringIO):
    """A standard output that is a terminal or none."""

    encoding = "UTF-8"

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        """Say what it is."""
        return self._is_terminal


@pytest.mark.parametrize(
    ("is_terminal", "environment", "expected"),
    [
        (True, {}, SHOWN),
        (False, {}, None),
        (True, {"TERM": "dumb"}, None),
        (True, {"TERM": "unknown"}, None),
        (True, {"TERM": "xterm-256color"}, SHOWN),
        (True, {"NO_COLOR": "1"}, SHOWN),
        (False, {"FORCE_COLOR": "1"}, SHOWN),
        (False, {"FORCE_COLOR": ""}, None),
        (False, {"CLICOLOR_FORCE": "1"}, SHOWN),
        (False, {"CLICOLOR_FORCE": "0"}, None),
        (False, {"CLICOLOR_FORCE": ""}, None),
        (False, {"FORCE_COLOR": "1", "TERM": "dumb"}, SHOWN),
        (False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, SHOWN),
    ],
    ids=str,
)
def test_who_gets_a_screen(environment: Mapping[str, str], expected: Page | None, *, is_terminal: bool) -> None:
    """A terminal that obeys sequences, or whoever forces it."""
    assert expected == screen.page(Stream(is_terminal=is_terminal), {**WIDE, **environment})


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ("80", 80),
        ("20", 60),
        ("999", 400),
        ("0", 100),
        ("-1", 100),
        ("wide", 100),
        ("9" * 20, 100),
        ("٨٠", 100),
        ("", 100),
    ],
)
def test_how_wide_it_is(columns: str, expected: int) -> None:
    """As wide as the window, within reason; as wide as a page where nobody knows."""
    page = screen.page(Stream(is_terminal=True), {"COLUMNS": columns})

    assert page is not None
    assert expected == page.columns


def test_an_encoding_without_marks_gets_none() -> None:
    """A dot of three is no ASCII."""
    stream = Stream(is_terminal=True)
    stream.encoding = "ascii"

    assert screen.page(stream, WIDE) == Page(columns=120, is_screen=True, is_unicode=False)


def command(state: Path, **variables: str) -> tuple[list[str], dict[str, str]]:
    """Return the command that shows the last report, and its environment."""
    environment = {"PATH": os.environ["PATH"], "XDG_STATE_HOME": str(state.parent.parent), "LC_ALL": "C.UTF-8"}
    return [sys.executable, "-c", PROGRAM], {**environment, "TERM": "xterm", **variables}


def on_a_terminal(state: Path, **variables: str) -> str:
    """Return what the command prints on a terminal of 80 columns."""
    words, environment = command(state, COLUMNS="80", **variables)
    main, side = pty.openpty()
    with subprocess.Popen(words, stdin=side, stdout=side, stderr=side, env=environment) as process:
        os.close(side)
        written = b""
        while True:
            try:
                part = os.read(main, 65536)
            except OSError:  # Linux says EIO when nobody has the other end open any more.
                break
            if not part:
                break
            written += part
    os.close(main)
    assert process.returncode == 0
    return written.decode().replace("\r\n", "\n")


def test_a_pipe_gets_the_text_and_nothing_else(report: Report, state: Path) -> None:
    """Byte for byte, in full, whatever the terminal is that the pipe is made on."""
    report_file.write(report, state)
    words, environment = command(state)

    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)

    assert (done.stdout, done.stderr) == (text.render(report), "")


def test_a_terminal_gets_colours(report: Report, state: Path) -> None:
    """And no progress of nothing."""
    report_file.write(report, state)

    assert on_a_terminal(state).startswith("\x1b[33mwarning\x1b[0m   \x1b[1mi-0123456789abcdef0 has a warning: swap")


def test_no_color_takes_the_colour_and_leaves_the_word(report: Report, state: Path) -> None:
    """Every severity is a word."""
    report_file.write(report, state)
    shown = on_a_terminal(state, NO_COLOR="1")

    assert shown.startswith("warning   \x1b[1mi-0123456789abcdef0 has a warning: swap")
    assert "\x1b[3" not in shown


def test_a_dumb_terminal_gets_the_text(report: Report, state: Path) -> None:
    """As a pipe does."""
    report_file.write(report, state)

    assert on_a_terminal(state, TERM="dumb") == text.render(report)


def test_a_pipe_does_not_wait_for_rich(report: Report, state: Path) -> None:
    """It takes 40 ms to import, and nothing of it is used."""
    report_file.write(report, state)
    words, environment = command(state)
    program = "import sys\nfrom fleetscan import cli\ncli.main(['report'])\nsys.exit('rich' in sys.modules)"

    done = subprocess.run([words[0], "-c", program], env=environment, stdout=subprocess.DEVNULL, check=False)

    assert done.returncode == 0
