"""The rule disk_errors: errors of the last day, sorted by disk."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import disks, filesystems
from fleetscan.diagnosis.rules.disk_errors import Limits, check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity
from tests.fixtures.kernel_lines import logged, without_a_log

ERROR = "I/O error, dev nvme1n1, sector 8423440 op 0x1:(WRITE) flags 0x9800 phys_seg 1 prio class 2"
TIMEOUT = "nvme nvme0: I/O tag 322 (0142) opcode 0x1 (I/O Cmd) QID 2 timeout, aborting req_op:WRITE(1) size:131072"
LOG_ERROR = "XFS (nvme0n1p1): log I/O error -5"
ROOT = filesystems.parse("/ nvme0n1p1 xfs rw rw 21464350720 12884901888 10485760 10304512")
OWN_DISK = filesystems.parse("/ nvme0n1p1 xfs rw rw - - - -\n/var/lib/containerd nvme1n1 ext4 rw rw - - - -")
VOLUMES = disks.parse(
    "nvme1n1 reads=1 writes=1 read_ms=1 write_ms=1 busy_ms=1 queue_ms=1 in_flight=0 volume=vol-0a1b2c3d4e5f60718"
)


def test_errors_of_a_disk_are_a_warning_that_names_it_and_its_volume() -> None:
    """A pod's volume may be one that was detached by force."""
    text = (
        "2 lines in the kernel log within 24 h about nvme1n1 (EBS volume vol-0a1b2c3d4e5f60718), the last 9 min ago: "
        f"{ERROR}"
    )
    expected = Evidence(severity=Severity.WARNING, text=text, measured=2.0, limit=1.0)
    lines = (f"io_error 540 {ERROR}", "filesystem_error 541 EXT4-fs error (device nvme1n1): ext4_find_entry:1455: x")

    assert expected == check(logged(*lines, others=(ROOT, VOLUMES)))


def test_errors_of_the_disk_that_the_worker_lives_on_are_critical_within_the_hour() -> None:
    """A controller, its disk and a partition of it are one; the others are named too."""
    text = (
        f"2 lines in the kernel log within 24 h about nvme0n1p1 (with /), the last 14 min ago: {LOG_ERROR}"
        "; also nvme1n1 (3 lines)"
    )
    expected = Evidence(severity=Severity.CRITICAL, text=text, measured=2.0, limit=1.0)
    lines = (f"filesystem_error 840 {LOG_ERROR}", f"io_error 900 {TIMEOUT}", *(f"io_error 5 {ERROR}",) * 3)

    assert expected == check(logged(*lines, others=(ROOT,)))


@pytest.mark.parametrize(
    ("age_seconds", "mounted", "severity"),
    [(3600, OWN_DISK, Severity.CRITICAL), (3601, OWN_DISK, Severity.WARNING), (60, ROOT, Severity.WARNING)],
)
def test_it_takes_a_worker_s_disk_and_a_new_error_to_be_critical(
    age_seconds: int, mounted: filesystems.Filesystems, severity: Severity
) -> None:
    """The runtime's disk is one, a pod's is not."""
    found = check(logged(f"io_error {age_seconds} {ERROR}", others=(mounted,)))

    assert found is not None
    assert found.severity is severity


def test_a_flood_of_which_not_all_lines_are_listed_is_counted_as_at_least() -> None:
    """Whose lines the others were is not known."""
    found = check(logged(f"io_error 60 {ERROR}", counts="io_error=204"))

    assert found is not None
    assert found.text.startswith("at least 1 line in the kernel log within 24 h about nvme1n1, the last")


def test_a_line_that_names_no_disk_still_counts() -> None:
    """A driver that words it otherwise."""
    found = check(logged("io_error 60 something of I/O"))

    assert found is not None
    assert "about a disk, the last 1 min ago: something of I/O" in found.text


@pytest.mark.parametrize(
    ("line", "limits"),
    [
        (f"io_error 86401 {ERROR}", Limits()),
        (f"io_error 60 {ERROR}", Limits(warning_total=2)),
        *((f"io_error 60 I/O error, dev {name}, sector 0", Limits()) for name in ("loop3", "fd0", "sr0")),
    ],
)
def test_what_is_old_too_few_or_no_disk_is_not_it(line: str, limits: Limits) -> None:
    """A loop device reports errors when its file goes."""
    assert check(logged(line), limits) is None


def test_a_wrapped_log_and_no_log_skip_the_rule() -> None:
    """The silence of an hour says nothing about a day."""
    with pytest.raises(AbsentError, match=r"kernel log covers only 1\.0 h"):
        check(logged(oldest=3600))
    with pytest.raises(AbsentError, match="KernelLog was not collected"):
        check(without_a_log(ROOT))
