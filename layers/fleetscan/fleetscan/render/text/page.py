"""Blocks laid out as lines for a page of some width: wrapped text, hanging indents, tables that drop columns.

The only module that knows a width. A page of text and a screen get the same lines of the same blocks, but for the rule
below a heading, which a screen does not need; so nothing is on the screen that is not in the text.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from fleetscan.immutable import immutable
from fleetscan.render.text.blocks import Block, Column, Command, Heading, Line, Paragraph, Span, Style, Table, plain
from fleetscan.render.words.escape import REPLACEMENT

WIDTH = 100
"""Columns of a page of text. A pager on a laptop and a chat window side by side still show this much."""

LEAST_WIDTH = 60
"""On a narrower screen the terminal wraps lines itself."""

_QUANTITY = re.compile(r"(?<=[0-9]) (?=(?:%|[KMGTP]?i?B|s|min|h|d|CPUs?|pages/s)(?![A-Za-z]))")
"""The space between a number and its unit: no line breaks there."""
_TIE = "\u00a0"
_BLANKS = str.maketrans("\t\n\v\f\r", "     ")

_CONTINUED = " \\"
_STEP = "    "
_HANG = "  "


@immutable
class Page:
    """What a report is laid out for: by default text for a pipe, a file, a ticket."""

    columns: int = WIDTH
    is_screen: bool = False
    """Whether styles will be seen, and lines may be as wide as the window."""
    is_unicode: bool = False
    """Whether marks outside of ASCII can be shown."""

    @property
    def prose_columns(self) -> int:
        """How wide running text is set: longer lines are hard to read, however wide the window."""
        return min(self.columns, WIDTH)

    @property
    def cut_mark(self) -> str:
        """What stands at the end of a cell that was cut."""
        return "…" if self.is_unicode else "~"


TEXT = Page()


def lines(blocks: Sequence[Block], page: Page = TEXT) -> list[Line]:
    """Return blocks as lines, without a second empty line in a row. Nothing in them moves a cursor."""
    laid = [_safe(line) for block in blocks for line in _laid(block, page)]
    return [line for index, line in enumerate(laid) if line or index == 0 or laid[index - 1]]


def _laid(block: Block, page: Page) -> Iterator[Line]:
    match block:
        case str():
            yield from _verbatim(block, page)
        case Paragraph():
            yield from wrapped(block.words, page.prose_columns, first=block.first, hanging=block.hanging)
        case Heading():
            yield from _heading(block, page)
        case Command():
            yield from _command(block, page)
        case Table():
            yield from _table(block, page)


def wrapped(words: Line, columns: int, *, first: Line = (), hanging: str = "") -> Iterator[Line]:
    """Yield text wrapped to so many columns; a number and its unit stay together, a style stays with its words."""
    indent = plain(first)
    tied = _QUANTITY.sub(_TIE, plain(words).translate(_BLANKS))
    broken = textwrap.wrap(tied, columns, initial_indent=indent, subsequent_indent=hanging, break_on_hyphens=False)
    start = 0
    for number, whole in enumerate(broken):
        before = hanging if number else indent
        part = whole[len(before) :]
        start = tied.index(part, start)
        yield (*((Span(hanging),) if number and hanging else () if number else first), *_cut(words, start, part))
        start += len(part)


def _cut(words: Line, start: int, part: str) -> Iterator[Span]:
    """Yield the spans of a part of the words, which begins at a character."""
    shown, end, at = part.replace(_TIE, " "), start + len(part), 0
    for span in words:
        low, high = max(start, at), min(end, at + len(span.text))
        if low < high:
            yield Span(shown[low - start : high - start], span.style)
        at += len(span.text)


def _verbatim(text: str, page: Page) -> Iterator[Line]:
    if len(text) <= page.columns:
        yield (Span(text),) if text else ()
        return
    body = text.lstrip(" ")
    indent = text[: len(text) - len(body)]
    yield from wrapped((Span(body),), page.columns, first=(Span(indent),) if indent else (), hanging=indent + _HANG)


def _heading(heading: Heading, page: Page) -> Iterator[Line]:
    details = list(heading.details)
    title = plain(heading.words)
    room = page.prose_columns - len(title) - len(" ()")
    while details and len(", ".join(details)) > room:
        details.pop()
    more = (Span(f" ({', '.join(details)})", Style.QUIET if page.is_screen else Style.PLAIN),) if details else ()
    spans = (*heading.words, *more)
    if page.is_screen:
        yield from wrapped(spans, page.prose_columns)
    else:
        yield spans
        yield (Span("-" * len(plain(spans))),)


def _command(command: Command, page: Page) -> Iterator[Line]:
    if len(command.indent) + len(command.text) <= page.prose_columns:
        broken = [command.indent + command.text]
    else:
        broken = textwrap.wrap(
            command.text,
            page.prose_columns - len(_CONTINUED),
            initial_indent=command.indent,
            subsequent_indent=command.indent + _STEP,
            break_long_words=False,
            break_on_hyphens=False,
        )
    for index, text in enumerate(broken):
        body = text.lstrip(" ")
        is_last = index == len(broken) - 1
        yield (
            Span(text[: len(text) - len(body)]),
            Span(body, Style.COMMAND),
            *(() if is_last else (Span(_CONTINUED, Style.QUIET),)),
        )


def _table(table: Table, page: Page) -> Iterator[Line]:
    kept = _fitting(table, page)
    columns = [table.columns[index] for index in kept]
    has_titles = any(column.title for column in columns)
    rows = [[row[index] for index in kept] for row in table.rows]
    titles = [Span(column.title, Style.QUIET) for column in columns]
    titled = [titles, *rows] if has_titles else rows
    widths = [max(len(row[index].text) for row in titled) for index in range(len(columns))]
    room = page.columns - len(table.indent)
    gap = 2 if page.is_screen and sum(widths) + 2 * (len(widths) - 1) <= room else 1
    for index in (kept.index(old) for old in table.shrinkable if old in kept):
        excess = sum(widths) + gap * (len(widths) - 1) - room
        if excess > 0:
            widths[index] = max(widths[index] - excess, min(widths[index], columns[index].least or 0))
    # Prose that is cut between words still shows that it goes on; a row that loses its end does not.
    for index in (place for place, column in enumerate(columns) if column.is_prose):
        widths[index] = max(widths[index] - max(sum(widths) + gap * (len(widths) - 1) - room, 0), 1)
    if has_titles:
        yield _row(titles, widths, columns, page, gap=gap, indent=table.indent)
    for row, whole in zip(rows, table.rows, strict=True):
        yield _row(row, widths, columns, page, gap=gap, indent=table.indent)
        if table.below is not None and table.below not in kept and whole[table.below].text:
            yield _below(whole[table.below], len(table.indent) + widths[0] + gap, table.columns[table.below], page)


def _below(cell: Span, inset: int, column: Column, page: Page) -> Line:
    """Return the columns that did not fit, below the row's second column."""
    return (Span(" " * inset), Span(_cell(cell.text, page.columns - inset, column, page), cell.style))


