"""Lines of plain text no wider than a terminal: wrapped paragraphs, hanging indents, tables."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

WIDTH = 100
"""Columns. A pager on a laptop and a chat window side by side still show this much."""

_QUANTITY = re.compile(r"(?<=[0-9]) (?=(?:%|[KMGTP]?i?B|s|min|h|d|CPUs?)(?![A-Za-z]))")
"""The space between a number and its unit: no line breaks there."""
_TIE = "\u00a0"

_CONTINUED = " \\"
_INDENT = "    "


def paragraph(text: str, *, indent: str = "", hanging: str | None = None) -> list[str]:
    """Return the text wrapped to the width; ``hanging`` indents all lines but the first."""
    lines = textwrap.wrap(
        _QUANTITY.sub(_TIE, text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent if hanging is None else hanging,
        break_on_hyphens=False,
    )
    return [line.replace(_TIE, " ") for line in lines]


def labelled(label: str, text: str, *, indent: str = "", column: int) -> list[str]:
    """Return a label and, from a column on, its text; what does not fit beside the label stands below it."""
    first = f"{indent}{label}"
    padded = first.ljust(column - 1) + " " if len(first) < column else f"{first} "
    return paragraph(text or "-", indent=padded, hanging=" " * column)


def heading(text: str) -> list[str]:
    """Return a section's heading with the empty line before it and a rule below it."""
    return ["", text, "-" * len(text)]


def command(text: str, *, indent: str = _INDENT) -> list[str]:
    """Return a shell command on lines of its own; a long one is continued with a backslash, so it can be pasted."""
    if len(indent) + len(text) <= WIDTH:
        return [indent + text]
    lines = textwrap.wrap(
        text,
        WIDTH - len(_CONTINUED),
        initial_indent=indent,
        subsequent_indent=indent + _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [*(line + _CONTINUED for line in lines[:-1]), lines[-1]]


def squeezed(lines: Sequence[str]) -> list[str]:
    """Return the lines without a second empty line in a row."""
    return [line for index, line in enumerate(lines) if line or index == 0 or lines[index - 1]]


def columns(rows: Sequence[Sequence[str]], *, right: frozenset[int], shrinkable: Sequence[int]) -> list[str]:
    """Return rows as aligned columns separated by one space.

    ``right`` names the columns set to the right. When the table is too wide the ``shrinkable`` columns are cut in turn,
    each down to 6 characters, before the line as a whole is.
    """
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    for index in shrinkable:
        excess = sum(widths) + len(widths) - 1 - WIDTH
        if excess > 0:
            widths[index] = max(widths[index] - excess, min(widths[index], 6))
    return [
        " ".join(_cell(cell, widths[index], is_right=index in right) for index, cell in enumerate(row))[:WIDTH].rstrip()
        for row in rows
    ]


def _cell(text: str, width: int, *, is_right: bool) -> str:
    cut = text if len(text) <= width else text[: width - 1] + "~"
    return cut.rjust(width) if is_right else cut.ljust(width)
