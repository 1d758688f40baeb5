"""The rule network_device_failing: resets of an interface, and errors among its packets."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import interfaces
from fleetscan.diagnosis.rules.network_device_failing import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity
from tests.fixtures.kernel_lines import logged, without_a_log

TIMEOUT = "ena 0000:00:05.0 eth0: Keep alive watchdog timeout."
RESET = "ena 0000:00:05.0: Device reset completed, status: 0, Driver info: Elastic Network Adapter (ENA) v2.13.0g"


def test_the_lines_of_a_reset_are_one_interruption() -> None:
    """A timeout, then the reset; another one hours ago."""
    text = f"2 interruptions: 3 lines in the kernel log within 24 h, the last 1 min ago: {RESET}"
    expected = Evidence(severity=Severity.WARNING, text=text, measured=2.0, limit=1.0)
    lines = (f"network_device 60 {RESET}", f"network_device 62 {TIMEOUT}", f"network_device 9000 {TIMEOUT}")

    assert expected == check(logged(*lines))


@pytest.mark.parametrize(
    ("row", "text", "measured"),
    [
        (
            "eth1 rx_packets=970 rx_errors=30 tx_packets=900 tx_errors=0",
            "eth1 received 30 of 1,000 packets with errors (3.0%, threshold 1.0%)",
            0.03,
        ),
        (
            "eth1 rx_packets=1000 rx_errors=0 tx_packets=0 tx_errors=4",
            "eth1 sent 4 of 4 packets with errors (100%, threshold 1.0%)",
            1.0,
        ),
    ],
)
def test_more_than_one_packet_in_a_hundred_is_a_warning(row: str, text: str, measured: float) -> None:
    """The worst interface is named, also where the log cannot be read."""
    read = interfaces.parse(f"read 3\neth0 rx_packets=9000 rx_errors=1 tx_packets=9 tx_errors=0\n{row}")
    expected = Evidence(severity=Severity.WARNING, text=text, measured=measured, limit=0.01)

    assert expected == check(without_a_log(read))


def test_few_errors_and_a_silent_log_are_healthy_and_an_unknown_day_is_skipped() -> None:
    """One in a hundred is not more than one in a hundred."""
    few = interfaces.parse("read 3\neth0 rx_packets=99 rx_errors=1 tx_packets=9 tx_errors=0")

    assert check(logged(others=(few,))) is None
    assert check(logged(f"network_device 86401 {RESET}", others=(interfaces.parse("read 3"),))) is None
    with pytest.raises(AbsentError, match="KernelLog was not collected"):
        check(without_a_log(few))
