"""The rule runtime_unhealthy: what the kubelet and the runtime complain of."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import filesystems, journal, services
from fleetscan.diagnosis.rules.runtime_unhealthy import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window

PLEG = (
    'kubelet.go:2055] "Skipping pod synchronization" err="PLEG is not healthy: pleg was last seen active '
    '2h33m17.705751197s ago; threshold is 3m0s"'
)
GC = 'kubelet.go:1435] "Image garbage collection failed multiple times in a row" err="Failed to garbage collect'
NO_SPACE = 'eviction_manager.go:255] err="failed to get imageFs stats: no space left on device"'
FORK = 'err="fork/exec /usr/bin/containerd-shim-runc-v2: resource temporarily unavailable"'
DOWN = 'err="rpc error: code = DeadlineExceeded desc = context deadline exceeded"'
CRASH = "containerd.service: Failed with result 'exit-code'."
EVICTION = 'eviction_manager.go:366] "Eviction manager: attempting to reclaim" resourceName="ephemeral-storage"'
SLOW = "fs: disk usage and inodes count on following dirs took 9.537338572s: [/var/lib/containerd/x/fs]"
WATCH = "failed to create fsnotify watcher: no space left on device"


def window(*rows: str, room: str = "") -> Window:
    """Return a node whose journal was reduced to these rows."""
    values: list[object] = [journal.parse("\n".join(("read lines=300", *rows)))]
    if room:
        values.append(filesystems.parse(room))
    return Window(first=Sample(), last=Sample(values))


def test_a_pleg_that_is_not_healthy_for_minutes_is_critical() -> None:
    """The kubelet reports the node NotReady by now."""
    expected = Evidence(
        severity=Severity.CRITICAL,
        text="PLEG is not healthy: the kubelet cannot list the containers, 131 lines in the journal's last 20 min: "
        f"{PLEG}",
        measured=131.0,
        limit=36.0,
    )

    assert expected == check(window(f"pleg 131 {PLEG}"))


def test_the_worst_comes_first_and_the_others_after_it() -> None:
    """The kubelet cannot start a process; that images could not be removed follows."""
    expected = Evidence(
        severity=Severity.CRITICAL,
        text=f"no process could be started, 1 line in the journal's last 20 min: {FORK}; no space is left on a device, "
        f"1 line: {NO_SPACE}; images could not be removed to free space, 2 lines: {GC}",
        measured=1.0,
        limit=1.0,
    )

    assert expected == check(window(f"no_space 1 {NO_SPACE}", f"image_gc_failed 2 {GC}", f"fork_failed 1 {FORK}"))


@pytest.mark.parametrize(
    ("rows", "severity"),
    [
        ((f"pleg 35 {PLEG}",), Severity.WARNING),
        ((f"pleg 36 {PLEG}",), Severity.CRITICAL),
        ((f"runtime_not_responding 1 {DOWN}",), Severity.WARNING),
        ((f"runtime_not_responding 36 {DOWN}",), Severity.CRITICAL),
        ((f"image_gc_failed 1 {GC}",), Severity.WARNING),
        ((f"no_space 1 {NO_SPACE}",), Severity.WARNING),
        ((f"no_space 1 {WATCH}",), None),
        ((f"runtime_error 1 {CRASH}",), Severity.WARNING),
        ((f"eviction 2 {EVICTION}",), Severity.INFO),
        ((f"disk_usage_slow 9 {SLOW}",), Severity.INFO),
        ((f"disk_usage_slow 10 {SLOW}",), Severity.WARNING),
        ((f"eviction 2 {EVICTION}", f"image_gc_failed 1 {GC}"), Severity.WARNING),
        (("inotify 1 inotify_init1: too many open files",), None),
        ((), None),
    ],
)
def test_at_the_limits(rows: tuple[str, ...], severity: Severity | None) -> None:
    """What is about inotify is another rule's."""
    found = check(window(*rows))

    assert severity is (None if found is None else found.severity)


@pytest.mark.parametrize(
    ("room", "severity"),
    [("/ a xfs rw rw 1000 9 1000 500", Severity.CRITICAL), ("/ a xfs rw rw 1000 10 1000 500", Severity.WARNING)],
)
def test_no_space_is_critical_where_the_file_system_says_so_too(room: str, severity: Severity) -> None:
    """The line alone may be about one volume of one pod."""
    found = check(window(f"no_space 1 {NO_SPACE}", room=room))

    assert found is not None
    assert found.severity is severity


@pytest.mark.parametrize(("age_seconds", "severity"), [(1_199, Severity.INFO), (1_200, Severity.WARNING)])
def test_a_runtime_that_was_restarted_meanwhile_is_information(age_seconds: int, severity: Severity) -> None:
    """It was away for a moment, as after an update, and is back."""
    read = journal.parse(f"read lines=80\nruntime_not_responding 4 {DOWN}")
    running = services.parse(f"containerd pid=702 age_seconds={age_seconds} rss_bytes=61865984")
    found = check(Window(first=Sample(), last=Sample([read, running])))

    assert found is not None
    assert found.severity is severity


def test_without_the_journal_it_is_skipped() -> None:
    """Not read is not silent."""
    with pytest.raises(AbsentError, match="Journal was not collected"):
        check(Window(first=Sample(), last=Sample()))
    with pytest.raises(AbsentError, match="the journal has no line of the kubelet or the container runtime"):
        check(Window(first=Sample(), last=Sample([journal.parse("read lines=0")])))
