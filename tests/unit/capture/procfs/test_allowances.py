"""The section ``allowances``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import allowances
from fleetscan.capture.procfs.allowances import AllowanceCounters, Allowances
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every value of the docstring's sample arrives, in its unit."""
    expected = Allowances(
        read=2,
        interfaces=(
            AllowanceCounters(
                interface="eth0", bandwidth_in=12, bandwidth_out=0, packets_per_second=0, conntrack=0, linklocal=4
            ),
        ),
    )

    assert expected == allowances.parse(documented(allowances))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "allowances: is empty", id="empty"),
        pytest.param("eth0 a=1", "allowances, line 1: does not begin with read: 'eth0'", id="no first row"),
        pytest.param(
            "read 1\neth0 pps_allowance_exceeded=x",
            "allowances, line 2: pps_allowance_exceeded is not a whole number: 'x'",
            id="no number",
        ),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        allowances.parse(text)

    assert error == str(raised.value)


def test_every_counter_has_its_place() -> None:
    """By the driver's own names."""
    text = (
        "read 1\neth0 bw_in_allowance_exceeded=1 bw_out_allowance_exceeded=2 pps_allowance_exceeded=3"
        " conntrack_allowance_exceeded=4 linklocal_allowance_exceeded=5"
    )

    assert (
        AllowanceCounters(
            interface="eth0", bandwidth_in=1, bandwidth_out=2, packets_per_second=3, conntrack=4, linklocal=5
        ),
    ) == allowances.parse(text).interfaces


def test_nothing_exceeded_is_a_value() -> None:
    """Both interfaces were asked."""
    assert Allowances(read=2, interfaces=()) == allowances.parse("read 2")
