"""Whether standard output is a terminal, and how wide it is.

The conventions are those of https://no-color.org, https://force-color.org and https://bixense.com/clicolors: a variable
that is set to nothing is not set. ``NO_COLOR`` takes colours away and nothing else, so ``paint`` reads it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TextIO

from fleetscan.render.text.page import LEAST_WIDTH, WIDTH, Page

_PLAIN_TERMINALS = frozenset({"dumb", "unknown"})
"""Values of ``TERM`` of terminals that show escape sequences instead of obeying them."""

_MOST_COLUMNS = 400
"""No window is wider; a larger number is a mistake somewhere."""


def is_plain(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal supports no escape sequences."""
    return environment.get("TERM", "").strip().lower() in _PLAIN_TERMINALS


def is_forced(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether colours are wanted although there is no terminal: in a CI log, in a pager."""
    return bool(environment.get("FORCE_COLOR")) or environment.get("CLICOLOR_FORCE", "0") not in {"", "0"}


def page(stream: TextIO | None = None, environment: Mapping[str, str] = os.environ) -> Page | None:
    """Return the screen that a stream (standard output by default) writes to, or None where it is none."""
    stream = stream or sys.stdout
    if not is_forced(environment) and (is_plain(environment) or not stream.isatty()):
        return None
    encoding = (stream.encoding or "").lower().replace("-", "")
    return Page(columns=_columns(stream, environment), is_screen=True, is_unicode=encoding.startswith("utf"))


def _columns(stream: TextIO, environment: Mapping[str, str]) -> int:
    """Return the window's width: what ``COLUMNS`` says, what the terminal says, or that of a page of text."""
    given = environment.get("COLUMNS", "")
    columns = int(given) if given.isascii() and given.isdigit() and len(given) <= len(str(_MOST_COLUMNS)) else 0
    if not columns:
        try:
            columns = os.get_terminal_size(stream.fileno()).columns
        except (OSError, ValueError):
            columns = 0
    return min(max(columns, LEAST_WIDTH), _MOST_COLUMNS) if columns else WIDTH
