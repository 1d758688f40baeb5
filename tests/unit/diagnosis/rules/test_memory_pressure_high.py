"""The rule memory_pressure_high: averages that are believed only where the totals moved and memory is short."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import pressure, vmstat
from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.rules.memory_pressure_high import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window
from tests.fixtures.windows import MIB, affected_node, healthy_node, memory, surviving_node, third_node

SECONDS = 5.0


def node(
    avg10: float,
    avg60: float,
    *,
    meminfo: Meminfo,
    full_avg60: float = 0.0,
    stalled: float | None = 0.5,
    faults: int | None = None,
) -> Window:
    """Return a node of these averages whose tasks waited this share of 5 s; None is a recording of one instant."""
    last_total = 1_000_000 + int((stalled or 0) * SECONDS * 1_000_000)
    values: list[object] = [
        meminfo,
        pressure.parse(
            f"memory some avg10={avg10:.2f} avg60={avg60:.2f} avg300=0.00 total={last_total}\n"
            f"memory full avg10=0.00 avg60={full_avg60:.2f} avg300=0.00 total=1"
        ),
    ]
    first: list[object] = [pressure.parse("memory some total=1000000")]
    if faults is not None:
        first.append(vmstat.parse("pswpin 7\npswpout 7\npgmajfault 100"))
        values.append(vmstat.parse(f"pswpin 7\npswpout 7\npgmajfault {100 + faults}"))
    if stalled is None:
        return Window(first=Sample(), last=Sample(values))
    return Window(first=Sample(first), last=Sample(values), seconds=SECONDS)


def available(percent: int, swap_used_percent: int = 0) -> Meminfo:
    """Return a node of 1,000 MiB with so much of it available."""
    return memory(
        total_bytes=1000 * MIB,
        available_bytes=percent * 10 * MIB,
        swap_total_bytes=100 * MIB,
        swap_free_bytes=(100 - swap_used_percent) * MIB,
    )


def test_the_incidents_affected_node_is_critical_above_every_usual_alert() -> None:
    """MemAvailable at 19% and swap at 48% alarm nobody; 98.9% of the time in waits does."""
    expected = Evidence(
        severity=Severity.CRITICAL,
        text="memory PSI some avg10 98.98%, avg60 98.90% (threshold 60%), full avg60 63.91%: tasks stall waiting for "
        "memory; MemAvailable is 735 MiB of 3.8 GiB (19%), swap is 48% used; most is in unreclaimable slab: "
        "2.1 GiB (54%)",
        measured=98.90,
        limit=60.0,
    )

    assert expected == check(affected_node())


@pytest.mark.parametrize("window", [surviving_node(), third_node(), healthy_node()])
def test_nodes_without_pressure_are_healthy(window: Window) -> None:
    """The incident's other nodes leak and do not feel it yet."""
    assert check(window) is None


@pytest.mark.parametrize(
    ("averages", "expected"),
    [
        ((10.0, 10.0, 0.0), (Severity.WARNING, 10.0, 10.0)),
        ((60.0, 60.0, 0.0), (Severity.CRITICAL, 60.0, 60.0)),
        ((59.9, 90.0, 0.0), (Severity.WARNING, 59.9, 10.0)),
        ((60.0, 90.0, 0.0), (Severity.WARNING, 60.0, 10.0)),
        ((30.0, 30.0, 20.0), (Severity.CRITICAL, 20.0, 20.0)),
        ((30.0, 30.0, 19.9), (Severity.WARNING, 30.0, 10.0)),
    ],
)
def test_it_fires_at_exactly_the_limits(
    averages: tuple[float, float, float], expected: tuple[Severity, float, float]
) -> None:
    """Both averages; a falling one is no longer critical; full stands for itself."""
    avg10, avg60, full_avg60 = averages
    found = check(node(avg10, avg60, meminfo=available(20), full_avg60=full_avg60))

    assert found is not None
    assert expected == (found.severity, found.measured, found.limit)


