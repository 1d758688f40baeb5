"""A file system can no longer be written: the kernel made it read-only, or shut it down, after an error.

What it means: the kernel found a damaged file system or a failing disk, and stopped all writes to protect the data.
Ext4 becomes read-only, as the mount table shows; XFS is shut down: it stands there as before, and every access fails.

Why it hurts: everything that writes there fails: logs, images, emptyDir volumes, the kubelet's own state. It does
not recover by itself.

What to do: if it is the root volume, drain and replace the node. If it is a pod's volume, stop the pod, check the
volume with fsck on another instance, and look at the EBS volume's status checks.

Source: ext4(5), mount option errors=remount-ro; fs/xfs/xfs_fsops.c, xfs_do_force_shutdown; node-problem-detector's
FilesystemIsReadOnly and XfsHasShutdown.
"""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan.capture.procfs.filesystems import Filesystem, Filesystems
from fleetscan.capture.procfs.kernel_log import KernelEvent
from fleetscan.diagnosis.measures.block_devices import (
    WORKER_FOLDERS,
    device_of,
    is_of_the_worker,
    is_same_disk,
    worker_filesystems,
)
from fleetscan.diagnosis.measures.kernel_events import is_present, recent_events
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.diagnosis.traits import WRITABLE, Family
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import duration

EVENTS_LIMIT = 1
"""One is enough (node-problem-detector FilesystemIsReadOnly, XfsHasShutdown)."""


def check(window: Window, _limits: NoLimits = NO_LIMITS) -> Evidence | None:
    """Look at what is read-only now, whatever the age of the error, then for errors of the last 24 hours."""
    found = window.last.get(Filesystems)
    mounted = () if found is None else found.filesystems
    try:
        events: Sequence[KernelEvent] = recent_events(window, "filesystem_readonly")
    except AbsentError:
        if not any(_is_read_only(one, mounted) for one in mounted):
            raise
        events = ()
    stopped = [one for one in mounted if _is_read_only(one, mounted)]
    if stopped:
        return _now(stopped, events)
    if len(events) < EVENTS_LIMIT:
        return None
    device = device_of(events[0].text)
    is_own = device is not None and bool(worker_filesystems(window, device))
    is_shut_down = events[0].text.startswith("XFS")
    is_critical = is_present(events[0]) or found is None or (is_own and is_shut_down)
    since = "" if is_critical or is_shut_down else "; no file system is read-only now"
    return Evidence(
        severity=Severity.CRITICAL if is_critical else Severity.WARNING,
        text=f"{duration(events[0].age_seconds)} ago the kernel logged: {events[0].text}{since}",
        measured=float(len(events)),
        limit=float(EVENTS_LIMIT),
    )


def _is_read_only(one: Filesystem, mounted: Sequence[Filesystem]) -> bool:
    """Whether it should be written and is not.

    Where the mount itself is read-only, somebody wanted it so, as Bottlerocket does for its root; but the folders of
    the kubelet and of the runtime must be written anyway, wherever they lie.
    """
    if not one.is_read_only:
        return False
    return not one.mount_is_read_only or any(_lies_in(folder, one, mounted) for folder in WORKER_FOLDERS)


def _lies_in(folder: str, one: Filesystem, mounted: Sequence[Filesystem]) -> bool:
    above = [other for other in mounted if f"{folder}/".startswith(f"{other.mountpoint.rstrip('/')}/")]
    return max(above, key=lambda other: len(other.mountpoint), default=None) == one


def _now(stopped: Sequence[Filesystem], events: Sequence[KernelEvent]) -> Evidence:
    worst = min(stopped, key=lambda one: (not is_of_the_worker(one), one.mountpoint))
    device = worst.device
    line = next((event for event in events if device and _is_about(event, device)), None)
    logged = "" if line is None else f"; {duration(line.age_seconds)} ago the kernel logged: {line.text}"
    named = ", ".join(f"{one.mountpoint} ({one.device or 'unknown device'})" for one in [worst, *_but(stopped, worst)])
    verb = "is" if len(stopped) == 1 else "are"
    return Evidence(
        severity=Severity.CRITICAL,
        text=f"{named} {verb} read-only now and should be written{logged}",
        measured=float(len(stopped)),
        limit=float(EVENTS_LIMIT),
    )


def _but(stopped: Sequence[Filesystem], worst: Filesystem) -> Sequence[Filesystem]:
    return [one for one in stopped if one is not worst]


def _is_about(event: KernelEvent, device: str) -> bool:
    named = device_of(event.text)
    return named is not None and is_same_disk(named, device)


RULE = Rule(
    id="filesystem_readonly",
    severity=Severity.CRITICAL,
    title="File system read-only or shut down after an error",
    remedy=(
        "    grep ' ro[ ,]' /proc/mounts\n"
        "    journalctl -k --since -24h | grep -i -E 'i/o error|ext4-fs error|xfs'\n"
        "Show, on the node, which file system it is and which errors came before.\n"
        "    kubectl drain NODE --ignore-daemonsets --delete-emptydir-data\n"
        "Moves the pods to other nodes. Then replace the node, if it is the root volume."
    ),
    limits=NO_LIMITS,
    check=check,
    family=Family.KERNEL_COMPLAINTS,
    required=(WRITABLE,),
)
