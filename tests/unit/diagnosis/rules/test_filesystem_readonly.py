"""The rule filesystem_readonly: what is read-only now, and what the kernel stopped within the last day."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import filesystems
from fleetscan.capture.procfs.filesystems import Filesystems
from fleetscan.diagnosis.rules.filesystem_readonly import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity
from tests.fixtures.kernel_lines import logged, without_a_log

REMOUNT = "EXT4-fs (nvme1n1): Remounting filesystem read-only"
SHUTDOWN = "XFS (nvme0n1p1): Filesystem has been shut down due to log error (0x2)."
WRITABLE = filesystems.parse("/ nvme0n1p1 xfs rw rw - - - -")
STOPPED = filesystems.parse("/ nvme0n1p1 xfs rw rw - - - -\n/data nvme1n1 ext4 rw ro - - - -")
BOTTLEROCKET = filesystems.parse("/ dm-0 ext4 ro ro - - - -\n/var nvme1n1p1 xfs rw rw - - - -")


def test_what_is_read_only_now_is_critical_whatever_the_age_of_the_error() -> None:
    """Two days ago; the log has wrapped since, or cannot be read."""
    text = "/data (nvme1n1) is read-only now and should be written"
    expected = Evidence(severity=Severity.CRITICAL, text=text, measured=1.0, limit=1.0)

    assert expected == check(logged(f"filesystem_readonly 172800 {REMOUNT}", others=(STOPPED,)))
    assert expected == check(logged(oldest=3600, others=(STOPPED,)))
    assert expected == check(without_a_log(STOPPED))


def test_the_error_behind_it_is_said_where_the_log_has_it() -> None:
    """The line that is about this disk, not the newest."""
    found = check(
        logged(f"filesystem_readonly 60 {SHUTDOWN}", f"filesystem_readonly 7200 {REMOUNT}", others=(STOPPED,))
    )

    assert found is not None
    assert found.text == (
        f"/data (nvme1n1) is read-only now and should be written; 2 h ago the kernel logged: {REMOUNT}"
    )


def test_of_several_the_worker_s_own_comes_first() -> None:
    """Without it the node is none."""
    mounted = filesystems.parse("/data nvme1n1 ext4 rw ro - - - -\n/ nvme0n1p1 ext4 rw ro - - - -")
    found = check(logged(others=(mounted,)))

    assert found is not None
    assert found.text == "/ (nvme0n1p1), /data (nvme1n1) are read-only now and should be written"


@pytest.mark.parametrize(
    ("rows", "fires"),
    [
        ("/ dm-0 ext4 ro ro - - - -\n/var nvme1n1p1 xfs rw rw - - - -", False),
        ("/ dm-0 ext4 ro ro - - - -\n/var nvme1n1p1 xfs ro ro - - - -", True),
        ("/ nvme0n1p1 ext4 ro ro - - - -", True),
        ("/ nvme0n1p1 ext4 - - - - - -", False),
        ("/ nvme0n1p1 ext4 ro rw - - - -", False),
    ],
    ids=["a root that is meant so", "but not what the kubelet writes", "which may be the root", "unknown", "a mount"],
)
def test_what_was_mounted_read_only_counts_only_where_a_worker_must_write(rows: str, fires: bool) -> None:  # noqa: FBT001
    """Bottlerocket's root is read-only by design."""
    assert (check(logged(others=(filesystems.parse(rows),))) is not None) is fires


@pytest.mark.parametrize("line", [REMOUNT, SHUTDOWN])
def test_without_a_mount_table_the_last_day_s_error_is_critical(line: str) -> None:
    """The newest of two, in the kernel's words."""
    expected = Evidence(severity=Severity.CRITICAL, text=f"2 h ago the kernel logged: {line}", measured=2.0, limit=1.0)

    assert expected == check(logged(f"filesystem_readonly 7200 {line}", "filesystem_readonly 86400 other"))


@pytest.mark.parametrize(
    ("age_seconds", "line", "mounted", "severity", "ending"),
    [
        (3600, REMOUNT, WRITABLE, Severity.CRITICAL, REMOUNT),
        (7200, REMOUNT, WRITABLE, Severity.WARNING, f"{REMOUNT}; no file system is read-only now"),
        (7200, SHUTDOWN, WRITABLE, Severity.CRITICAL, SHUTDOWN),
        (7200, SHUTDOWN, BOTTLEROCKET, Severity.WARNING, SHUTDOWN),
    ],
    ids=["new", "mended", "xfs does not show it", "another's disk"],
)
def test_an_error_of_hours_ago_is_critical_only_where_it_may_last(
    age_seconds: int, line: str, mounted: Filesystems, severity: Severity, ending: str
) -> None:
    """Of ext4 the mount table says how it is now; XFS that is shut down looks as before."""
    found = check(logged(f"filesystem_readonly {age_seconds} {line}", others=(mounted,)))

    assert found is not None
    assert (found.severity, found.text.endswith(ending)) == (severity, True)


def test_an_error_of_the_day_before_and_an_input_error_are_not_it() -> None:
    """An error that did not end the writing is another matter."""
    lines = ("io_error 60 I/O error, dev nvme1n1, sector 1", f"filesystem_readonly 86401 {REMOUNT}")

    assert check(logged(*lines)) is None
    assert check(logged(*lines, others=(WRITABLE,))) is None


def test_a_wrapped_log_and_no_log_skip_the_rule() -> None:
    """That all is writable says nothing of XFS."""
    with pytest.raises(AbsentError, match=r"kernel log covers only 1\.0 h"):
        check(logged(oldest=3600, others=(WRITABLE,)))
    with pytest.raises(AbsentError, match="KernelLog was not collected"):
        check(without_a_log())
