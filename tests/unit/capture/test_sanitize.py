"""Plain text: what is, and where a text stops being it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.capture.sanitize import first_unprintable, is_plain


@pytest.mark.parametrize("text", ["", "a b\tc\n", " ~"], ids=["nothing", "blanks", "the ends of the range"])
def test_plain_text_has_no_foreign_character(text: str) -> None:
    """Printable ASCII, blanks, tabs and line feeds."""
    expected = (True, None)

    assert expected == (is_plain(text), first_unprintable(text))


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        pytest.param("ab\x1b[31m", (2, "\x1b"), id="escape"),
        pytest.param("\r\n", (0, "\r"), id="carriage return"),
        pytest.param("abc\x7f", (3, "\x7f"), id="delete"),
        pytest.param("a\u202e\x00", (1, "\u202e"), id="the first of two"),
        pytest.param("\ud800", (0, "\ud800"), id="half a pair"),
    ],
)
def test_the_first_foreign_character_is_reported_with_its_place(text: str, foreign: tuple[int, str]) -> None:
    """Positions count from 0."""
    expected = (False, foreign)

    assert expected == (is_plain(text), first_unprintable(text))


@given(st.text(alphabet=st.characters(max_codepoint=0x100)))
def test_both_ways_of_looking_agree(text: str) -> None:
    """Deleting the plain bytes leaves something where the pattern finds something."""
    assert is_plain(text) is (re.search(r"[^\n\t -~]", text) is None)
