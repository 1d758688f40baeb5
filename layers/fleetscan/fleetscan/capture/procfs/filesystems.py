"""The file systems that a worker writes: their state by /proc/1/mountinfo, their room by ``stat -f``.

One line for each, of ``/``, the container runtime's root and ``/var/lib/kubelet`` those that are distinct, and any
other on a block device that is read-only although it was mounted to be written: mount point, device, type, what the
mount and the super block say (``rw`` or ``ro``), total and free bytes, total and free inodes::

    / nvme0n1p1 xfs rw rw 21464350720 12884901888 10485760 10304512
    /var/lib/kubelet nvme1n1 ext4 rw ro 107374182400 - - -

Free is what others than root may use. ``-`` is what was not to be had: a recorded tree without the file ``statfs`` has
no room, for the machine that reads it is never asked instead.
https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
"""

from __future__ import annotations

from fleetscan import numbers
from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "filesystems"
_FLAGS = {"rw": False, "ro": True, rows.UNKNOWN: None}


@immutable
class Filesystem:
    """One file system; None where a value was not to be had."""

    mountpoint: str
    device: str | None
    """Without ``/dev/``."""
    type: str | None
    mount_is_read_only: bool | None
    """What the mount was asked to be."""
    is_read_only: bool | None
    """What the super block is now: the kernel makes it read-only after an error."""
    total_bytes: int | None
    free_bytes: int | None
    """Free for others than root."""
    total_inodes: int | None
    """0 on file systems that have no fixed number of them, such as btrfs."""
    free_inodes: int | None


@immutable
class Filesystems:
    """The file systems that a worker writes."""

    filesystems: tuple[Filesystem, ...]


def parse(text: str) -> Filesystems:
    """Parse the section ``filesystems``; no row means that none of them was seen."""
    found = rows.distinct(rows.read(text, source=_SOURCE))
    return Filesystems(filesystems=tuple(_filesystem(row) for row in found))


def _filesystem(row: rows.Row) -> Filesystem:
    return Filesystem(
        mountpoint=row.name(0, "mount point"),
        device=row.name_or_none(1, "device"),
        type=row.name_or_none(2, "type"),
        mount_is_read_only=_flag(row, 3, "mount"),
        is_read_only=_flag(row, 4, "super block"),
        total_bytes=row.whole_or_none(5, "total bytes"),
        free_bytes=row.whole_or_none(6, "free bytes"),
        total_inodes=row.whole_or_none(7, "total inodes"),
        free_inodes=row.whole_or_none(8, "free inodes"),
    )


def _flag(row: rows.Row, index: int, name: str) -> bool | None:
    word = row.word(index, name)
    if word not in _FLAGS:
        raise row.error(f"{name} is neither rw nor ro: {numbers.shown(word)}")
    return _FLAGS[word]
