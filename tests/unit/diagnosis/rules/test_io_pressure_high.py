"""The rule io_pressure_high: averages of waits for a disk, with tasks that wait now, and the queue of the disk."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import disks, host, pressure, services, stat, tasks, waiting
from fleetscan.diagnosis.rules.io_pressure_high import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window

BUSY = (
    "nvme0n1 reads=9 writes=40 read_ms=9 write_ms=80 busy_ms=60 queue_ms=89 in_flight=0 volume=vol-0root\n"
    "nvme1n1 reads=12 writes=488 read_ms=90 write_ms=155110 busy_ms=4980 queue_ms=160000 in_flight=31 volume=vol-0abc"
)


def stalls(full: str = "90.80", *, some: str = "96.31", full10: str = "91.40") -> object:
    """Return the pressure on I/O; an empty ``full`` is not reported."""
    text = f"io some avg10={some} avg60={some} avg300=95.22 total=9912381231"
    return pressure.parse(
        text + (f"\nio full avg10={full10} avg60={full} avg300=89.91 total=9112381231" if full else "")
    )


def waits(number: int) -> object:
    """Return the process list's count of tasks in state D."""
    return tasks.parse(f"processes 312\nthreads 812\nzombies 0\nuninterruptible {number}")


def window(*values: object, seconds: float | None = 5.0) -> Window:
    """Return a node with four CPUs of which these sources are known."""
    return Window(first=Sample(), last=Sample([host.parse("cpus 4"), *values]), seconds=seconds)


def test_it_names_the_disk_its_volume_and_who_waits() -> None:
    """A volume at its limit: 500 operations in five seconds, each of which takes 310 ms."""
    who = waiting.parse("7005 postgres default/db-0\n7006 postgres default/db-0\n812 containerd -")
    expected = Evidence(
        severity=Severity.CRITICAL,
        text="io PSI full avg60 90.80% (threshold 60%), some avg60 96.31%: all tasks stall waiting for a disk; 6 tasks "
        "in state D: postgres of default/db-0 (pid 7005 and 1 more), containerd (pid 812); "
        "nvme1n1 (volume vol-0abc) was busy 100% of the "
        "time, 100 operations/s, 310 ms per operation, 32.0 in its queue",
        measured=90.8,
        limit=60.0,
    )

    assert expected == check(window(stalls(), waits(6), who, disks.parse(BUSY)))


def test_without_the_detail_it_says_what_is_there() -> None:
    """Fewer tasks than CPUs wait: a warning."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="io PSI full avg60 90.80% (threshold 20%), some avg60 96.31%: all tasks stall waiting for a disk; 1 task "
        "in state D",
        measured=90.8,
        limit=20.0,
    )

    assert expected == check(window(stalls(), waits(1), seconds=None))


def test_the_runtime_among_them_is_critical() -> None:
    """One task is enough if it is containerd."""
    stuck = services.parse("containerd pid=702 age_seconds=1186300 rss_bytes=61865984 state=D again=D")
    found = check(window(stalls("60.00"), waits(1), stuck))

    assert found is not None
    assert (found.severity, found.limit) == (Severity.CRITICAL, 60.0)
    assert "1 task in state D: containerd" in found.text


@pytest.mark.parametrize(
    ("values", "severity"),
    [
        ((stalls("20.00", full10="20.00"), waits(9)), Severity.WARNING),
        ((stalls("19.99", full10="20.00"), waits(9)), None),
        ((stalls("59.99"), waits(4)), Severity.WARNING),
        ((stalls("60.00"), waits(4)), Severity.CRITICAL),
        ((stalls("60.00", full10="59.99"), waits(4)), Severity.WARNING),
        ((stalls("60.00", full10="29.99"), waits(4)), None),
        ((stalls("60.00"), waits(3)), Severity.WARNING),
        ((stalls(), waits(0)), None),
        ((stalls("", some="60.00"), waits(1)), Severity.WARNING),
        ((stalls("", some="59.99"), waits(1)), None),
    ],
    ids=[
        "a fifth of a minute",
        "less",
        "just below critical",
        "critical",
        "falling a little",
        "over: the averages lag",
        "fewer tasks than CPUs",
        "nobody waits now",
        "full is not reported",
        "nor is some high",
    ],
)
def test_at_the_limits(values: tuple[object, ...], severity: Severity | None) -> None:
    """Each limit is reached, not exceeded."""
    found = check(window(*values))

    assert severity is (None if found is None else found.severity)


def test_the_kernels_own_count_of_blocked_threads_counts_too() -> None:
    """A keyhole sees no processes."""
    found = check(window(stalls(), stat.parse("cpu 1 1 1 1 1 1 1 1\nprocs_blocked 6")))

    assert found is not None
    assert "6 tasks in state D" in found.text


def test_a_long_queue_for_which_tasks_wait_is_a_warning() -> None:
    """NodeDiskIOSaturation, with a fifth of the time in which somebody waited."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="the queue of a disk is 32 requests long (threshold 10) and tasks wait for it (io PSI some avg60 20.00%); "
        "3 tasks in state D; nvme1n1 (volume vol-0abc) was busy 100% of the time, 100 operations/s, 310 ms per "
        "operation, 32.0 in its queue",
        measured=32.0,
        limit=10.0,
    )

    assert expected == check(window(stalls("4.00", some="20.00"), waits(3), disks.parse(BUSY)))


@pytest.mark.parametrize(
    ("some", "queue_ms"),
    [("19.99", 160_000), ("20.00", 50_000)],
    ids=["nobody waits", "ten requests"],
)
def test_a_queue_that_is_short_or_bothers_nobody_is_none(some: str, queue_ms: int) -> None:
    """Writeback keeps a disk busy without a task that waits."""
    disk = disks.parse(BUSY.replace("queue_ms=160000", f"queue_ms={queue_ms}"))

    assert check(window(stalls("4.00", some=some), waits(3), disk)) is None


def test_where_memory_is_short_too_it_is_said() -> None:
    """A thrashing node keeps its disk busy; the disk is not accused alone."""
    both = pressure.parse(
        "memory some avg10=80.00 avg60=80.00 avg300=1.00 total=1\n"
        "io some avg10=60.00 avg60=60.00 avg300=1.00 total=1\nio full avg10=40.00 avg60=40.00 avg300=1.00 total=1"
    )
    found = check(window(both, waits(3)))

    assert found is not None
    assert found.text.endswith("; memory PSI some avg60 is 80.00%: the disk may be busy because memory is short")


def test_a_disk_on_which_nothing_ends_is_named() -> None:
    """Not one operation in five seconds, and no volume is known."""
    dead = disks.parse("sda reads=0 writes=0 read_ms=0 write_ms=0 busy_ms=5000 queue_ms=5000 in_flight=1 volume=-")
    found = check(window(stalls(), waits(2), dead))

    assert found is not None
    assert found.text.endswith("; sda was busy 100% of the time, 0 operations/s, no operation ended, 1.0 in its queue")


def test_without_pressure_or_a_count_of_tasks_it_is_skipped() -> None:
    """Not collected is not zero."""
    with pytest.raises(AbsentError, match="Pressure was not collected"):
        check(window(waits(6)))
    with pytest.raises(AbsentError, match="the pressure on I/O was not reported"):
        check(window(pressure.parse("memory some total=1"), waits(6)))
    with pytest.raises(AbsentError, match="the number of tasks in state D was not collected"):
        check(window(stalls()))
    with pytest.raises(AbsentError, match="io full avg60 was not reported"):
        check(window(pressure.parse("io some total=1"), waits(6)))
