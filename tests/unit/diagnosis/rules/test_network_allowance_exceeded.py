"""The rule network_allowance_exceeded: cumulative counters, compared with those of the scans before."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import allowances, host
from fleetscan.diagnosis.rules.network_allowance_exceeded import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window
from fleetscan.model.memory import History, Reading

NOW = 1_800_000_000
BOOT = "3f0c2d51-6c0a-4d5e-9a55-5b1f1f0f7a10"
BUSY = (
    "read 2\neth0 bw_in_allowance_exceeded=12 bw_out_allowance_exceeded=90 conntrack_allowance_exceeded=3\n"
    "eth1 pps_allowance_exceeded=7 linklocal_allowance_exceeded=40 bw_out_allowance_exceeded=10"
)


def before(
    minutes: int,
    *,
    linklocal: int | None = 40,
    conntrack: int = 3,
    packets: int = 7,
    inbound: int = 12,
    outbound: int = 100,
    boot_id: str = "3f0c2d51",
) -> Reading:
    """Return an earlier scan with the counters of ``BUSY``, or others."""
    return Reading(
        at_epoch_seconds=NOW - minutes * 60,
        boot_id=boot_id,
        linklocal_exceeded_total=linklocal,
        conntrack_exceeded_total=conntrack,
        packets_exceeded_total=packets,
        bandwidth_in_exceeded_total=inbound,
        bandwidth_out_exceeded_total=outbound,
    )


def window(*readings: Reading, now: str = BUSY) -> Window:
    """Return a node with these counters now, and these earlier scans."""
    values = (allowances.parse(now), host.parse(f"boot_id {BOOT}"))
    return Window(first=Sample(), last=Sample([*values, History(at_epoch_seconds=NOW, readings=readings)]), seconds=5.0)


def test_dns_packets_beyond_the_allowance_since_the_last_scan() -> None:
    """What was counted before is not told again."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="packets that EC2 queued or dropped within 5 min: 36 beyond the allowance of link-local services (DNS, "
        "instance metadata, time), 1 beyond the allowance of tracked connections (conntrack) (threshold 1); counted on "
        "eth0, eth1",
        measured=36.0,
        limit=1.0,
    )

    assert expected == check(window(before(10, linklocal=0), before(5, linklocal=4, conntrack=2)))


def test_bandwidth_counts_where_it_went_on() -> None:
    """In both of the two last intervals, and in the same direction."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="packets that EC2 queued or dropped within 5 min: 60 beyond the allowance of outbound bandwidth "
        "(threshold 1); counted on eth0, eth1",
        measured=60.0,
        limit=1.0,
    )

    assert expected == check(window(before(10, outbound=39, inbound=11), before(5, outbound=40)))


@pytest.mark.parametrize(
    "readings",
    [
        pytest.param((before(5),), id="nothing grew"),
        pytest.param((before(5, outbound=0, inbound=0),), id="a burst of bandwidth, known once"),
        pytest.param((before(10, outbound=40), before(5, outbound=40)), id="a burst of bandwidth"),
        pytest.param((before(10, outbound=40), before(5)), id="a burst that is over"),
        pytest.param((before(10), before(5, linklocal=99)), id="an interface went away with its counter"),
    ],
)
def test_what_is_no_finding(readings: tuple[Reading, ...]) -> None:
    """Counters are since the driver was loaded; only growth counts, and bursts of bandwidth are normal."""
    assert check(window(*readings)) is None


def test_nothing_since_the_boot_needs_no_earlier_scan() -> None:
    """Two interfaces were asked and neither has a counter."""
    assert check(window(now="read 2")) is None


def test_two_samples_of_a_recorded_tree_are_enough() -> None:
    """Five seconds."""
    first = Sample([allowances.parse("read 1\neth0 pps_allowance_exceeded=5")])
    last = Sample([allowances.parse("read 1\neth0 pps_allowance_exceeded=9")])
    found = check(Window(first=first, last=last, seconds=5.0))

    assert found is not None
    assert found.text == (
        "packets that EC2 queued or dropped within 5 s: 4 beyond the allowance of packets per second (threshold 1); "
        "counted on eth0"
    )


@pytest.mark.parametrize(
    "readings",
    [(), (before(5, boot_id="ffffffff"),), (before(5, linklocal=None),)],
    ids=["the first scan", "another boot", "counters that were not kept"],
)
def test_without_an_earlier_scan_it_is_skipped(readings: tuple[Reading, ...]) -> None:
    """A sum since the boot says nothing about now."""
    with pytest.raises(AbsentError, match="no earlier scan since the boot counted the packets"):
        check(window(*readings))


def test_without_the_counters_it_is_skipped() -> None:
    """No ENA, or no ethtool."""
    with pytest.raises(AbsentError, match="Allowances was not collected"):
        check(Window(first=Sample(), last=Sample()))
    with pytest.raises(AbsentError, match="no network interface counts packets beyond an allowance"):
        check(window(now="read 0"))
