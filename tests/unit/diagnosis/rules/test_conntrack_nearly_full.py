"""The rule conntrack_nearly_full: entries against the size of the table, and the kernel's own complaint."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import conntrack, host, kernel_log
from fleetscan.diagnosis.rules.conntrack_nearly_full import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window
from fleetscan.model.memory import History, Reading

FULL = "nf_conntrack: nf_conntrack: table full, dropping packet"


def window(*values: object) -> Window:
    """Return a node of which these sources are known."""
    return Window(first=Sample(), last=Sample(values))


def log(age_seconds: int) -> object:
    """Return a kernel log in which the table was full this long ago."""
    return kernel_log.parse(f"read lines=9 oldest_age_seconds=90000\nconntrack_full {age_seconds} {FULL}")


def test_above_three_quarters_is_a_warning() -> None:
    """98,305 of 131,072 entries is just above."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="conntrack holds 98,305 of 131,072 entries (75%, threshold 75%): new connections fail when it is full",
        measured=98_305 / 131_072,
        limit=0.75,
    )

    assert expected == check(window(conntrack.parse("98305 131072")))


def test_above_95_percent_is_critical() -> None:
    """New connections fail next."""
    expected = Evidence(
        severity=Severity.CRITICAL,
        text="conntrack holds 951 of 1,000 entries (95%, threshold 95%): new connections fail when it is full",
        measured=0.951,
        limit=0.95,
    )

    assert expected == check(window(conntrack.parse("951 1000")))


def test_a_table_that_was_just_full_is_critical_however_full_it_is_now() -> None:
    """The kernel dropped packets; bursts pass between two scans."""
    expected = Evidence(
        severity=Severity.CRITICAL,
        text="10 min ago the conntrack table was full and the kernel dropped packets",
        measured=1.0,
        limit=0.95,
    )

    assert expected == check(window(conntrack.parse("1 1000"), log(600)))


BOOT = "3f0c2d51-6c0a-4d5e-9a55-5b1f1f0f7a10"


@pytest.mark.parametrize(
    ("values", "severity", "text", "measured", "limit"),
    [
        pytest.param(
            (conntrack.parse("1 1000"), log(86_400)),
            Severity.WARNING,
            "1 d ago the conntrack table was full and the kernel dropped packets; it holds 1 of 1,000 entries now",
            1.0,
            0.75,
            id="a day ago",
        ),
        pytest.param(
            (log(901),),
            Severity.WARNING,
            "15 min 1 s ago the conntrack table was full and the kernel dropped packets",
            1.0,
            0.75,
            id="the table was not read",
        ),
        pytest.param(
            (conntrack.parse("800 1000"), log(3600)),
            Severity.WARNING,
            "conntrack holds 800 of 1,000 entries (80%, threshold 75%): new connections fail when it is full; 1 h ago "
            "the conntrack table was full and the kernel dropped packets",
            0.8,
            0.75,
            id="and nearly full again",
        ),
        pytest.param(
            (
                conntrack.parse("1 1000"),
                log(3600),
                host.parse(f"boot_id {BOOT}"),
                History(at_epoch_seconds=9_600, readings=(Reading(at_epoch_seconds=6_000, boot_id=BOOT[:8]),)),
            ),
            Severity.CRITICAL,
            "1 h ago the conntrack table was full and the kernel dropped packets",
            1.0,
            0.95,
            id="since the last scan",
        ),
    ],
)
def test_an_event_of_hours_ago_is_no_present_danger(
    values: tuple[object, ...], severity: Severity, text: str, measured: float, limit: float
) -> None:
    """It is told as what happened, with the table as it is; new since the last scan it is news."""
    expected = Evidence(severity=severity, text=text, measured=measured, limit=limit)

    assert expected == check(window(*values))


@pytest.mark.parametrize("values", [(conntrack.parse("750 1000"),), (conntrack.parse("1 1000"), log(86_401))])
def test_at_the_limit_or_a_day_later_there_is_no_finding(values: tuple[object, ...]) -> None:
    """75% has to be exceeded, and a complaint counts for a day."""
    assert check(window(*values)) is None


def test_at_95_percent_it_is_still_a_warning() -> None:
    """The critical limit has to be exceeded."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="conntrack holds 950 of 1,000 entries (95%, threshold 75%): new connections fail when it is full",
        measured=0.95,
        limit=0.75,
    )

    assert expected == check(window(conntrack.parse("950 1000")))


def test_without_the_table_the_rule_is_skipped() -> None:
    """A node without the module has no table."""
    with pytest.raises(AbsentError, match="Conntrack was not collected"):
        check(window())
