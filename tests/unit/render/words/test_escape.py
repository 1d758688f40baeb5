"""Foreign text made safe."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.render.words import escape


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain words", "plain words"),
        ("two\r\nlines\tand  spaces", "two lines and spaces"),
        ("\x1b[31mred\x1b[0m", "?[31mred?[0m"),
        ("abc\u202egnp.exe", "abc?gnp.exe"),
        ("zalgo a\u0301\u0302", "zalgo a??"),
        ("wide \uff21", "wide ?"),
        ("caf\u00e9 \u2013 fine", "caf\u00e9 \u2013 fine"),
        ("\ud800", "?"),
        ("", ""),
    ],
)
def test_only_what_is_safe_to_show_is_left(text: str, expected: str) -> None:
    """Controls, direction marks, combining and wide characters become a question mark; accents and dashes stay."""
    assert expected == escape.sanitized(text)


@given(st.text(max_size=300), st.integers(min_value=3, max_value=60))
def test_the_result_is_one_bounded_printable_line(text: str, limit: int) -> None:
    """Whatever comes in, what goes out is printable, left to right, one column a character, and not too long."""
    actual = escape.sanitized(text, limit)

    assert len(actual) <= limit
    assert actual.isprintable()
    assert {unicodedata.bidirectional(character) for character in actual} & {"R", "AL", "RLE", "RLO", "RLI"} == set()


@given(st.text(max_size=100))
def test_safe_text_stays_as_it_is(text: str) -> None:
    """What was made safe once is not changed when it is made safe again."""
    once = escape.sanitized(text, 50)

    assert once == escape.sanitized(once, 50)


def test_a_huge_text_is_cut_first() -> None:
    """Ten megabytes cost no more than their beginning, and the cut is seen."""
    assert escape.sanitized("A" * 10_000_000, 10) == "AAAAAAA..."


def test_a_name_has_no_spaces() -> None:
    """A name with spaces would look like two columns of a table."""
    assert escape.name("a b") == "a_b"
