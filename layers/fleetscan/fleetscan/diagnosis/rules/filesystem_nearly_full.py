"""A file system that the node writes is nearly full: of bytes, or of inodes.

What it means: of the root file system, the container runtime's or the kubelet's, less than 5% of the bytes or of the
inodes are left; or less than 40% are left and the earlier scans show that it is full within a day at its pace of the
last hours.

Why it hurts: below 10% (images: 15%) or 5% of the inodes the kubelet evicts pods and takes no new ones. When nothing
is left, no container starts, logs are lost, and the kubelet and the runtime cannot write their own state.

What to do: find what grew. Unused images are removed by the kubelet from 85% on; container logs, emptyDir volumes and
files in the writable layer of a container are not.

Source: node-mixin's NodeFilesystemAlmostOutOfSpace and NodeFilesystemAlmostOutOfFiles (5% and 3%),
NodeFilesystemSpaceFillingUp and NodeFilesystemFilesFillingUp (below 40% and full within 24 hours, below 20% and full
within 4); the kubelet's default hard eviction thresholds. The pace is a Theil-Sen slope over six hours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

from fleetscan.capture.procfs.filesystems import Filesystem, Filesystems
from fleetscan.diagnosis.measures.room import Filling, filling, inodes_free_ratio, space_free_ratio, writable
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.runway import words
from fleetscan.diagnosis.thresholds import AtMost
from fleetscan.diagnosis.traits import ROOM
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.model.memory import Reading
from fleetscan.quantities import count, duration, percent, size

SHOWN = 4
"""So many are named, the worst first."""


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_ratio: float = 0.05
    """Free bytes or inodes, below this share (node-mixin)."""
    critical_ratio: Annotated[float, AtMost("warning_ratio")] = 0.03
    """Free bytes or inodes, below this share, where little is left by number too (node-mixin)."""
    critical_bytes: int = 5 * 2**30
    """Free bytes, at most so many: a large image and its layers do not fit any more [inference]."""
    critical_inodes_total: int = 100_000
    """Free inodes, at most so many: a large image has as many files [inference]."""
    filling_ratio: float = 0.40
    """Below this share the pace counts (node-mixin)."""
    filling_hours: int = 24
    """Full within so many hours at that pace (node-mixin)."""
    critical_filling_ratio: Annotated[float, AtMost("filling_ratio")] = 0.20
    """Below this share the pace may be critical (node-mixin)."""
    critical_filling_hours: Annotated[int, AtMost("filling_hours")] = 4
    """Critical when full within so many hours (node-mixin)."""


DEFAULTS = Limits()


@immutable
class _Room:
    """What is left on one file system of bytes, or of inodes."""

    filesystem: Filesystem
    free_ratio: float
    free: int
    is_inodes: bool

    def is_critical(self, limits: Limits) -> bool:
        most = limits.critical_inodes_total if self.is_inodes else limits.critical_bytes
        return self.free_ratio < limits.critical_ratio and self.free <= most

    @property
    def words(self) -> str:
        one = self.filesystem
        what = ", ".join(word for word in (one.device, one.type) if word)
        device = f" ({what})" if what else ""
        if self.is_inodes:
            left = f"{count(self.free)} of {count(one.total_inodes or 0)} inodes left"
        else:
            left = f"{size(self.free)} of {size(one.total_bytes or 0)} left"
        return f"{one.mountpoint}{device} has {left} ({percent(self.free_ratio)})"


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare what is left with the thresholds, then look for a pace that leaves nothing."""
    space, inodes = _rooms(window)
    low = [one for one in (*space, *inodes) if one.free_ratio < limits.warning_ratio]
    if low:
        low.sort(key=lambda one: (not one.is_critical(limits), one.free_ratio))
        worst = low[0]
        is_critical = worst.is_critical(limits)
        limit = limits.critical_ratio if is_critical else limits.warning_ratio
        others = "".join(f"; {one.words}" for one in low[1:SHOWN])
        more = f"; and {len(low) - SHOWN} more" if len(low) > SHOWN else ""
        return Evidence(
            severity=Severity.CRITICAL if is_critical else Severity.WARNING,
            text=f"{worst.words}, below the threshold of {percent(limit)}{others}{more}",
            measured=worst.free_ratio,
            limit=limit,
        )
    found = [
        evidence
        for rooms, remembered in ((space, _remembered_space), (inodes, _remembered_inodes))
        if (evidence := _pace(window, rooms, remembered, limits)) is not None
    ]
    return min(found, key=lambda evidence: evidence.measured, default=None)


def _rooms(window: Window) -> tuple[Sequence[_Room], Sequence[_Room]]:
    """Return the room for bytes and for inodes, the fullest file system first."""
    filesystems = writable(window.last[Filesystems].filesystems)
    space = [
        _Room(filesystem=one, free_ratio=share, free=one.free_bytes or 0, is_inodes=False)
        for one in filesystems
        if (share := space_free_ratio(one)) is not None
    ]
    inodes = [
        _Room(filesystem=one, free_ratio=share, free=one.free_inodes or 0, is_inodes=True)
        for one in filesystems
        if (share := inodes_free_ratio(one)) is not None
    ]
    if not space:
        raise AbsentError("the free space of the file systems was not recorded")
    return sorted(space, key=_free_ratio), sorted(inodes, key=_free_ratio)


def _free_ratio(room: _Room) -> float:
    return room.free_ratio


def _pace(
    window: Window, rooms: Sequence[_Room], remembered: Callable[[Reading], float | None], limits: Limits
) -> Evidence | None:
    if not rooms or rooms[0].free_ratio >= limits.filling_ratio:
        return None
    fullest = rooms[0]
    pace = filling(window, fullest.free_ratio, remembered)
    if pace is None or pace.hours >= limits.filling_hours:
        return None
    is_critical = fullest.free_ratio < limits.critical_filling_ratio and pace.hours < limits.critical_filling_hours
    limit_hours = limits.critical_filling_hours if is_critical else limits.filling_hours
    return Evidence(
        severity=Severity.CRITICAL if is_critical else Severity.WARNING,
        text=f"{fullest.words} and is full {_when(pace)} at its pace of the last {duration(pace.span_seconds)} "
        f"(threshold {limit_hours} h)",
        measured=pace.hours,
        limit=float(limit_hours),
    )


def _when(pace: Filling) -> str:
    return words(pace.hours_low, pace.hours_high)


def _remembered_space(one: Reading) -> float | None:
    return one.space_free_ratio


def _remembered_inodes(one: Reading) -> float | None:
    return one.inodes_free_ratio


RULE = Rule(
    id="filesystem_nearly_full",
    severity=Severity.CRITICAL,
    title="File system nearly full (space or inodes)",
    remedy=(
        "    du -xh --max-depth=3 / 2>/dev/null | sort -rh | head -20\n"
        "Shows, on the node, which directories are the largest: images under /var/lib/containerd, logs under "
        "/var/log/pods, emptyDir volumes under /var/lib/kubelet/pods.\n"
        "    crictl rmi --prune\n"
        "Removes, on the node, the images that no container uses.\n"
        "    kubectl drain NODE --ignore-daemonsets --delete-emptydir-data\n"
        "Moves the pods and their emptyDir volumes away, if it cannot be freed in time. Give the node group a larger "
        "volume."
    ),
    limits=DEFAULTS,
    check=check,
    required=(ROOM,),
)
