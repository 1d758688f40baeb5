"""The rule pids_nearly_exhausted: threads against pid_max."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import pid_max, slices, tasks, threads_max
from fleetscan.diagnosis.rules.pids_nearly_exhausted import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window


def window(threads: int, maximum: int = 1000, *others: object) -> Window:
    """Return a node with this many threads."""
    seen = tasks.parse(f"processes 1\nthreads {threads}\nzombies 0\nuninterruptible 0")
    return Window(first=Sample(), last=Sample([seen, pid_max.parse(str(maximum)), *others]))


def test_at_70_percent_it_is_a_warning() -> None:
    """Exactly at the limit, of the usual 32,768."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="22,938 of 32,768 PIDs (pid_max) in use (70%, threshold 70%)",
        measured=22_938 / 32_768,
        limit=0.70,
    )

    assert expected == check(window(22_938, 32_768))


def test_at_90_percent_it_is_critical() -> None:
    """A tenth is left."""
    expected = Evidence(
        severity=Severity.CRITICAL,
        text="900 of 1,000 PIDs (pid_max) in use (90%, threshold 90%)",
        measured=0.9,
        limit=0.90,
    )

    assert expected == check(window(900))


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        (
            (threads_max.parse("31488"),),
            Evidence(
                severity=Severity.CRITICAL,
                text="30,992 of 31,488 threads (threads-max) in use (98%, threshold 90%)",
                measured=30_992 / 31_488,
                limit=0.90,
            ),
        ),
        (
            (threads_max.parse("40000"), slices.parse("kubepods.slice pids=990 pids_max=1000")),
            Evidence(
                severity=Severity.CRITICAL,
                text="990 of 1,000 PIDs of kubepods.slice (pids.max) in use (99%, threshold 90%)",
                measured=0.99,
                limit=0.90,
            ),
        ),
        (
            (threads_max.parse("40000"), slices.parse("kubepods.slice pids=990 pids_max=max")),
            Evidence(
                severity=Severity.WARNING,
                text="30,992 of 40,000 threads (threads-max) in use (77%, threshold 70%)",
                measured=30_992 / 40_000,
                limit=0.70,
            ),
        ),
        ((threads_max.parse("400000"), slices.parse("kubepods.slice pids=990 pids_max=4194304")), None),
    ],
)
def test_the_limit_that_is_reached_first_counts(others: tuple[object, ...], expected: Evidence | None) -> None:
    """EKS sets pid_max to four million; threads-max follows the memory, and all pods together may have a limit."""
    assert expected == check(window(30_992, 4_194_304, *others))


def test_just_below_there_is_no_finding() -> None:
    """699 of 1,000."""
    assert check(window(699)) is None


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ([], "Tasks was not collected"),
        ([tasks.parse("processes 1\nthreads 9\nzombies 0\nuninterruptible 0")], "PidMax was not collected"),
    ],
)
def test_without_one_of_the_two_the_rule_is_skipped(values: list[object], missing: str) -> None:
    """Threads without a limit are neither few nor many."""
    with pytest.raises(AbsentError, match=missing):
        check(Window(first=Sample(), last=Sample(values)))
