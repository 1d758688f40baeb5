"""The rule neighbour_table_full: how full the table is now, and overflows of the last day."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import neighbours
from fleetscan.diagnosis.rules.neighbour_table_full import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity
from tests.fixtures.kernel_lines import logged, without_a_log

LINE = "neighbour: arp_cache: neighbor table overflow!"


REFUSED = ", and refused one 3 times since boot"


@pytest.mark.parametrize(
    ("entries", "severity", "text"),
    [
        (
            1024,
            Severity.CRITICAL,
            f"1,024 of 1,024 entries{REFUSED} (100%, threshold 100%): packets to new addresses are dropped",
        ),
        (
            922,
            Severity.WARNING,
            f"922 of 1,024 entries{REFUSED} (90%, threshold 90%): packets to new addresses are dropped when it is full",
        ),
    ],
)
def test_a_table_that_is_full_or_nearly_so_is_found_without_a_line(entries: int, severity: Severity, text: str) -> None:
    """The kernel's own count, also where the log cannot be read."""
    table = neighbours.parse(f"entries={entries} gc_thresh3=1024 table_fulls=3")
    limit = 1.0 if severity is Severity.CRITICAL else 0.9
    expected = Evidence(
        severity=severity, text=f"the neighbour table holds {text}", measured=entries / 1024, limit=limit
    )

    assert expected == check(without_a_log(table))


@pytest.mark.parametrize(
    ("age_seconds", "severity", "age"),
    [(3600, Severity.CRITICAL, "1 h"), (7200, Severity.WARNING, "2 h"), (86400, Severity.WARNING, "1 d")],
)
def test_an_overflow_is_critical_within_the_hour_and_a_warning_for_the_day(
    age_seconds: int, severity: Severity, age: str
) -> None:
    """Packets were dropped; whether they still are is not known."""
    text = f"packets were dropped: 1 line in the kernel log within 24 h, the last {age} ago: {LINE}"
    expected = Evidence(severity=severity, text=text, measured=1.0, limit=1.0)

    assert expected == check(logged(f"neighbour_overflow {age_seconds} {LINE}"))


def test_how_full_it_is_now_is_said_beside_the_overflow() -> None:
    """It has room again."""
    table = neighbours.parse("entries=412 gc_thresh3=1024 table_fulls=3")
    found = check(logged(f"neighbour_overflow 60 {LINE}", others=(table,)))

    assert found is not None
    assert found.text.endswith(f"{LINE}; now the neighbour table holds 412 of 1,024 entries{REFUSED}")


def test_a_table_with_room_is_healthy_only_with_a_silent_log() -> None:
    """It may have been full an hour ago."""
    table = neighbours.parse("entries=412 gc_thresh3=1024 table_fulls=0")

    assert check(logged(others=(table,))) is None
    assert check(logged(others=(neighbours.parse("entries=412"),))) is None
    with pytest.raises(AbsentError, match="KernelLog was not collected"):
        check(without_a_log(table))
    with pytest.raises(AbsentError, match=r"kernel log covers only 1\.0 h"):
        check(logged(oldest=3600, others=(table,)))
