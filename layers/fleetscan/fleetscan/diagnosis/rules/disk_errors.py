"""A disk returns errors, does not answer, or its file system found damage.

What it means: the kernel logged I/O errors of a block device, NVMe commands that were not answered in time, or errors
of the file system on it. On EC2 the disks are EBS volumes and instance stores.

Why it hurts: what reads or writes there fails or hangs. If it is the root volume, or the one with the container
runtime, it is the whole node: pods cannot start and the kubelet loses its state.

What to do: look at the EBS volume's status and at whether it was detached by force; an instance store that fails means
a new instance. If the node's own folders lie on it, drain and replace the node.

Source: eks-node-monitoring-agent's BlockDeviceIOError; node-problem-detector's IOError, Ext4Error and Ext4Warning;
Amazon EBS user guide, NVMe I/O operation timeout.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from fleetscan.capture.procfs.kernel_log import KernelEvent
from fleetscan.diagnosis.measures.block_devices import device_of, is_same_disk, volume_of, worker_filesystems
from fleetscan.diagnosis.measures.kernel_events import is_present, lines_in_a_day, recent_events
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.traits import Family
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import count, counted, duration

_NO_DISK = re.compile(r"(?:loop|fd|sr|ram|zram|nbd)[0-9]+")
"""A loop device reports errors when its file goes, and a drive for media when there is none in it."""


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_total: int = 1
    """Lines in 24 hours about one disk (eks-node-monitoring-agent BlockDeviceIOError)."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Sort the errors of the last 24 hours by disk: first the one that the worker lives on, then that of most lines."""
    events = recent_events(window, "io_error", "filesystem_error")
    disks = [(name, lines) for name, lines in _by_disk(events) if len(lines) >= limits.warning_total]
    if not disks:
        return None
    name, lines = max(disks, key=lambda disk: (bool(worker_filesystems(window, disk[0])), len(disk[1])))
    folders = worker_filesystems(window, name)
    is_critical = bool(folders) and is_present(lines[0])
    volume = volume_of(window, name)
    about = [f"EBS volume {volume}"] if volume else []
    about += [f"with {' and '.join(one.mountpoint for one in folders)}"] if folders else []
    least = "at least " if lines_in_a_day(window, events) > len(events) else ""
    others = "".join(f"; also {other} ({counted(len(some), 'line')})" for other, some in disks if other != name)
    return Evidence(
        severity=Severity.CRITICAL if is_critical else Severity.WARNING,
        text=f"{least}{count(len(lines))} {'line' if len(lines) == 1 else 'lines'} in the kernel log within 24 h about "
        f"{name}{f' ({", ".join(about)})' if about else ''}, the last {duration(lines[0].age_seconds)} ago: "
        f"{lines[0].text}{others}",
        measured=float(len(lines)),
        limit=float(limits.warning_total),
    )


def _by_disk(events: Sequence[KernelEvent]) -> list[tuple[str, list[KernelEvent]]]:
    """Return the lines of each disk, under the longest of its names; a line that names none is under "a disk"."""
    by_name: dict[str, list[KernelEvent]] = defaultdict(list)
    for event in events:
        device = device_of(event.text) or "a disk"
        if not _NO_DISK.fullmatch(device):
            by_name[device].append(event)
    found: list[tuple[str, list[KernelEvent]]] = []
    for name in sorted(by_name, key=lambda name: (-len(name), name)):
        same = next((lines for other, lines in found if is_same_disk(name, other)), None)
        if same is None:
            found.append((name, by_name[name]))
        else:
            same.extend(by_name[name])
            same.sort(key=lambda event: event.age_seconds)
    return found


RULE = Rule(
    id="disk_errors",
    severity=Severity.CRITICAL,
    title="Disk errors (I/O errors, NVMe timeouts, damaged file system)",
    remedy=(
        "    lsblk -o NAME,SERIAL,MOUNTPOINT\n"
        "Shows, on the node, which EBS volume the device is (its serial) and what is mounted from it.\n"
        "    aws ec2 describe-volume-status --volume-ids VOLUME_ID\n"
        "Shows whether AWS knows of a fault of the volume.\n"
        "    kubectl drain NODE --ignore-daemonsets --delete-emptydir-data\n"
        "Moves the pods to other nodes. Then replace the node, if it is its own volume."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.KERNEL_COMPLAINTS,
)
