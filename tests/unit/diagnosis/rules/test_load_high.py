"""The rule load_high: three averages against the CPUs."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import host, loadavg, pressure
from fleetscan.diagnosis.rules.load_high import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window


def window(load: str, *others: object, cpus: int = 2) -> Window:
    """Return a node with these averages."""
    values = (loadavg.parse(f"{load} 2/312 4711"), host.parse(f"cpus {cpus}"), *others)
    return Window(first=Sample(), last=Sample(values))


def test_the_incidents_load_is_critical_and_says_what_the_tasks_wait_for() -> None:
    """17 tasks for each CPU; the pressure beside it says that more CPU would not help."""
    stalls = pressure.parse(
        "memory some avg10=98.98 avg60=98.90 avg300=98.38 total=1\n"
        "cpu some avg10=85.41 avg60=84.62 avg300=82.10 total=1\n"
        "io some avg10=0.04 avg60=0.16 avg300=0.21 total=1"
    )
    expected = Evidence(
        severity=Severity.CRITICAL,
        text="load average 34.04 25.03 22.70 on 2 CPUs: 17.0 12.5 11.3 per CPU (threshold 8.0 per CPU); PSI some "
        "avg60: memory 98.90%, cpu 84.62%, io 0.16%",
        measured=17.02,
        limit=8.0,
    )

    assert expected == check(window("34.04 25.03 22.70", stalls))


def test_a_queue_in_all_three_averages_is_a_warning() -> None:
    """The smallest of the three is what is measured."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="load average 5.00 6.00 4.50 on 2 CPUs: 2.5 3.0 2.2 per CPU (threshold 2.0 per CPU)",
        measured=2.25,
        limit=2.0,
    )

    assert expected == check(window("5.00 6.00 4.50"))


def test_a_long_queue_over_five_minutes_is_critical() -> None:
    """Above 4 a CPU the 5-minute average is enough."""
    expected = Evidence(
        severity=Severity.CRITICAL,
        text="load average 1.00 4.02 0.50 on 1 CPU: 1.0 4.0 0.5 per CPU (threshold 4.0 per CPU)",
        measured=4.02,
        limit=4.0,
    )

    assert expected == check(window("1.00 4.02 0.50", cpus=1))


@pytest.mark.parametrize(
    "load", ["4.00 8.00 8.00", "8.00 4.00 8.00", "8.00 8.00 4.00", "16.00 8.00 4.00", "0.12 0.10 0.05"]
)
def test_at_the_limits_there_is_no_finding(load: str) -> None:
    """Each limit has to be exceeded: 2 a CPU in all three averages, 4 in five minutes, 8 in one."""
    assert check(window(load)) is None


def test_without_the_number_of_cpus_nothing_is_evaluated() -> None:
    """A load alone is neither high nor low."""
    with pytest.raises(AbsentError, match="number of CPUs was not reported"):
        check(Window(first=Sample(), last=Sample([loadavg.parse("9 9 9 1/1 1"), host.parse("kernel 6.1")])))


def test_without_load_the_rule_is_skipped() -> None:
    """Not collected is not zero."""
    with pytest.raises(AbsentError, match="Loadavg was not collected"):
        check(Window(first=Sample(), last=Sample([host.parse("cpus 2")])))
