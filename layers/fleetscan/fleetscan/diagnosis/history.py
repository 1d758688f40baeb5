"""The history of one node: readings of earlier scans, fine for the last hours, coarse for two weeks.

``storage/history_codec.py`` encodes it; nothing here knows where it is stored. Readings of earlier boots are kept for
charts; an instance that was replaced is another node with another id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fleetscan.model.forecast import DAY_SECONDS
from fleetscan.model.memory import Reading, boot_mark, is_another_start
from fleetscan.model.readings import Readings

_HOUR = 3_600
_DAY = 24 * _HOUR

TIERS: tuple[tuple[int, int], ...] = (
    (3 * _HOUR, 240),
    (12 * _HOUR, _HOUR // 2),
    (3 * _DAY, 2 * _HOUR),
    (14 * _DAY, 8 * _HOUR),
)
"""Up to this age (seconds), one reading is kept in each slot of so many seconds. A scan every five minutes is in a slot
of its own for three hours; then half hours, two hours, and three readings a day. 129 slots in all."""

MOST_READINGS = 132
"""The slots and one more for each border between tiers."""

RECENT_SECONDS = _HOUR
"""How long counters and start times of services are kept: they show what happened since the last scan."""

ROOM_SECONDS = DAY_SECONDS
"""How long the free shares of file systems are kept: a forecast goes no further back than a day."""

QUIET_SECONDS = 15 * 60
"""The history of a node on which nothing changes is written this often: once in three scans (docs/adr/0009)."""

_SLACK_SECONDS = 60
"""Scans do not start punctually to the second."""

QUIET_RATIO = 0.0025
"""A change of the slab by more than this share of the memory is written at once. A leak that fills half of the memory
within half a day changes it by 0.35% in five minutes, healthy slab by 0.1% [inference]."""

QUIET_AVAILABLE_RATIO = 0.05
"""The same for MemAvailable, which changes all the time as pods work [inference]."""

QUIET_ROOM_RATIO = 0.01
"""The same for the free shares of file systems: five hours of it fill what a warning of them begins with
[inference]."""

LARGEST_SIZE_BYTES = 2**56
"""No machine has more; a larger value is wrong and is not stored."""

LARGEST_COUNT = 2**63

_FIRST_ALLOWANCE = 5
"""Where the counters of allowances begin among those of a reading."""

_NO_COUNTERS = Reading(at_epoch_seconds=0).counters


def reading(readings: Readings, at_epoch_seconds: float) -> Reading:
    """Return what is kept of a node's readings."""
    stalled = readings.memory_some_avg60_percent
    return Reading(
        at_epoch_seconds=int(at_epoch_seconds),
        boot_id=boot_mark(readings.boot_id),
        memory_total_bytes=_bounded(readings.memory_total_bytes, LARGEST_SIZE_BYTES),
        memory_available_bytes=_bounded(readings.memory_available_bytes, LARGEST_SIZE_BYTES),
        slab_unreclaimable_bytes=_bounded(readings.slab_unreclaimable_bytes, LARGEST_SIZE_BYTES),
        memory_some_avg60_percent=None if stalled is None else min(100, round(stalled)),
        space_free_ratio=readings.space_free_ratio,
        inodes_free_ratio=readings.inodes_free_ratio,
        oom_kills_total=_bounded(readings.oom_kills_total, LARGEST_COUNT),
        swapped_in_pages=_bounded(readings.swapped_in_pages, LARGEST_COUNT),
        swapped_out_pages=_bounded(readings.swapped_out_pages, LARGEST_COUNT),
        kubelet_started_seconds=_bounded(readings.kubelet_started_seconds, LARGEST_COUNT),
        containerd_started_seconds=_bounded(readings.containerd_started_seconds, LARGEST_COUNT),
        bandwidth_in_exceeded_total=_bounded(readings.bandwidth_in_exceeded_total, LARGEST_COUNT),
        bandwidth_out_exceeded_total=_bounded(readings.bandwidth_out_exceeded_total, LARGEST_COUNT),
        packets_exceeded_total=_bounded(readings.packets_exceeded_total, LARGEST_COUNT),
        conntrack_exceeded_total=_bounded(readings.conntrack_exceeded_total, LARGEST_COUNT),
        linklocal_exceeded_total=_bounded(readings.linklocal_exceeded_total, LARGEST_COUNT),
    )


