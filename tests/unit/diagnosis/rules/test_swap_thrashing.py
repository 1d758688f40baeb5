"""The rule swap_thrashing: rates within the window, together with waits."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import pressure, vmstat
from fleetscan.diagnosis.rules.swap_thrashing import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window
from tests.fixtures.windows import affected_node, surviving_node


def node(pages: int, faults: int, stalled: float, *, has_pressure: bool = True) -> Window:
    """Return a window of 10 s with so many pages swapped, major faults and this share of waits."""
    first: list[object] = [vmstat.parse("pswpin 100\npswpout 100\npgmajfault 100")]
    last: list[object] = [vmstat.parse(f"pswpin {100 + pages}\npswpout 100\npgmajfault {100 + faults}")]
    if has_pressure:
        first.append(pressure.parse("memory some total=1000000"))
        total = 1_000_000 + int(stalled * 10_000_000)
        last.append(pressure.parse(f"memory some avg10=99.00 avg60=99.00 avg300=9.00 total={total}"))
    return Window(first=Sample(first), last=Sample(last), seconds=10.0)


def test_the_incidents_affected_node_swaps_while_it_waits() -> None:
    """Its rates are not published; these are of a node like it."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="swap in and out 1,500 pages/s (threshold 5 pages/s), and tasks stalled on memory 99.00% of the time "
        "(PSI)",
        measured=1500.0,
        limit=5.0,
    )

    assert expected == check(affected_node())


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (node(50, 0, 0.1), (Severity.WARNING, 5.0, 5.0)),
        (node(0, 5001, 0.1), (Severity.WARNING, 500.1, 500.0)),
        (node(0, 10_001, 0.4), (Severity.CRITICAL, 1000.1, 1000.0)),
        (node(0, 10_001, 0.39), (Severity.WARNING, 1000.1, 500.0)),
        (node(0, 10_000, 0.9), (Severity.WARNING, 1000.0, 500.0)),
    ],
)
def test_it_fires_at_exactly_the_limits(window: Window, expected: tuple[Severity, float, float]) -> None:
    """Pages from 5 a second on, faults above their limits, and waits from 10 and 40% on."""
    found = check(window)

    assert found is not None
    assert expected == (found.severity, found.measured, found.limit)


@pytest.mark.parametrize(
    ("pages", "faults", "stalled"), [(49, 5000, 0.9), (50, 0, 0.09), (50_000, 50_000, 0.0), (0, 0, 0.99)]
)
def test_either_alone_is_healthy(pages: int, faults: int, stalled: float) -> None:
    """A start-up that reads, an idle process swapped out, waits without motion, and averages that only lag."""
    assert check(node(pages, faults, stalled)) is None


def test_without_totals_the_average_decides() -> None:
    """The first sample has no pressure."""
    window = node(50, 0, 0.5)
    window = Window(first=Sample([window.first[vmstat.Vmstat]]), last=window.last, seconds=10.0)
    found = check(window)

    assert found is not None
    assert found.text.endswith("tasks stalled on memory 99.00% of the time (PSI)")


def test_low_rates_are_healthy_without_pressure() -> None:
    """Where nothing moves, nothing needs to be confirmed."""
    assert check(node(0, 0, 0.0, has_pressure=False)) is None


@pytest.mark.parametrize(
    ("window", "reason"),
    [
        (surviving_node(), "Vmstat was not collected"),
        (node(50, 0, 0.5, has_pressure=False), "Pressure was not collected"),
        (
            Window(
                first=Sample([vmstat.parse("pswpin 900\npswpout 900\npgmajfault 900")]),
                last=Sample([vmstat.parse("pswpin 1\npswpout 1\npgmajfault 1")]),
                seconds=5.0,
            ),
            "rates of swapping",
        ),
    ],
)
def test_missing_evidence_is_not_healthy(window: Window, reason: str) -> None:
    """No counters, no pressure to confirm them, or counters that ran backwards."""
    with pytest.raises(AbsentError, match=reason):
        check(window)
