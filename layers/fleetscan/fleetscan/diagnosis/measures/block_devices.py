"""Which disk a line of the kernel log means, what it is in EBS, and whether the worker itself lives on it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fleetscan.capture.procfs.disks import Disks
from fleetscan.capture.procfs.filesystems import Filesystem, Filesystems
from fleetscan.model import Window

WORKER_FOLDERS = ("/var/lib/containerd", "/var/lib/docker", "/var/lib/kubelet")
"""What a worker must be able to write, besides ``/``."""

_DEVICE = "[A-Za-z0-9_.!-]{1,32}"
_NAMED = tuple(
    re.compile(pattern)
    for pattern in (
        rf"error, dev ({_DEVICE}), sector",
        rf"^Buffer I/O error on dev(?:ice)? ({_DEVICE}),",
        r"^nvme (nvme[0-9]{1,4}): ",
        r"^(nvme[0-9]{1,4})(?:c[0-9]{1,4})?(n[0-9]{1,4}): ",
        rf"^[A-Z0-9a-z-]{{2,10}}(?: [a-z]{{1,10}})? \((?:device )?({_DEVICE})(?:: state [A-Z]+)?\)",
        rf"^(?:JBD2: .{{1,80}} on|Aborting journal on device) ({_DEVICE}?)(?:-[0-9]{{1,4}})?\.?$",
    )
)
_PARTITION = re.compile(r"(nvme[0-9]+n[0-9]+|mmcblk[0-9]+)p[0-9]+|((?:xv|s|v|h)d[a-z]{1,3})[0-9]+")


def device_of(text: str) -> str | None:
    """Return the device that a line names: a disk, a partition, or a controller of NVMe."""
    found = next((match for pattern in _NAMED if (match := pattern.search(text))), None)
    return None if found is None else "".join(found.groups())


def disk_of(device: str) -> str:
    """Return the whole disk of a partition; anything else is returned as it is."""
    found = _PARTITION.fullmatch(device)
    return device if found is None else found[1] or found[2]


def is_same_disk(device: str, other: str) -> bool:
    """Whether two names mean one disk: a partition is on its disk, and a controller of NVMe has its name before it."""
    one, two = sorted((disk_of(device), disk_of(other)), key=len)
    return one == two or (re.fullmatch(r"nvme[0-9]+", one) is not None and two.startswith(f"{one}n"))


def volume_of(window: Window, device: str) -> str | None:
    """Return the EBS volume of a device, where the node has said it."""
    disks = window.last.get(Disks)
    known = () if disks is None else disks.disks
    return next((disk.volume_id for disk in known if disk.volume_id and is_same_disk(disk.device, device)), None)


def is_of_the_worker(filesystem: Filesystem) -> bool:
    """Whether the node's own folders lie in a file system, or ``/`` does."""
    above = f"{filesystem.mountpoint.rstrip('/')}/"
    return any(f"{folder}/".startswith(above) for folder in WORKER_FOLDERS)


def worker_filesystems(window: Window, device: str) -> Sequence[Filesystem]:
    """Return the file systems on a device that the worker itself needs; none is known where they were not collected."""
    found = window.last.get(Filesystems)
    known = () if found is None else found.filesystems
    return [one for one in known if one.device and is_same_disk(one.device, device) and is_of_the_worker(one)]
