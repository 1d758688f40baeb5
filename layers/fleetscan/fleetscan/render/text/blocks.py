"""The blocks of a report in text, before its width and colours are known.

The sections of a report are sequences of these blocks; ``page`` lays them out for a pager, a ticket or a terminal. A
style says what words mean, never how they look, and no meaning is shown by style alone.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

from fleetscan.immutable import immutable
from fleetscan.model import Severity


class Style(enum.Enum):
    """What a piece of text means."""

    PLAIN = "plain"
    STRONG = "strong"
    """What the eye should find: a name, a title."""
    QUIET = "quiet"
    """What is there for who looks for it: rule ids, instance ids, explanations."""
    HEADING = "heading"
    COMMAND = "command"
    """Can be pasted into a shell."""
    ALARM = "alarm"
    """The one word of a report that says that something is critical."""
    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"
    OK = "ok"
    UNKNOWN = "unknown"
    """Not measured, not asked, no answer."""


@immutable(kw_only=False)
class Span:
    """Text of one style."""

    text: str
    style: Style = Style.PLAIN


type Line = tuple[Span, ...]
"""One line as it is shown, without its end."""

type Words = str | Span | Sequence[Span]
"""Text as sections give it: most of it has no style."""


@immutable
class Paragraph:
    """Text that is wrapped to the width."""

    words: Line
    first: Line = ()
    """Stands before the first line: an indent, a number, a label."""
    hanging: str = ""
    """Stands before all other lines."""


@immutable
class Heading:
    """A section's heading. Of ``details`` as many are shown, in brackets, as fit on its line."""

    words: Line
    details: tuple[str, ...] = ()


@immutable
class Command:
    """A shell command on lines of its own; a long one is continued with a backslash, so that it can be pasted."""

    text: str
    indent: str


@immutable
class Column:
    """A column of a table."""

    title: str = ""
    is_right: bool = False
    least: int | None = None
    """Columns that it may be cut down to; None where a part of it would lie, as of a number."""
    is_prose: bool = False
    """Whether it is cut between words."""
    is_extra: bool = False
    """Whether it is for a screen with room to spare only."""


@immutable
class Table:
    """Rows of cells, each on one line."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Span, ...], ...]
    shrinkable: tuple[int, ...] = ()
    """The columns that give way, in turn, each down to its least width."""
    droppable: tuple[int, ...] = ()
    """The columns that are left out where that is not enough, the least important first."""
    below: int | None = None
    """The column that, left out, stands below its row instead, on one line."""
    indent: str = ""


type Block = str | Paragraph | Heading | Command | Table
"""A text alone is a line with its own indent."""

_OF_SEVERITY = {Severity.CRITICAL: Style.CRITICAL, Severity.WARNING: Style.WARNING, Severity.INFO: Style.INFO}


def of_severity(severity: Severity | None) -> Style:
    """Return the style of a severity; of nothing found it is that of ``ok``."""
    return Style.OK if severity is None else _OF_SEVERITY[severity]


def line(words: Words) -> Line:
    """Return words as spans, without empty ones."""
    spans = (Span(words),) if isinstance(words, str) else (words,) if isinstance(words, Span) else tuple(words)
    return tuple(span for span in spans if span.text)


def plain(spans: Line) -> str:
    """Return the text of a line."""
    return "".join(span.text for span in spans)
