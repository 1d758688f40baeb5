"""Short forms of the blocks of a section, and the blocks as plain text."""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan.render.text import page
from fleetscan.render.text.blocks import Block, Command, Heading, Paragraph, Span, Style, Words, line, plain
from fleetscan.render.text.page import WIDTH

__all__ = ["WIDTH", "command", "heading", "labelled", "paragraph", "squeezed"]


def paragraph(text: Words, *, indent: Words = "", hanging: str | None = None) -> list[Block]:
    """Return text that is wrapped to the width; ``hanging`` indents all lines but the first."""
    words, first = line(text), line(indent)
    return [Paragraph(words=words, first=first, hanging=plain(first) if hanging is None else hanging)] if words else []


def labelled(label: Words, text: Words, *, indent: str = "", column: int) -> list[Block]:
    """Return a label and, from a column on, its text; what does not fit beside the label stands below it."""
    spans = (*line(indent), *line(label))
    length = len(plain(spans))
    padded = (*spans, Span(" " * max(column - length, 1)))
    return paragraph(text or "-", indent=padded, hanging=" " * column)


def heading(text: Words, *details: str) -> list[Block]:
    """Return a section's heading with the empty line before it; of the details as many are shown as fit."""
    words = (Span(text, Style.HEADING),) if isinstance(text, str) else line(text)
    return ["", Heading(words=words, details=details)]


def command(text: str, *, indent: str = "    ") -> list[Block]:
    """Return a shell command on lines of its own."""
    return [Command(text=text, indent=indent)]


def squeezed(blocks: Sequence[Block]) -> list[str]:
    """Return blocks as lines of plain text, at most ``WIDTH`` columns wide, without a second empty line in a row."""
    return [plain(one) for one in page.lines(blocks)]
