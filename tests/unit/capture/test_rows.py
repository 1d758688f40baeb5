"""Rows of words: bounds, places and names."""

from __future__ import annotations

import pytest

from fleetscan.capture import rows
from fleetscan.capture.rows import Row
from fleetscan.errors import ParseError


def row(*words: str) -> Row:
    """Return a row of these words, in line 7 of a source."""
    return Row("source", 7, list(words))


def test_blank_lines_are_no_rows_but_they_count_as_lines() -> None:
    """So that an error points at the line that an editor shows."""
    expected = [Row("source", 2, ["a", "b"]), Row("source", 4, ["c"])]

    assert expected == rows.read("\na \t b \n\n\tc", source="source")


def test_only_blanks_tabs_and_line_feeds_separate() -> None:
    """No kernel writes the other spaces of Unicode, nor a carriage return."""
    expected = [Row("source", 1, ["a\u2028b\x0bc\u00a0d\r"])]

    assert expected == rows.read("a\u2028b\x0bc\u00a0d\r\n", source="source")


def test_exactly_the_limits_are_allowed() -> None:
    """Of rows and of characters."""
    text = "a\n" * 5 + "\n" * (rows.MAX_CHARACTERS - 10)

    assert len(rows.read(text, source="source", limit=5)) == 5


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("a\n" * 6, "source: more than 5 rows", id="one row too many"),
        pytest.param(" " * 100_001, "source: more than 100000 characters", id="one character too many"),
    ],
)
def test_more_is_refused(text: str, error: str) -> None:
    """A node cannot make the reader work without end."""
    with pytest.raises(ParseError) as raised:
        rows.read(text, source="source", limit=5)

    assert error == str(raised.value)


def test_several_whole_numbers_are_read_at_once() -> None:
    """From a place on, one for each name."""
    expected = [5, 18446744073709551615, 0]

    assert expected == row("cache", "5", "18446744073709551615", "0", "rest").wholes(1, "abc")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        pytest.param(("1", "2"), "source, line 7: c is missing", id="too few"),
        pytest.param(("1", "-", "x"), "source, line 7: b is not a whole number: '-'", id="the first of two"),
        pytest.param(("1", "2", "\u0663"), "source, line 7: c is not a whole number: '\\u0663'", id="digits of others"),
        pytest.param(
            ("1", "100000000000000000000", "3"),
            "source, line 7: b is not a whole number: '100000000000000000000'",
            id="long",
        ),
    ],
)
def test_of_several_numbers_the_first_that_is_none_is_named(words: tuple[str, ...], error: str) -> None:
    """As if each had been asked for by itself."""
    with pytest.raises(ParseError) as raised:
        row(*words).wholes(0, "abc")

    assert error == str(raised.value)


def test_pairs_are_read_by_key_and_other_words_are_ignored() -> None:
    """A value may hold another ``=``, which no number does."""
    pairs = row("kubelet", "pid=5", "new", "share=1.5", "odd=-").pairs(1)

    assert (
        pairs.whole("pid"),
        pairs.decimal_or_none("share"),
        pairs.whole_or_none("odd"),
        pairs.whole_or_none("missing"),
    ) == (5, 1.5, None, None)


def test_a_missing_key_of_a_row_of_pairs_is_an_error() -> None:
    """A zero would lie."""
    with pytest.raises(ParseError) as raised:
        row("kubelet", "pid=5").pairs(1).whole("age_seconds")

    assert str(raised.value) == "source, line 7: age_seconds is missing"


def test_zero_is_refused_where_it_cannot_be() -> None:
    """A maximum of 0 would be divided by."""
    with pytest.raises(ParseError) as raised:
        row("0").positive(0, "maximum")

    assert str(raised.value) == "source, line 7: maximum is zero"
