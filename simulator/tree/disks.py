"""Disks of a healthy node: /proc/1/mountinfo, /proc/diskstats, and the room that statfs would tell.

28 1 259:2 / / rw,noatime shared:1 - xfs /dev/nvme0n1p1 rw,seclabel,attr2,inode64
259 0 nvme0n1 41210 12 1650222 20113 512333 2120 9120112 402112 0 210012 422225 0 0 0 0 0 0
"""

from __future__ import annotations

from simulator.fleet import FleetNode
from simulator.tree.activity import uptime_seconds
from simulator.tree.pods import Pod, digest

GIB = 1024**3
_ROOT_BYTES = 80 * GIB
_IMAGES_BYTES = 9 * GIB
"""The system and the images that every node has."""
_POD_BYTES = GIB // 4
_INODES = 41_942_464


def mountinfo() -> str:
    """Return the mounts of the first process that matter: the one disk, and what every node has besides."""
    return (
        "22 28 0:21 / /proc rw,nosuid,nodev,noexec,relatime shared:5 - proc proc rw\n"
        "28 1 259:2 / / rw,noatime shared:1 - xfs /dev/nvme0n1p1 rw,seclabel,attr2,inode64\n"
        "31 28 0:27 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup rw,seclabel\n"
    )


def statfs(pods: tuple[Pod, ...]) -> str:
    """Return the room of the one file system: mount point, total and free bytes, total and free inodes."""
    free = _ROOT_BYTES - _IMAGES_BYTES - len(pods) * _POD_BYTES
    return f"/ {_ROOT_BYTES} {free} {_INODES} {_INODES - 310_000 - 9_000 * len(pods)}\n"


def diskstats(node: FleetNode, seconds_ago: float) -> str:
    """Return /proc/diskstats, so many seconds before the last sample: some writes a second, and little to wait for."""
    up = uptime_seconds(node, seconds_ago)
    reads, writes = round(40_000 + up * 0.2), round(20_000 + up * 12)
    figures = (
        reads,
        12,
        reads * 40,
        reads // 2,
        writes,
        2_120,
        writes * 18,
        writes,
        0,
        writes // 2,
        reads // 2 + writes,
    )
    tail = " ".join(map(str, figures))
    return f" 259       0 nvme0n1 {tail} 0 0 0 0 0 0\n 259       2 nvme0n1p1 {tail} 0 0 0 0 0 0\n"


def serials(node: FleetNode) -> dict[str, str]:
    """Return the serial number of the disk below /sys: the id of its EBS volume."""
    return {"block/nvme0n1/device/serial": f"vol{digest(node.instance_id, 'volume')[:17]}\n"}