def _fitting(table: Table, page: Page) -> list[int]:
    """Return the indices of the columns that fit when each is as narrow as it may be."""
    kept = [index for index, column in enumerate(table.columns) if page.is_screen or not column.is_extra]
    room = page.columns - len(table.indent)

    def least(index: int) -> int:
        column = table.columns[index]
        widest = max((len(row[index].text) for row in table.rows), default=0)
        natural = max(widest, len(column.title))
        return natural if column.least is None else min(natural, column.least)

    for index in table.droppable:
        if sum(map(least, kept)) + len(kept) - 1 <= room:
            break
        if index in kept:
            kept.remove(index)
    return kept


def _row(
    row: Sequence[Span], widths: Sequence[int], columns: Sequence[Column], page: Page, *, gap: int, indent: str
) -> Line:
    spans = [Span(indent)] if indent else []
    for index, (cell, width, column) in enumerate(zip(row, widths, columns, strict=True)):
        text = _cell(cell.text, width, column, page)
        before = " " * ((gap if index else 0) + (width - len(text) if column.is_right else 0))
        spans += [Span(before), Span(text, cell.style)]
        if not column.is_right:
            spans.append(Span(" " * (width - len(text))))
    while spans and not spans[-1].text.strip(" "):
        spans.pop()
    return tuple(_clipped(spans, page.columns))


def _clipped(spans: Sequence[Span], columns: int) -> Iterator[Span]:
    """Yield spans of so many columns in all: a row that nothing could make narrow enough loses its end."""
    room = columns
    for span in spans:
        if room > 0 and span.text:
            yield Span(span.text[:room], span.style)
        room -= len(span.text)


def _cell(text: str, width: int, column: Column, page: Page) -> str:
    if len(text) <= width:
        return text
    if not column.is_prose:
        return text[: max(width - 1, 0)] + page.cut_mark
    tied = _QUANTITY.sub(_TIE, text)
    end = tied.rfind(" ", 0, width - 1)
    return tied[: max(end, 0)].rstrip(" ,;:(").replace(_TIE, " ") + (" …" if page.is_unicode else " ~")


def _safe(line: Line) -> Line:
    """Return a line of printable characters only, whatever a section let through."""
    if all(span.text.isprintable() for span in line):
        return line
    return tuple(
        Span("".join(one if one.isprintable() else REPLACEMENT for one in span.text), span.style) for span in line
    )
