"""The rule cpu_outside_pods: a busy node with idle pods."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import host, loadavg, slices, stat
from fleetscan.diagnosis.rules.cpu_outside_pods import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window

SECONDS = 5.0
TICKS = 1000
"""Two CPUs have 1,000 ticks in five seconds."""


def window(*, busy_ticks: int, pods_microseconds: int, load: str = "34.04 25.03 22.70") -> Window:
    """Return five seconds of a node with 2 CPUs."""
    first = Sample([stat.parse("cpu 0 0 0 0 0 0 0 0"), slices.parse("kubepods.slice cpu_usec=1000000")])
    last = Sample(
        [
            stat.parse(f"cpu 0 0 {busy_ticks} {TICKS - busy_ticks} 0 0 0 0"),
            slices.parse(f"system.slice cpu_usec=5\nkubepods.slice cpu_usec={1_000_000 + pods_microseconds}"),
            host.parse("cpus 2"),
            loadavg.parse(f"{load} 1/1 1"),
        ]
    )
    return Window(first=first, last=last, seconds=SECONDS)


def test_the_incidents_node_is_busy_while_its_pods_use_85_millicores() -> None:
    """0.085 of 2 CPUs, and the node at 100%."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="the CPUs are 100% busy (2.00 of 2 CPUs), pods use 0.085 CPUs (4.2% of that, threshold 25%): the kernel "
        "or host processes use the rest",
        measured=0.425 / 5 / 2,
        limit=0.25,
    )

    assert expected == check(window(busy_ticks=1000, pods_microseconds=425_000))


def test_busy_seconds_without_a_lasting_load_are_only_reported() -> None:
    """Unpacking an image keeps a small node busy for seconds; nobody is warned of that."""
    expected = Evidence(
        severity=Severity.INFO,
        text="the CPUs are 80% busy (1.60 of 2 CPUs), pods use 0.200 CPUs (12% of that, threshold 25%): the kernel "
        "or host processes use the rest; this may be a short burst: the 5-minute load average is 0.30",
        measured=0.125,
        limit=0.25,
    )

    assert expected == check(window(busy_ticks=800, pods_microseconds=1_000_000, load="1.90 0.30 0.10"))


def test_a_node_just_below_busy_is_healthy() -> None:
    """79.9% is not 80%."""
    assert check(window(busy_ticks=799, pods_microseconds=0)) is None


def test_pods_that_use_a_quarter_of_the_busy_time_are_the_reason() -> None:
    """At the limit of 25% the pods do their share."""
    assert check(window(busy_ticks=1000, pods_microseconds=2_500_000)) is None


def test_without_a_first_sample_there_is_no_result() -> None:
    """One sample has no rates."""
    last = window(busy_ticks=1000, pods_microseconds=0).last

    with pytest.raises(AbsentError, match="Stat was not collected"):
        check(Window(first=Sample(), last=last, seconds=SECONDS))


def test_without_the_pods_cgroup_there_is_no_result() -> None:
    """A machine that is no worker has no pods to compare with."""
    seen = window(busy_ticks=1000, pods_microseconds=0)
    last = seen.last.with_values(slices.parse("system.slice cpu_usec=5"))

    with pytest.raises(AbsentError, match=r"cgroup of the pods \(kubepods\) was not found"):
        check(Window(first=seen.first, last=last, seconds=SECONDS))


def test_without_a_time_between_the_samples_there_is_no_result() -> None:
    """Microseconds of an unknown time are no rate."""
    seen = window(busy_ticks=1000, pods_microseconds=0)

    with pytest.raises(AbsentError, match="time between the two samples is not known"):
        check(Window(first=seen.first, last=seen.last))


def test_a_pods_counter_that_ran_backwards_gives_no_result() -> None:
    """A negative use is nonsense and not an attribution."""
    seen = window(busy_ticks=1000, pods_microseconds=-10)

    with pytest.raises(AbsentError, match="ran backwards"):
        check(seen)


@pytest.mark.parametrize(("load5", "severity"), [("1.99", Severity.INFO), ("2.00", Severity.WARNING)])
def test_a_load_lasts_from_one_task_for_each_cpu_on(load5: str, severity: Severity) -> None:
    """Of two CPUs."""
    found = check(window(busy_ticks=1000, pods_microseconds=0, load=f"9.00 {load5} 0.10"))

    assert found is not None
    assert found.severity is severity