@pytest.mark.parametrize(("avg10", "avg60"), [(9.99, 99.0), (99.0, 9.99)])
def test_just_below_is_healthy(avg10: float, avg60: float) -> None:
    """One average alone is a peak or its echo."""
    assert check(node(avg10, avg60, meminfo=available(5), full_avg60=90.0)) is None


def test_an_average_that_lags_after_relief_is_not_pressure() -> None:
    """The total did not move in the window: earlyoom 100, 66% some seconds after the kill that ended it."""
    assert check(node(66.24, 66.24, meminfo=available(20), stalled=0.04)) is None


@pytest.mark.parametrize(
    ("avg10", "available_mib"),
    [(66.24, 1637), (66.24, 1633), (63.11, 1630), (62.00, 1619), (56.39, 1610), (56.39, 1732)],
)
def test_the_published_series_after_a_kill_is_healthy_at_every_instant(avg10: float, available_mib: int) -> None:
    """One sample each of earlyoom 100: 82% of the memory is available, and used swap is only history."""
    meminfo = memory(
        total_bytes=1989 * MIB,
        available_bytes=available_mib * MIB,
        swap_total_bytes=732 * MIB,
        swap_free_bytes=536 * MIB,
    )

    assert check(node(avg10, 60.0, meminfo=meminfo, stalled=None)) is None


def test_a_scheduler_that_breaks_the_averages_is_not_believed() -> None:
    """The machine of oomd 119: 99% for ten minutes, the total runs with it, and memory is free and still."""
    assert check(node(99.0, 99.0, meminfo=available(80), stalled=0.99, faults=3)) is None


@pytest.mark.parametrize(
    "window",
    [
        node(99.0, 99.0, meminfo=available(24), stalled=None),
        node(99.0, 99.0, meminfo=available(24)),
        node(99.0, 99.0, meminfo=available(24), stalled=0.05),
    ],
)
def test_little_available_memory_is_enough_to_believe_it(window: Window) -> None:
    """Below a quarter; on one sample there is nothing else to go by."""
    found = check(window)

    assert found is not None
    assert found.severity is Severity.CRITICAL


@pytest.mark.parametrize(
    "window",
    [
        node(99.0, 99.0, meminfo=available(60), faults=500),
        node(99.0, 99.0, meminfo=available(49, swap_used_percent=40)),
    ],
)
def test_memory_in_motion_is_pressure_but_the_node_has_room(window: Window) -> None:
    """A cgroup at its own limit stalls its tasks; the node as a whole is not failing."""
    found = check(window)

    assert found is not None
    assert (found.severity, found.measured, found.limit) == (Severity.WARNING, 99.0, 10.0)


@pytest.mark.parametrize(
    "window",
    [
        node(99.0, 99.0, meminfo=available(25), faults=499),
        node(99.0, 99.0, meminfo=available(50, swap_used_percent=90)),
        node(99.0, 99.0, meminfo=available(49, swap_used_percent=39)),
        node(99.0, 99.0, meminfo=available(49, swap_used_percent=90), stalled=None),
    ],
)
def test_without_either_the_averages_are_not_believed(window: Window) -> None:
    """Just below each of the limits that would confirm them."""
    assert check(window) is None


@pytest.mark.parametrize(
    ("window", "reason"),
    [
        (Window(first=Sample(), last=Sample()), "Pressure was not collected"),
        (
            Window(first=Sample(), last=Sample([pressure.parse("memory some avg10=99.00 avg60=99.00 total=1")])),
            "Meminfo was not collected",
        ),
        (node(99.0, 99.0, meminfo=memory(total_bytes=MIB)), "MemAvailable was not reported"),
        (
            Window(first=Sample(), last=Sample([pressure.parse("cpu some avg10=1.00 total=1")])),
            "the pressure on memory",
        ),
        (Window(first=Sample(), last=Sample([pressure.parse("memory some total=1")])), "memory some avg10"),
    ],
)
def test_missing_evidence_is_not_healthy(window: Window, reason: str) -> None:
    """High averages with nothing to confirm them are neither pressure nor its absence."""
    with pytest.raises(AbsentError, match=reason):
        check(window)
