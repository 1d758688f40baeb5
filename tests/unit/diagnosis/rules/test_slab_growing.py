"""The rule slab_growing: a rise that goes on, a floor, and the hours that are left."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.rules.slab_growing import check
from fleetscan.errors import AbsentError
from fleetscan.model import Cause, Evidence, Sample, Severity, Window
from fleetscan.model.forecast import Forecast, Growth, Runway
from tests.fixtures.windows import MIB, SCOPE, affected_node, memory, one_sample, queues

TOTAL = 4_000 * MIB
QUEUE = queues(f"netlink host {1900 * MIB} 812 3912771 {SCOPE}")
UNKNOWN_CACHES = "which slab caches hold it is unknown: Slabinfo was not collected"


def growth(mib_per_hour: float) -> Growth:
    """Return a rise at this pace, a tenth more or less."""
    rate = mib_per_hour * MIB
    return Growth(
        low_bytes_per_hour=0.9 * rate,
        rate_bytes_per_hour=rate,
        high_bytes_per_hour=1.1 * rate,
        span_seconds=5 * 3_600,
        readings=40,
    )


def left(hours: float) -> Runway:
    """Return a runway of so many hours."""
    return Runway(hours_low=hours, hours=hours, hours_high=hours, limited_by="slab_unreclaimable", text="in 6 to 9 h")


def node(held_mib: int, mib_per_hour: float, *others: object) -> Window:
    """Return a node with so much unreclaimable slab that grows."""
    return one_sample(
        memory(total_bytes=TOTAL, slab_unreclaimable_bytes=held_mib * MIB),
        Forecast(slab=growth(mib_per_hour)),
        *others,
    )


def test_slab_that_will_reach_a_quarter_of_the_memory_is_a_warning() -> None:
    """401 MiB now, 1,001 MiB in twelve hours, and a week to live."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="SUnreclaim is 401 MiB (10% of MemTotal) and grows by 45 MiB/h to 55 MiB/h (observed over 5 h), to 25% in "
        f"12 h (threshold 25%); {UNKNOWN_CACHES}",
        measured=1001 / 4000,
        limit=0.25,
    )

    assert expected == check(node(401, 50))


def test_a_node_that_dies_within_twelve_hours_is_critical() -> None:
    """With the honest range, in words."""
    expected = Evidence(
        severity=Severity.CRITICAL,
        text="SUnreclaim is 1.2 GiB (30% of MemTotal) and grows by 180 MiB/h to 220 MiB/h (observed over 5 h), to "
        "90% in "
        f"12 h (threshold 25%); MemAvailable runs out in 6 to 9 h; {UNKNOWN_CACHES}",
        measured=0.9,
        limit=0.25,
    )

    assert expected == check(node(1_200, 200, left(11.99)))


def test_who_fills_it_is_named() -> None:
    """The incident's affected node: the queue of an agent."""
    window = affected_node(QUEUE, Forecast(slab=growth(200)), left(3))
    found = check(window)

    assert found is not None
    assert found.cause is Cause.SOCKET_QUEUE
    assert [suspect.name for suspect in found.suspects] == ["weave/weave-scope-agent-x7k2p"]


@pytest.mark.parametrize(
    ("window", "severity"),
    [
        pytest.param(node(1_200, 200, left(12)), Severity.WARNING, id="twelve hours are not less than twelve"),
        pytest.param(node(1_200, 200), Severity.WARNING, id="nobody knows how long it lasts"),
        pytest.param(node(400, 500, left(2)), None, id="exactly a tenth is not more than a tenth"),
        pytest.param(node(402, 49.8), None, id="just below a quarter in twelve hours"),
    ],
)
def test_exactly_at_the_limits(window: Window, severity: Severity | None) -> None:
    """A floor besides the forecast, and a forecast besides the floor."""
    found = check(window)

    assert severity is (None if found is None else found.severity)


def test_no_steady_rise_is_healthy() -> None:
    """However much there is: that is another rule's."""
    assert check(one_sample(memory(total_bytes=TOTAL, slab_unreclaimable_bytes=TOTAL // 2), Forecast())) is None


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ((), "Forecast was not collected"),
        ((Forecast(reason="nothing remembers earlier scans"),), "nothing remembers earlier scans"),
        ((Forecast(slab=growth(100)),), "Meminfo was not collected"),
        ((Forecast(slab=growth(100)), memory(total_bytes=TOTAL)), "SUnreclaim was not reported"),
    ],
)
def test_without_a_past_or_a_present_the_rule_is_skipped(values: tuple[object, ...], reason: str) -> None:
    """Not remembered is not level."""
    with pytest.raises(AbsentError, match=reason):
        check(Window(first=Sample(), last=Sample(values)))
