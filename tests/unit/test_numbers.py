"""Strict numbers: what ``int`` and ``float`` let through and a node must not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.errors import ParseError
from fleetscan.numbers import decimal, shown, whole

NO_NUMBERS = [
    "",
    " ",
    "-1",
    "+5",
    "1_0",
    "0x10",
    "nan",
    "inf",
    "1e9",
    "1e999",
    ".5",
    "5.",
    "1,5",
    "\uff15",
    "\u0665",
    "5\n",
]


@pytest.mark.parametrize(
    ("text", "expected"), [("0", 0), ("007", 7), ("18446744073709551615", 2**64 - 1), ("9" * 20, 10**20 - 1)]
)
def test_a_whole_number_has_up_to_twenty_digits(text: str, expected: int) -> None:
    """Enough for every 64-bit counter of the kernel."""
    assert expected == whole(text, source="stat", line=3, name="user")


@pytest.mark.parametrize("text", [*NO_NUMBERS, "1.5", "9" * 21, "9" * 10_000])
def test_nothing_else_is_a_whole_number(text: str) -> None:
    """The error names the source, the line, the field, and the text in quotes."""
    with pytest.raises(ParseError) as raised:
        whole(text, source="stat", line=3, name="user")

    assert f"stat, line 3: user is not a whole number: {shown(text)}" == str(raised.value)


@pytest.mark.parametrize(
    ("text", "expected"), [("0", 0.0), ("34.04", 34.04), ("5", 5.0), ("0.5", 0.5), ("9" * 20, 1e20)]
)
def test_a_decimal_number_may_have_a_fraction(text: str, expected: float) -> None:
    """Without sign, exponent or bare point."""
    assert expected == decimal(text, source="loadavg", line=1, name="load1")


@pytest.mark.parametrize("text", [*NO_NUMBERS, "1.5.5", "9" * 21, "0." + "9" * 21])
def test_nothing_else_is_a_decimal_number(text: str) -> None:
    """The error names the source, the line, the field, and the text in quotes."""
    with pytest.raises(ParseError) as raised:
        decimal(text, source="loadavg", line=1, name="load1")

    assert f"loadavg, line 1: load1 is not a decimal number: {shown(text)}" == str(raised.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("kmalloc-1k", "'kmalloc-1k'", id="plain"),
        pytest.param("\x1b[31m\n", "'\\x1b[31m\\n'", id="terminal escape"),
        pytest.param("\u202egnp", "'\\u202egnp'", id="bidirectional override"),
        pytest.param("\ud800", "'\\ud800'", id="lone surrogate"),
        pytest.param("a" * 40, "'" + "a" * 40 + "'", id="exactly as long as is shown"),
        pytest.param("a" * 41, "'" + "a" * 40 + "...'", id="too long"),
    ],
)
def test_foreign_text_is_quoted_harmlessly(text: str, expected: str) -> None:
    """Whatever a node wrote can be printed on a terminal."""
    assert expected == shown(text)


@given(st.text())
def test_a_quoted_text_is_always_one_short_printable_line(text: str) -> None:
    """ASCII only, bounded, no line feed."""
    quoted = shown(text)

    assert quoted.isascii()
    assert quoted.isprintable()
    assert len(quoted) <= 40 * len("\\U0010ffff") + len("'...'")
