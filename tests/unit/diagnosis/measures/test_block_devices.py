"""Which disk a line of the kernel log means."""

from __future__ import annotations

import pytest

from fleetscan.capture.log_patterns import Log, kinds
from fleetscan.capture.procfs import filesystems
from fleetscan.diagnosis.measures.block_devices import device_of, disk_of, is_of_the_worker, is_same_disk

DISK_LINES = [
    text
    for kind in kinds()
    if kind.log is Log.KERNEL and kind.id in {"io_error", "filesystem_error", "filesystem_readonly"}
    for wording in kind.wordings
    for text in wording.samples
]


@pytest.mark.parametrize("text", DISK_LINES)
def test_each_real_line_names_a_device_that_stands_in_it(text: str) -> None:
    """Of a partition, a device mapper's or a controller's name."""
    device = device_of(text)

    assert device is not None
    assert f"{device}-" in text or device in text.replace("(", " ").replace(")", " ").replace(",", " ").replace(
        ":", " "
    ).replace(".", " ").split(" ")


@pytest.mark.parametrize(
    ("text", "device"),
    [
        ("nvme nvme0: I/O 978 QID 3 timeout, completion polled", "nvme0"),
        ("nvme1c0n2: Read(0x2) @ LBA 8423440, 8 blocks, I/O Error (sct 0x0 / sc 0x4) ", "nvme1n2"),
        ("JBD2: Detected IO errors while flushing file data on nvme1n1-8", "nvme1n1"),
        ("Aborting journal on device dm-0-8.", "dm-0"),
        ("BTRFS info (device nvme1n1: state EA): forced readonly", "nvme1n1"),
        ("something else", None),
    ],
)
def test_a_line_s_device_is_taken_as_its_driver_words_it(text: str, device: str | None) -> None:
    """A path of several controllers has the disk's name in two parts."""
    assert device == device_of(text)


@pytest.mark.parametrize(
    ("partition", "disk"),
    [("nvme0n1p1", "nvme0n1"), ("xvda1", "xvda"), ("sdb12", "sdb"), ("dm-0", "dm-0"), ("nvme0n1", "nvme0n1")],
)
def test_a_partition_is_of_its_disk(partition: str, disk: str) -> None:
    """A device mapper's number is no partition."""
    assert disk == disk_of(partition)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("nvme0", "nvme0n1p1", True),
        ("nvme0n1", "nvme0", True),
        ("nvme1", "nvme10n1", False),
        ("nvme0n1", "nvme0n2", False),
        ("sda", "sdaa", False),
        ("xvda1", "xvda2", True),
    ],
)
def test_a_controller_a_disk_and_its_partitions_are_one(one: str, other: str, same: bool) -> None:  # noqa: FBT001
    """And no other's, however alike the names."""
    assert is_same_disk(one, other) is same


@pytest.mark.parametrize(
    ("mountpoint", "own"),
    [("/", True), ("/var", True), ("/var/lib/kubelet", True), ("/var/lib/kubelet/pods/1", False), ("/data", False)],
)
def test_what_the_worker_needs_is_what_its_folders_lie_in(mountpoint: str, own: bool) -> None:  # noqa: FBT001
    """A pod's volume below the kubelet's folder is the pod's."""
    (row,) = filesystems.parse(f"{mountpoint} nvme0n1p1 xfs rw rw - - - -").filesystems

    assert is_of_the_worker(row) is own
