"""Checks that a text is plain: the script writes only lines of printable ASCII."""

from __future__ import annotations

import re

_PLAIN = b"\t\n" + bytes(range(ord(" "), ord("~") + 1))
_UNPRINTABLE = re.compile(r"[^\n\t -~]")


def is_plain(text: str) -> bool:
    """Return whether all of a text is printable ASCII, blanks, tabs and line feeds.

    A fleet sends tens of megabytes: deleting the plain bytes takes a tenth of what a regular expression takes to pass
    over them.
    """
    return text.isascii() and not text.encode("ascii").translate(None, _PLAIN)


def first_unprintable(text: str) -> tuple[int, str] | None:
    """Return the position, from 0, and the first character that is not plain; None where all are."""
    found = None if is_plain(text) else _UNPRINTABLE.search(text)
    return None if found is None else (found.start(), found.group())
