"""The history of one node: readings of earlier scans, small enough to keep two weeks of them."""

from __future__ import annotations

import re

from fleetscan.immutable import immutable

START_TOLERANCE_SECONDS = 3
"""A start is uptime less age, each read at its own moment and rounded."""

_BOOT = re.compile(r"[0-9a-f]{8}(?=-|$)")


@immutable
class Reading:
    """One node at the time of one scan. None means not measured, or, of a counter, no longer kept."""

    at_epoch_seconds: int
    boot_id: str | None = None
    """The first eight hexadecimal digits of the kernel's boot id: enough to tell the boots of one node apart."""
    memory_total_bytes: int | None = None
    memory_available_bytes: int | None = None
    slab_unreclaimable_bytes: int | None = None
    memory_some_avg60_percent: int | None = None
    space_free_ratio: float | None = None
    """Of the fullest file system that a worker writes. This and the next are kept for a day and two hours."""
    inodes_free_ratio: float | None = None
    oom_kills_total: int | None = None
    """This and the following are kept for an hour: they show what happened since the last scan."""
    swapped_in_pages: int | None = None
    swapped_out_pages: int | None = None
    kubelet_started_seconds: int | None = None
    """Uptime at which the running kubelet started; it changes with every restart. Exact to a second or two."""
    containerd_started_seconds: int | None = None
    bandwidth_in_exceeded_total: int | None = None
    """This and the following are packets beyond an allowance of the instance, over all interfaces since the driver was
    loaded."""
    bandwidth_out_exceeded_total: int | None = None
    packets_exceeded_total: int | None = None
    conntrack_exceeded_total: int | None = None
    linklocal_exceeded_total: int | None = None

    @property
    def counters(self) -> tuple[int | None, ...]:
        """What is kept for an hour only, in the order of the fields."""
        return (
            self.oom_kills_total,
            self.swapped_in_pages,
            self.swapped_out_pages,
            self.kubelet_started_seconds,
            self.containerd_started_seconds,
            self.bandwidth_in_exceeded_total,
            self.bandwidth_out_exceeded_total,
            self.packets_exceeded_total,
            self.conntrack_exceeded_total,
            self.linklocal_exceeded_total,
        )


@immutable
class History:
    """The history of one node: a source like any other, absent if no history is kept."""

    at_epoch_seconds: int
    """The time of the current scan, from which ages are counted."""
    readings: tuple[Reading, ...] = ()
    """Oldest first, of every boot, older ones sparser; the current scan's reading is not among them."""
    problem: str = ""
    """Why no reading is available although some were stored: damaged or written by another version."""


def boot_mark(boot_id: str | None) -> str | None:
    """Return the first eight hexadecimal digits of a boot id, None for what is none."""
    found = None if boot_id is None else _BOOT.match(boot_id)
    return None if found is None else found.group()


def is_another_start(before: int | None, after: int | None) -> bool:
    """Return whether two starts are known and not the same one."""
    return before is not None and after is not None and abs(after - before) > START_TOLERANCE_SECONDS
