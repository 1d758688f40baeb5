"""The rule filesystem_nearly_full: what is left of bytes and inodes, and the pace of the last hours."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fleetscan.capture.procfs import filesystems
from fleetscan.diagnosis.rules.filesystem_nearly_full import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window
from fleetscan.model.memory import History, Reading

GIB = 2**30
NOW = 1_800_000_000
TWENTY = 20 * GIB


def row(free_bytes: int | str, *, inodes: str = "10485760 10304512", where: str = "/", total: int = TWENTY) -> str:
    """Return one file system of a root volume of 20 GiB."""
    return f"{where} nvme0n1p1 xfs rw rw {total} {free_bytes} {inodes}"


def window(*rows: str, history: History | None = None) -> Window:
    """Return a node with these file systems."""
    values = [filesystems.parse("\n".join(rows)), *([] if history is None else [history])]
    return Window(first=Sample(), last=Sample(values))


def remembered(hours: float, free_ratio: Callable[[float], float], *, inodes: bool = False) -> History:
    """Return scans every five minutes, with the free share as a function of the hours before now."""
    name = "inodes_free_ratio" if inodes else "space_free_ratio"
    readings = tuple(
        Reading(at_epoch_seconds=NOW - seconds, boot_id="0123abcd", **{name: round(free_ratio(seconds / 3600), 3)})  # type: ignore[arg-type]  # a ratio is a number
        for seconds in range(int(hours * 3600), 0, -300)
    )
    return History(at_epoch_seconds=NOW, readings=readings)


def test_less_than_five_percent_is_a_warning() -> None:
    """The numbers of a 20 GiB root volume."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="/ (nvme0n1p1, xfs) has 1000 MiB of 20 GiB left (4.9%), below the threshold of 5.0%",
        measured=1000 * 2**20 / TWENTY,
        limit=0.05,
    )

    assert expected == check(window(row(1000 * 2**20)))


def test_less_than_three_percent_is_critical_and_the_others_are_told_too() -> None:
    """The worst first, whether bytes or inodes."""
    expected = Evidence(
        severity=Severity.CRITICAL,
        text="/var/lib/containerd (nvme0n1p1, xfs) has 1,024 of 10,485,760 inodes left (0.0%), below the threshold of "
        "3.0%; / (nvme0n1p1, xfs) has 512 MiB of 20 GiB left (2.5%)",
        measured=1_024 / 10_485_760,
        limit=0.03,
    )

    assert expected == check(
        window(row(512 * 2**20), row(9 * GIB, inodes="10485760 1024", where="/var/lib/containerd"))
    )


def test_a_list_of_full_file_systems_is_cut() -> None:
    """A node may have as many as it likes."""
    found = check(window(*(row(number * 2**20, where=f"/{number}") for number in range(1, 100))))

    assert found is not None
    assert found.text.count(" left (") == 4
    assert found.text.endswith("; and 95 more")


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        (row(GIB), None),
        (row(GIB - 1), Severity.WARNING),
        (row(6 * GIB, total=300 * GIB), Severity.WARNING),
        (row(5 * GIB, total=300 * GIB), Severity.CRITICAL),
        (row(9 * GIB, inodes="100000000 2000000"), Severity.WARNING),
        (row(9 * GIB, inodes="100000 5000"), None),
        (row(9 * GIB, inodes="0 0"), None),
        (f"/ nvme0n1p1 squashfs ro ro {GIB} 0 100 0\n{row(9 * GIB, where='/var')}", None),
    ],
    ids=[
        "exactly 5% is left",
        "a byte less",
        "2% of a large disk are 6 GiB",
        "1.7% of it are 5 GiB",
        "2% of many inodes",
        "exactly 5% of the inodes",
        "no fixed number of inodes",
        "read-only by design is always full",
    ],
)
def test_at_the_limits(line: str, severity: Severity | None) -> None:
    """A share is critical only where little is left by number too."""
    found = check(window(line))

    assert severity is (None if found is None else found.severity)


def test_a_steady_loss_that_ends_within_a_day_is_a_warning() -> None:
    """2% an hour from 30% left: full in 15 hours."""
    found = check(window(row(int(0.3 * TWENTY)), history=remembered(8, lambda hours: 0.3 + 0.02 * hours)))

    assert found is not None
    assert found.severity is Severity.WARNING
    assert found.text == (
        "/ (nvme0n1p1, xfs) has 6.0 GiB of 20 GiB left (30%) and is full in 14 to 15 h at its pace of the last 6 h "
        "(threshold 24 h)"
    )
    assert found.measured == pytest.approx(15.0, rel=0.03)
    assert found.limit == 24.0


def test_inodes_have_a_pace_too() -> None:
    """Small files, and plenty of bytes."""
    line = row(15 * GIB, inodes="10000000 2500000")
    found = check(window(line, history=remembered(8, lambda hours: 0.25 + 0.02 * hours, inodes=True)))

    assert found is not None
    assert "/ (nvme0n1p1, xfs) has 2,500,000 of 10,000,000 inodes left (25%) and is full in" in found.text


def test_a_steep_loss_with_little_left_is_critical() -> None:
    """5% an hour from 15% left: three hours."""
    found = check(window(row(int(0.15 * TWENTY)), history=remembered(4, lambda hours: 0.15 + 0.05 * hours)))

    assert found is not None
    assert (found.severity, found.limit) == (Severity.CRITICAL, 4.0)


@pytest.mark.parametrize(
    ("free", "history"),
    [
        (0.45, remembered(8, lambda hours: 0.45 + 0.03 * hours)),
        (0.3, remembered(8, lambda hours: 0.3 + 0.01 * hours)),
        (0.3, remembered(1.5, lambda hours: 0.3 + 0.02 * hours)),
        (0.3, remembered(8, lambda hours: 0.5 if hours > 3 else 0.3)),
        (0.15, remembered(8, lambda hours: 0.15 + 0.05 * (hours % 1.0))),
        (0.3, remembered(20, lambda hours: 0.3 + 0.02 * hours if hours < 7 else 0.3)),
        (0.3, remembered(8, lambda _hours: 0.3)),
        (0.3, None),
    ],
    ids=[
        "much is left",
        "full in 30 hours",
        "known too short",
        "one step: an image was pulled",
        "a sawtooth: logs are rotated",
        "it came back yesterday",
        "nothing moves",
        "no history",
    ],
)
def test_what_is_no_pace(free: float, history: History | None) -> None:
    """Patterns are not extrapolated, nor is what lasts longer than a day."""
    assert check(window(row(int(free * TWENTY)), history=history)) is None


def test_without_room_it_is_skipped_with_the_reason() -> None:
    """A recorded tree without statfs; nothing collected at all."""
    with pytest.raises(AbsentError, match="the free space of the file systems was not recorded"):
        check(window("/ nvme0n1p1 xfs rw rw - - - -"))
    with pytest.raises(AbsentError, match="Filesystems was not collected"):
        check(Window(first=Sample(), last=Sample()))
