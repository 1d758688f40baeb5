"""Kubernetes quantities: what is one, what it is worth, and that nothing else is taken for one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.errors import ParseError
from fleetscan.kubernetes import quantity


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("128974848", 128_974_848),
        ("129e6", 129_000_000),
        ("129M", 129_000_000),
        ("123Mi", 128_974_848),
        ("1.5Gi", 1_610_612_736),
        ("2e3", 2_000),
        ("2E3", 2_000),
        ("1E", 10**18),
        ("1k", 1_000),
        (".5Ki", 512),
        ("1.", 1),
        ("100m", 1),
        ("1000m", 1),
        ("1001m", 2),
        ("1n", 1),
        ("9223372036854775807", 2**63 - 1),
        ("3388360Ki", 3_469_680_640),
    ],
)
def test_a_quantity_is_worth_what_kubernetes_says(text: str, expected: int) -> None:
    """In its own unit; a fraction is rounded up, as Kubernetes does."""
    assert expected == quantity.whole(text, name="memory")


@pytest.mark.parametrize(
    ("text", "expected"), [("100m", 100), ("2", 2_000), ("0.1", 100), ("1500u", 2), ("2k", 2_000_000)]
)
def test_cpu_is_counted_in_thousandths(text: str, expected: int) -> None:
    """Millicores."""
    assert expected == quantity.milli(text, name="cpu")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Mi",
        "-1",
        "+1",
        "1 Mi",
        "1mi",
        "1KI",
        "1K",
        "1e",
        "1e-",
        "1e999",
        "1_0",
        "1,5",
        "0x1",
        "nan",
        "inf",
        ".",
        "..5",
        "1.2.3",
        "1Mi\n",
        "\u0661",
        "9" * 41,
        "1" * 4_400,
        "9223372036854775808",
        "8Ei",
        "1MiB",
        "2e3Mi",
    ],
)
def test_anything_else_is_none(text: str) -> None:
    """An error with the text, bounded; never a wrong number, and never another error."""
    with pytest.raises(ParseError) as caught:
        quantity.whole(text, name="memory")

    assert len(str(caught.value)) < 250


@given(st.text(max_size=60))
def test_every_text_is_a_number_or_a_parse_error(text: str) -> None:
    """Total over all strings."""
    try:
        amount = quantity.whole(text, name="memory")
    except ParseError:
        return
    assert 0 <= amount <= quantity.MOST


@given(
    number=st.decimals(min_value=0, max_value=10**6, places=3),
    suffix=st.sampled_from([("", 1), ("k", 10**3), ("M", 10**6), ("Ki", 2**10), ("Mi", 2**20), ("Gi", 2**30)]),
)
def test_an_amount_that_is_written_is_read(number: Decimal, suffix: tuple[str, int]) -> None:
    """Never less than was written, and less than one more."""
    letters, factor = suffix
    amount = quantity.whole(f"{number}{letters}", name="memory")

    assert number * factor <= amount < number * factor + 1
