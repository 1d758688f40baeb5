"""The rule major_faults_high: pages read back from disk, between two samples."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import pressure, vmstat
from fleetscan.diagnosis.rules.major_faults_high import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window

TAIL = "total=1"


def window(faults: int, io: str = "") -> Window:
    """Return five seconds in which so many major faults were counted."""
    last: list[object] = [vmstat.parse(f"pgmajfault {1_000_000 + faults}")]
    if io:
        last.append(pressure.parse(f"io some {io} avg300=0.00 {TAIL}"))
    return Window(first=Sample([vmstat.parse("pgmajfault 1000000")]), last=Sample(last), seconds=5.0)


def test_many_faults_are_information() -> None:
    """A database that maps its files, on a disk that keeps up."""
    expected = Evidence(
        severity=Severity.INFO,
        text="501 major faults/s (threshold 500/s): tasks wait for pages to be read from disk; io PSI some 1.00%",
        measured=501.0,
        limit=500.0,
    )

    assert expected == check(window(2_505, "avg10=1.00 avg60=2.00"))


@pytest.mark.parametrize(
    ("faults", "io", "severity"),
    [
        (2_500, "avg10=90.00 avg60=90.00", None),
        (2_505, "avg10=10.00 avg60=10.00", Severity.WARNING),
        (2_505, "avg10=9.99 avg60=90.00", Severity.INFO),
        (2_505, "", Severity.INFO),
    ],
)
def test_at_the_limits(faults: int, io: str, severity: Severity | None) -> None:
    """A warning only where tasks stall on the disk too."""
    found = check(window(faults, io))

    assert severity is (None if found is None else found.severity)


def test_without_two_samples_it_is_skipped() -> None:
    """A counter alone is no rate."""
    with pytest.raises(AbsentError, match="Vmstat was not collected"):
        check(Window(first=Sample(), last=Sample([vmstat.parse("pgmajfault 9")]), seconds=5.0))
    with pytest.raises(AbsentError, match="the rate of major faults was not reported"):
        check(
            Window(
                first=Sample([vmstat.parse("pgmajfault 9")]), last=Sample([vmstat.parse("pgmajfault 8")]), seconds=5.0
            )
        )
