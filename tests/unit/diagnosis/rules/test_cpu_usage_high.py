"""The rule cpu_usage_high: a busy node, for a quarter of an hour."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import host, loadavg, stat
from fleetscan.diagnosis.rules.cpu_usage_high import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window


def window(busy_ticks: int, load15: str) -> Window:
    """Return five seconds of two CPUs, 1,000 ticks, of which so many were busy."""
    last = (
        stat.parse(f"cpu 0 0 {busy_ticks} {1_000 - busy_ticks} 0 0 0 0"),
        loadavg.parse(f"3.00 2.50 {load15} 2/312 4711"),
        host.parse("cpus 2"),
    )
    return Window(first=Sample([stat.parse("cpu 0 0 0 0 0 0 0 0")]), last=Sample(last), seconds=5.0)


def test_a_busy_node_is_information() -> None:
    """A node that is paid for may be used."""
    expected = Evidence(
        severity=Severity.INFO,
        text="the CPUs are 97% busy (threshold 90%), and the 15-minute load is 1.2 per CPU",
        measured=0.97,
        limit=0.9,
    )

    assert expected == check(window(970, "2.40"))


@pytest.mark.parametrize(
    ("busy_ticks", "load15", "fires"),
    [(900, "2.40", False), (901, "2.00", True), (970, "1.99", False), (970, "4.00", True), (970, "4.01", False)],
)
def test_at_the_limits(busy_ticks: int, load15: str, *, fires: bool) -> None:
    """Busy above 90%, and one to two tasks for each CPU for a quarter of an hour; more are load_high's."""
    assert fires is (check(window(busy_ticks, load15)) is not None)


def test_without_two_samples_it_is_skipped() -> None:
    """No share without a window."""
    with pytest.raises(AbsentError, match="Stat was not collected"):
        check(Window(first=Sample(), last=Sample()))
