"""The rule memory_runway_short: hours until the kubelet evicts."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.rules.memory_runway_short import check
from fleetscan.errors import AbsentError
from fleetscan.model import Cause, Evidence, Sample, Severity, Window
from fleetscan.model.forecast import DAY_SECONDS, Forecast, Growth, Runway
from tests.fixtures.windows import MIB, SCOPE, affected_node, memory, one_sample, queues

QUEUE = queues(f"netlink host {1900 * MIB} 812 3912771 {SCOPE}")
LOSS = Growth(
    low_bytes_per_hour=90.0 * MIB,
    rate_bytes_per_hour=100.0 * MIB,
    high_bytes_per_hour=110.0 * MIB,
    span_seconds=6 * 3_600,
    readings=48,
)


def left(hours: float, limited_by: str = "memory") -> Runway:
    """Return a runway of so many hours."""
    return Runway(hours_low=hours, hours=hours, hours_high=hours, limited_by=limited_by, text="in 6 to 9 h")


def node(*values: object, remembered_seconds: float = DAY_SECONDS) -> Window:
    """Return a node with 800 MiB available, of which it loses."""
    return one_sample(
        memory(total_bytes=4_000 * MIB, available_bytes=800 * MIB, slab_unreclaimable_bytes=900 * MIB),
        Forecast(loss=LOSS, remembered_seconds=remembered_seconds),
        *values,
    )


def test_a_node_that_dies_tonight_is_critical() -> None:
    """In words, with the range of the pace and of the hours."""
    expected = Evidence(
        severity=Severity.CRITICAL,
        text="MemAvailable is 800 MiB and falls by 90 MiB/h to 110 MiB/h (observed over 6 h): it reaches 100 MiB, "
        "where the kubelet evicts pods, in 6 to 9 h (threshold 12 h); the largest part is in unreclaimable slab: "
        "900 MiB (22%)",
        measured=7.0,
        limit=12.0,
    )

    assert expected == check(node(left(7)))


def test_a_young_node_may_only_have_a_busy_morning() -> None:
    """Before a day is over nobody knows what happens every day: reported, but nobody is woken."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="MemAvailable is 800 MiB and falls by 90 MiB/h to 110 MiB/h (observed over 6 h): it reaches 100 MiB, "
        "where the kubelet evicts pods, in 6 to 9 h (threshold 72 h); the largest part is in unreclaimable slab: "
        "900 MiB (22%); with only 7 h of history this may be a daily "
        "pattern",
        measured=7.0,
        limit=72.0,
    )

    assert expected == check(node(left(7), remembered_seconds=7 * 3_600))


def test_the_kernel_s_own_memory_knows_no_mornings() -> None:
    """A young node whose slab grows is critical, and the holder is named."""
    window = affected_node(QUEUE, Forecast(slab=LOSS, remembered_seconds=7_200), left(7, "slab_unreclaimable"))
    found = check(window)

    assert found is not None
    assert (found.severity, found.cause) == (Severity.CRITICAL, Cause.SOCKET_QUEUE)
    assert "most of the loss is unreclaimable slab: 1,657,980 socket buffers (skbuff) hold 2.0 GiB of it" in found.text


@pytest.mark.parametrize(
    ("hours", "severity"),
    [(11.99, Severity.CRITICAL), (12.0, Severity.WARNING), (71.99, Severity.WARNING), (72.0, None)],
)
def test_exactly_at_the_limits(hours: float, severity: Severity | None) -> None:
    """Less than twelve hours, less than three days."""
    found = check(node(left(hours)))

    assert severity is (None if found is None else found.severity)


def test_a_node_that_loses_nothing_is_healthy() -> None:
    """A forecast without a loss, which is something else than no forecast."""
    assert check(one_sample(memory(available_bytes=MIB), Forecast())) is None


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ((), "Forecast was not collected"),
        ((Forecast(reason="nothing remembers earlier scans"),), "nothing remembers earlier scans"),
        ((Forecast(loss=LOSS), left(3)), "Meminfo was not collected"),
    ],
)
def test_without_a_past_or_a_present_the_rule_is_skipped(values: tuple[object, ...], reason: str) -> None:
    """Not remembered is not safe."""
    with pytest.raises(AbsentError, match=reason):
        check(Window(first=Sample(), last=Sample(values)))
