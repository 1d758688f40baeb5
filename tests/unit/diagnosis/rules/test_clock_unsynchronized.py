"""The rule clock_unsynchronized: chrony's own word, after it had time to settle."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import clock, uptime
from fleetscan.diagnosis.rules.clock_unsynchronized import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window


def window(text: str, *, up_seconds: float = 86_400.0) -> Window:
    """Return a node with this word of chrony's."""
    return Window(first=Sample(), last=Sample([clock.parse(text), uptime.parse(f"{up_seconds} 0.00")]))


def test_no_source_is_a_warning() -> None:
    """Stratum 0, and chrony says that it is not synchronised."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="chrony is not synchronized and has no source (stratum 0), 1 d after the boot; the clock is off by "
        "0.731 s",
        measured=86_400.0,
        limit=600.0,
    )

    assert expected == check(window("unsynchronized stratum=0 offset_seconds=0.7312 leap=Not"))


def test_a_clock_that_is_far_off_is_a_warning() -> None:
    """Whatever chrony calls it."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="the clock is off by 1.500 s (threshold 1 s) by chrony's reckoning",
        measured=1.5,
        limit=1.0,
    )

    assert expected == check(window("synchronized stratum=3 offset_seconds=1.5 leap=Normal"))


@pytest.mark.parametrize(
    ("text", "up_seconds", "severity"),
    [
        ("synchronized stratum=3 offset_seconds=0.000012031 leap=Normal", 86_400.0, None),
        ("synchronized stratum=3 offset_seconds=0.0499 leap=Normal", 86_400.0, None),
        ("synchronized stratum=3 offset_seconds=0.05 leap=Normal", 86_400.0, Severity.INFO),
        ("synchronized stratum=3 offset_seconds=0.9999 leap=Normal", 86_400.0, Severity.INFO),
        ("unsynchronized stratum=4 offset_seconds=0.000012 leap=Not", 86_400.0, None),
        ("unsynchronized stratum=- offset_seconds=- leap=Not", 86_400.0, Severity.WARNING),
        ("unsynchronized stratum=0 offset_seconds=0.0 leap=Not", 600.0, Severity.WARNING),
        ("unsynchronized stratum=0 offset_seconds=9.0 leap=Not", 599.9, None),
    ],
)
def test_at_the_limits(text: str, up_seconds: float, severity: Severity | None) -> None:
    """A node that has just started is given ten minutes, and a source is enough."""
    found = check(window(text, up_seconds=up_seconds))

    assert severity is (None if found is None else found.severity)


def test_without_chrony_it_is_skipped() -> None:
    """Other time services are not asked."""
    with pytest.raises(AbsentError, match="Clock was not collected"):
        check(Window(first=Sample(), last=Sample()))
