"""Strict numbers: what a node sends is hostile until it has been read here.

``int()`` accepts ``1_0``, ``+5`` and full-width digits and raises a bare ValueError above 4,300 digits;
``float()`` accepts ``nan`` and ``1e999``. Neither belongs near text that a compromised node wrote.
"""

from __future__ import annotations

import re

from fleetscan.errors import ParseError

MAX_DIGITS = 20
"""A 64-bit unsigned counter has at most 20 digits (2**64 - 1 = 18446744073709551615)."""

_DECIMAL = re.compile(rf"[0-9]{{1,{MAX_DIGITS}}}(?:\.[0-9]{{1,{MAX_DIGITS}}})?")
_SHOWN_CHARACTERS = 40


def whole(text: str, source: str, line: int, name: str) -> int:
    """Read a non-negative whole number of at most 20 ASCII digits; anything else is a ParseError.

    A capture has a hundred and more of them and a fleet a million, so this is no regular expression, and what it is
    given may come by position: Python 3.13 is quicker at that than at keywords.
    """
    # Of what isdigit() lets through, ASCII has ten and Unicode eight hundred.
    if not (text.isdigit() and text.isascii() and len(text) <= MAX_DIGITS):
        raise ParseError(source, line, f"{name} is not a whole number: {shown(text)}")
    return int(text)


def decimal(text: str, source: str, line: int, name: str) -> float:
    """Read a non-negative decimal number without sign or exponent; anything else is a ParseError."""
    if not _DECIMAL.fullmatch(text):
        raise ParseError(source, line, f"{name} is not a decimal number: {shown(text)}")
    return float(text)


def shown(text: str, *, characters: int = _SHOWN_CHARACTERS) -> str:
    """Quote foreign text for a message: printable ASCII only and at most 40 characters of it, unless told otherwise."""
    cut = text[:characters]
    quoted = cut.encode("unicode_escape").decode("ascii")
    return f"'{quoted}'" if len(text) <= characters else f"'{quoted}...'"
