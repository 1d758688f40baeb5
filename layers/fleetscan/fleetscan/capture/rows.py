"""Rows of words: how every line of a node's output is split, in bounded time and memory.

A parser reads a row's words by position and by name; a word that is missing, too long or of another form is a
ParseError with its place. Only blanks, tabs and line feeds separate: ``str.split`` would also cut at
Unicode's other spaces, which no kernel writes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from fleetscan import numbers
from fleetscan.capture.sanitize import is_plain
from fleetscan.errors import ParseError

MAX_ROWS = 200
"""Most rows of a section: the longest list of the script has 41, so a node with 200 is broken or hostile."""

MAX_KERNEL_ROWS = 1_000
"""Most rows of a file that the kernel writes in full: /proc/vmstat has some 200, /proc/stat one for each CPU."""

MAX_CHARACTERS = 100_000
"""Four times what a whole capture may hold."""

UNKNOWN = "-"
"""What the script writes for a value that was not available."""

_WORD = re.compile(r"[^ \t]+")
_NAME = re.compile(r"[A-Za-z0-9._:/@%+=,-]{1,128}")


@dataclass(slots=True)
class Row:
    """One line that is not blank. ``line`` counts from 1 within the source's own text."""

    source: str
    line: int
    words: list[str]
    """At least one, none of them empty."""

    def error(self, reason: str) -> ParseError:
        """Return an error about this row."""
        return ParseError(self.source, self.line, reason)

    def word(self, index: int, name: str) -> str:
        """Return the word at this place."""
        try:
            return self.words[index]
        except IndexError:
            raise self.error(f"{name} is missing") from None

    def whole(self, index: int, name: str) -> int:
        """Return the whole number at this place."""
        # Most of what is read passes here, so ``word`` is not called.
        try:
            word = self.words[index]
        except IndexError:
            raise self.error(f"{name} is missing") from None
        return numbers.whole(word, self.source, self.line, name)

    def wholes(self, start: int, names: Sequence[str]) -> list[int]:
        """Return the whole numbers from this place on, one for each name."""
        words = self.words[start : start + len(names)]
        together = "".join(words)
        # All are checked at once; if one is wrong or missing, each is read alone and the first error is raised.
        are_numbers = len(words) == len(names) and together.isdigit() and together.isascii()
        if are_numbers and max(map(len, words)) <= numbers.MAX_DIGITS:
            return list(map(int, words))
        return [self.whole(index, name) for index, name in enumerate(names, start)]

    def positive(self, index: int, name: str) -> int:
        """Return the whole number at this place, which must not be 0, such as a maximum that is divided by."""
        value = self.whole(index, name)
        if value == 0:
            raise self.error(f"{name} is zero")
        return value

    def whole_or_none(self, index: int, name: str) -> int | None:
        """Return the whole number at this place, or None for ``-``."""
        word = self.word(index, name)
        return None if word == UNKNOWN else numbers.whole(word, self.source, self.line, name)

    def decimal(self, index: int, name: str) -> float:
        """Return the decimal number at this place."""
        return numbers.decimal(self.word(index, name), self.source, self.line, name)

    def name(self, index: int, name: str) -> str:
        """Return the cleaned name at this place: at most 128 of the characters that the script lets through."""
        word = self.word(index, name)
        if not _NAME.fullmatch(word):
            raise self.error(f"{name} is not a clean name: {numbers.shown(word)}")
        return word

    def name_or_none(self, index: int, name: str) -> str | None:
        """Return the cleaned name at this place, or None for ``-``."""
        return None if self.word(index, name) == UNKNOWN else self.name(index, name)

    def pairs(self, start: int) -> Pairs:
        """Return the ``key=value`` words from this place on; words of another shape are ignored."""
        values: dict[str, str] = {}
        for word in self.words[start:]:
            key, sign, value = word.partition("=")
            if not sign:
                continue
            if key in values:
                raise self.error(f"{numbers.shown(key)} is given twice")
            values[key] = value
        return Pairs(self, values)


@dataclass(slots=True)
class Pairs:
    """The ``key=value`` words of one row."""

    row: Row
    values: dict[str, str]

    def whole(self, key: str) -> int:
        """Return the whole number of this key; a missing key is a ParseError."""
        if key not in self.values:
            raise self.row.error(f"{key} is missing")
        return numbers.whole(self.values[key], self.row.source, self.row.line, key)

    def whole_or_none(self, key: str) -> int | None:
        """Return the whole number of this key, or None where it is missing or ``-``."""
        value = self.values.get(key, UNKNOWN)
        if value == UNKNOWN:
            return None
        return numbers.whole(value, self.row.source, self.row.line, key)

    def name_or_none(self, key: str) -> str | None:
        """Return the cleaned name of this key, or None where it is missing or ``-``."""
        value = self.values.get(key, UNKNOWN)
        if value == UNKNOWN:
            return None
        if not _NAME.fullmatch(value):
            raise self.row.error(f"{key} is not a clean name: {numbers.shown(value)}")
        return value

    def decimal_or_none(self, key: str) -> float | None:
        """Return the decimal number of this key, or None where it is missing or ``-``."""
        value = self.values.get(key, UNKNOWN)
        if value == UNKNOWN:
            return None
        return numbers.decimal(value, self.row.source, self.row.line, key)


def read(text: str, *, source: str, limit: int = MAX_ROWS) -> list[Row]:
    """Return the rows of a text; more than ``limit`` of them is a ParseError."""
    if len(text) > MAX_CHARACTERS:
        raise ParseError(source, 0, f"more than {MAX_CHARACTERS} characters")
    # Both give the same words; the first is quicker, and all that comes out of a capture is plain.
    words_of = str.split if is_plain(text) else _WORD.findall
    rows = [
        Row(source, number, words) for number, line in enumerate(text.split("\n"), start=1) if (words := words_of(line))
    ]
    if len(rows) > limit:
        raise ParseError(source, 0, f"more than {limit} rows")
    return rows


def read_one(text: str, *, source: str) -> Row:
    """Return the first row of a file of one line; no row at all is a ParseError."""
    rows = read(text, source=source)
    if not rows:
        raise ParseError(source, 0, "is empty")
    return rows[0]


def read_headed(text: str, *, source: str, head: str) -> tuple[Row, list[Row]]:
    """Return the first row, which begins with the word ``head``, and the rows of the list below it."""
    rows = read(text, source=source)
    if not rows:
        raise ParseError(source, 0, "is empty")
    if rows[0].words[0] != head:
        raise rows[0].error(f"does not begin with {head}: {numbers.shown(rows[0].words[0])}")
    return rows[0], rows[1:]


def distinct(rows: list[Row]) -> list[Row]:
    """Return the rows as they are; two that begin with the same word are a ParseError."""
    seen: set[str] = set()
    for row in rows:
        if row.words[0] in seen:
            raise row.error(f"{numbers.shown(row.words[0])} is given twice")
        seen.add(row.words[0])
    return rows


def read_keyed(text: str, *, source: str, keys: Collection[str]) -> dict[str, Row]:
    """Return the rows that begin with one of these keys, by key; other rows are ignored.

    A duplicate key is a ParseError, and so is a text with none of them: it is not the expected file.
    """
    found: dict[str, Row] = {}
    for row in read(text, source=source, limit=MAX_KERNEL_ROWS):
        key = row.words[0]
        if key not in keys:
            continue
        if key in found:
            raise row.error(f"{key} is given twice")
        found[key] = row
    if not found:
        raise ParseError(source, 0, "has none of the fields that are read")
    return found