def remember(readings: Sequence[Reading], new: Reading) -> tuple[Reading, ...]:
    """Return the history with one more reading, thinned. Readings from the future are dropped."""
    return thinned([*(old for old in readings if old.at_epoch_seconds < new.at_epoch_seconds), new])


def is_due(readings: Sequence[Reading], new: Reading) -> bool:
    """Return whether a reading must be written: enough time has passed, or something changed since the last one."""
    if not readings:
        return True
    last = readings[-1]
    return (
        new.at_epoch_seconds - last.at_epoch_seconds >= QUIET_SECONDS - _SLACK_SECONDS
        or new.at_epoch_seconds <= last.at_epoch_seconds
        or _differs(last, new)
        or _has_moved(last.slab_unreclaimable_bytes, new.slab_unreclaimable_bytes, new, QUIET_RATIO)
        or _has_moved(last.memory_available_bytes, new.memory_available_bytes, new, QUIET_AVAILABLE_RATIO)
        or _has_shifted(last.space_free_ratio, new.space_free_ratio)
        or _has_shifted(last.inodes_free_ratio, new.inodes_free_ratio)
    )


def thinned(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """Return readings ordered by time with one left in each slot, the oldest; the newest reading is always kept.

    Slots stand still in time, so that thinning again takes nothing more.
    """
    if not readings:
        return ()
    newest = readings[-1]
    kept: dict[tuple[int, int, str | None], Reading] = {}
    for one in readings[:-1]:
        age_seconds = newest.at_epoch_seconds - one.at_epoch_seconds
        slot_seconds = next((slot for oldest, slot in TIERS if age_seconds <= oldest), None)
        if slot_seconds is not None:
            key = (slot_seconds, one.at_epoch_seconds // slot_seconds, one.boot_id)
            kept.setdefault(key, _faded(one, age_seconds))
    return (*list(kept.values())[-(MOST_READINGS - 1) :], newest)


def _faded(one: Reading, age_seconds: float) -> Reading:
    """Return a reading without what is not kept at its age."""
    if age_seconds > ROOM_SECONDS and (one.space_free_ratio, one.inodes_free_ratio) != (None, None):
        one = replace(one, space_free_ratio=None, inodes_free_ratio=None)
    return one if age_seconds <= RECENT_SECONDS else _without_counters(one)


def _without_counters(one: Reading) -> Reading:
    if one.counters == _NO_COUNTERS:
        return one
    return replace(
        one,
        oom_kills_total=None,
        swapped_in_pages=None,
        swapped_out_pages=None,
        kubelet_started_seconds=None,
        containerd_started_seconds=None,
        bandwidth_in_exceeded_total=None,
        bandwidth_out_exceeded_total=None,
        packets_exceeded_total=None,
        conntrack_exceeded_total=None,
        linklocal_exceeded_total=None,
    )


def _differs(last: Reading, new: Reading) -> bool:
    """Return whether a value changed that stays constant on a quiet node."""
    if any(is_another_start(before, after) for before, after in zip(_starts(last), _starts(new), strict=True)):
        return True
    return _constants(last) != _constants(new)


def _constants(one: Reading) -> tuple[object, ...]:
    """Return what stays the same. MemTotal is remembered rounded, so only whether it is known counts."""
    is_known = (start is not None for start in _starts(one))
    return (one.boot_id, one.memory_total_bytes is None, one.oom_kills_total, *_allowances(one), *is_known)


def _starts(one: Reading) -> tuple[int | None, int | None]:
    return one.kubelet_started_seconds, one.containerd_started_seconds


def _allowances(one: Reading) -> tuple[int | None, ...]:
    return one.counters[_FIRST_ALLOWANCE:]


def _has_shifted(before: float | None, after: float | None) -> bool:
    if before is None or after is None:
        return (before is None) is not (after is None)
    return abs(after - before) > QUIET_ROOM_RATIO


def _has_moved(before: int | None, after: int | None, new: Reading, ratio: float) -> bool:
    if before is None or after is None or new.memory_total_bytes is None:
        return (before is None) is not (after is None)
    limit_bytes: float = ratio * new.memory_total_bytes
    return abs(after - before) > limit_bytes


def _bounded(value: int | None, most: int) -> int | None:
    return value if value is not None and value < most else None
