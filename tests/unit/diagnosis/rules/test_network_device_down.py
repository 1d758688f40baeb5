"""The rule network_device_down: network cards without a link, and the loopback interface."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import interfaces
from fleetscan.diagnosis.rules.network_device_down import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window


def window(text: str) -> Window:
    """Return a node with this section."""
    return Window(first=Sample(), last=Sample([interfaces.parse(text)]))


def test_a_card_without_a_link_is_a_warning() -> None:
    """Whether it was switched off or has no carrier."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="eth1 is switched off (not IFF_UP): pods with its addresses are cut off; eth2 has no link (operstate "
        "down): pods with its addresses are cut off",
        measured=2.0,
        limit=1.0,
    )

    assert expected == check(window("read 4\neth1 link=disabled\neth2 link=down"))


@pytest.mark.parametrize(("word", "how"), [("missing", "does not exist"), ("disabled", "is switched off")])
def test_without_the_loopback_interface_it_is_critical(word: str, how: str) -> None:
    """It comes first."""
    expected = Evidence(
        severity=Severity.CRITICAL,
        text=f"the loopback interface lo {how}: nothing on the node can reach itself; eth1 is switched off (not "
        "IFF_UP): pods with its addresses are cut off",
        measured=2.0,
        limit=1.0,
    )

    assert expected == check(window(f"read 2 loopback={word}\neth1 link=disabled"))


def test_of_many_four_are_named() -> None:
    """The others are counted."""
    found = check(window("read 9\n" + "\n".join(f"eth{number} link=down" for number in range(1, 7))))

    assert found is not None
    assert found.measured == 6.0
    assert found.text.endswith("eth4 has no link (operstate down): pods with its addresses are cut off; 2 more")


def test_errors_alone_are_another_rules() -> None:
    """All interfaces are up."""
    assert check(window("read 3\neth0 rx_packets=1200 rx_errors=30 tx_packets=900 tx_errors=0")) is None


def test_without_the_interfaces_it_is_skipped() -> None:
    """Not read is not up."""
    with pytest.raises(AbsentError, match="Interfaces was not collected"):
        check(Window(first=Sample(), last=Sample()))
