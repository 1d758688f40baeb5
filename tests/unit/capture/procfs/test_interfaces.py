"""The section ``interfaces``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import interfaces
from fleetscan.capture.procfs.interfaces import Interface, Interfaces, Link
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every value of the docstring's sample arrives, in its unit."""
    expected = Interfaces(
        read=3,
        interfaces=(Interface(name="eth0", rx_packets=1200, rx_errors=30, tx_packets=900, tx_errors=0),),
        links=(Link(name="eth1", link="disabled"), Link(name="eth2", link="lowerlayerdown")),
    )

    assert expected == interfaces.parse(documented(interfaces))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "interfaces: is empty", id="empty"),
        pytest.param("eth0 rx_packets=1", "interfaces, line 1: does not begin with read: 'eth0'", id="no first row"),
        pytest.param("read", "interfaces, line 1: read is missing", id="no count"),
        pytest.param(
            "read 1\neth0 rx_packets=1 rx_errors=1 tx_packets=1",
            "interfaces, line 2: tx_errors is missing",
            id="not enough fields",
        ),
        pytest.param(
            "read 1\neth0 link=down\neth0 link=disabled", "interfaces, line 3: 'eth0' is given twice", id="two states"
        ),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        interfaces.parse(text)

    assert error == str(raised.value)


def test_no_errors_are_a_value() -> None:
    """The node looked at two interfaces and counted none."""
    assert Interfaces(read=2, interfaces=()) == interfaces.parse("read 2\n")


def test_an_interface_may_have_errors_and_no_link() -> None:
    """Both are said in rows of their own; what is wrong with the loopback interface stands in the first."""
    expected = Interfaces(
        read=2,
        interfaces=(Interface(name="eth0", rx_packets=1, rx_errors=2, tx_packets=3, tx_errors=4),),
        links=(Link(name="eth0", link="down"),),
        loopback="missing",
    )
    text = "read 2 loopback=missing\neth0 rx_packets=1 rx_errors=2 tx_packets=3 tx_errors=4\neth0 link=down"

    assert expected == interfaces.parse(text)
