"""Encodes the history of a node (its newest readings) in at most 960 bytes, so that a node is one DynamoDB write unit.

    version, quantum, count, time of the first reading, then column by column
        time          steps of 15 s since the reading before
        boot, memory  run-length encoded: number of readings with this boot id and MemTotal
        slab, available, pressure
        free space and inodes, of the newest readings only, run-length encoded
        counters      of the newest readings only, run-length encoded
    and a checksum at the end.

A number is a varint (seven bits a byte, as in Protocol Buffers), a column holds differences, and 0 stands for None.
Sizes are rounded to a 16,384th of the node's memory, free shares to a 500th. Bytes that cannot be decoded are an empty
history, with the reason. What version 1 wrote is read: it has no free shares, five counters, and those not run-length
encoded.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from fleetscan.diagnosis.history import LARGEST_COUNT, LARGEST_SIZE_BYTES, MOST_READINGS
from fleetscan.model.memory import Reading

VERSION = 2

OLDER_VERSION = 1
"""Read still, and written by nobody any more."""

MAX_BYTES = 960
"""With its keys (55 bytes) an item is within 1,024: one write unit. Oldest readings are dropped first."""

TIME_STEP_SECONDS = 15
"""Resolution of times."""

FINEST_SHIFT = 16
"""Smallest step of sizes: 64 KiB."""

STEPS_BITS = 14
"""A node's memory is divided into at most so many bits of steps: 256 KiB each at 4 GiB, 64 MiB at 1 TiB. Noise of a few
percent then takes two bytes, and the room of the disks has a place."""

ROOM_STEPS = 500
"""Steps of a free share: 0.2%, or 40 MiB of a root volume of 20 GiB."""

_CHECKSUM_BYTES = 4
_OLDER_COUNTERS = 5
_COUNTERS = 10
_LARGEST_BOOT = 0xFFFF_FFFF
_LONGEST_SHIFT = 63
_SEVEN = 0x7F
_MORE = 0x80


class _DamageError(Exception):
    """The bytes are not a valid history."""


def encode(readings: Sequence[Reading]) -> bytes:
    """Encode readings in at most 960 bytes; the oldest are dropped if they do not fit."""
    kept = list(readings)[-MOST_READINGS:]
    while len(data := _encode(kept)) > MAX_BYTES and len(kept) > 1:
        kept = kept[max(1, len(kept) // 16) :]
    return data


def decode(data: bytes) -> tuple[tuple[Reading, ...], str]:
    """Return the readings and "", or none and the reason why they cannot be decoded; never raises."""
    if not data:
        return (), "the stored history is empty"
    if len(data) > MAX_BYTES:
        return (), f"the stored history has {len(data)} bytes, more than {MAX_BYTES}"
    body, checksum = data[:-_CHECKSUM_BYTES], data[-_CHECKSUM_BYTES:]
    if zlib.crc32(body).to_bytes(_CHECKSUM_BYTES) != checksum:
        return (), "the stored history is damaged: its checksum is wrong"
    if body[:1] not in (bytes([VERSION]), bytes([OLDER_VERSION])):
        return (), f"the stored history was written by another version ({body[0] if body else 'none'}, not {VERSION})"
    try:
        return _decode(body), ""
    except (_DamageError, OverflowError) as error:
        return (), f"the stored history is damaged: {error}"


def _encode(readings: Sequence[Reading]) -> bytes:
    shift = _shift(readings)
    times = [round(one.at_epoch_seconds / TIME_STEP_SECONDS) for one in readings]
    recent = _from_first(readings, _has_counters)
    out = bytearray([VERSION, shift])
    _put(out, len(readings))
    before = 0
    for time in times:
        _put(out, max(0, time - before))
        before = max(time, before)
    runs = [(key, len(list(run))) for key, run in groupby(readings, lambda one: (one.boot_id, one.memory_total_bytes))]
    for (boot_id, total_bytes), length in runs:
        _put(out, length)
        _put(out, 0 if boot_id is None else 1 + int(boot_id, 16))
        _put(out, 0 if total_bytes is None else 1 + _steps(total_bytes, shift))
    _put_column(out, [_optional_steps(one.slab_unreclaimable_bytes, shift) for one in readings])
    _put_column(out, [_optional_steps(one.memory_available_bytes, shift) for one in readings])
    for one in readings:
        _put(out, 0 if one.memory_some_avg60_percent is None else 1 + one.memory_some_avg60_percent)
    roomy = _from_first(readings, _has_room)
    _put(out, len(roomy))
    if roomy:
        _put_runs(out, [_room_steps(one.space_free_ratio) for one in roomy])
        _put_runs(out, [_room_steps(one.inodes_free_ratio) for one in roomy])
    _put(out, len(recent))
    for column in zip(*(one.counters for one in recent), strict=True):
        _put_runs(out, column)
    return bytes(out) + zlib.crc32(out).to_bytes(_CHECKSUM_BYTES)


def _decode(body: bytes) -> tuple[Reading, ...]:
    numbers = _Reader(body, start=2)
    shift = body[1] if len(body) > 1 else 0
    if not FINEST_SHIFT <= shift <= LARGEST_SIZE_BYTES.bit_length():
        raise _DamageError(f"sizes in steps of 2^{shift} bytes")
    count = numbers.bounded(MOST_READINGS, "readings")
    times, time = [], 0
    for _ in range(count):
        time += numbers.take()
        times.append(numbers.limited(time * TIME_STEP_SECONDS))
    boots = list(_runs(numbers, count, shift))
    slab = [numbers.size(value, shift) for value in numbers.column(count)]
    available = [numbers.size(value, shift) for value in numbers.column(count)]
    pressure = [None if (value := numbers.bounded(101, "percent")) == 0 else value - 1 for _ in range(count)]
    is_older = body[0] == OLDER_VERSION
    space, inodes = _room(numbers, count) if not is_older else ([None] * count, [None] * count)
    recent = numbers.bounded(count, "recent readings")
    empty: list[int | None] = [None] * (count - recent)
    kept = _OLDER_COUNTERS if is_older else _COUNTERS
    column = numbers.column if is_older else numbers.runs
    counters = [empty + column(recent) if recent and index < kept else [None] * count for index in range(_COUNTERS)]
    numbers.end()
    return tuple(
        Reading(
            at_epoch_seconds=times[index],
            boot_id=boots[index][0],
            memory_total_bytes=boots[index][1],
            memory_available_bytes=available[index],
            slab_unreclaimable_bytes=slab[index],
            memory_some_avg60_percent=pressure[index],
            space_free_ratio=space[index],
            inodes_free_ratio=inodes[index],
            oom_kills_total=counters[0][index],
            swapped_in_pages=counters[1][index],
            swapped_out_pages=counters[2][index],
            kubelet_started_seconds=counters[3][index],
            containerd_started_seconds=counters[4][index],
            bandwidth_in_exceeded_total=counters[5][index],
            bandwidth_out_exceeded_total=counters[6][index],
            packets_exceeded_total=counters[7][index],
            conntrack_exceeded_total=counters[8][index],
            linklocal_exceeded_total=counters[9][index],
        )
        for index in range(count)
    )


def _runs(numbers: _Reader, count: int, shift: int) -> Iterator[tuple[str | None, int | None]]:
    """Yield boot id and MemTotal of each reading."""
    left = count
    while left:
        length = numbers.bounded(left, "readings of a boot")
        if not length:
            raise _DamageError("a boot without readings")
        boot = numbers.bounded(_LARGEST_BOOT + 1, "boots")
        boot_id = f"{boot - 1:08x}" if boot else None
        total = numbers.take()
        total_bytes = numbers.size(total - 1, shift) if total else None
        for _ in range(length):
            yield boot_id, total_bytes
        left -= length


def _room(numbers: _Reader, count: int) -> tuple[list[float | None], list[float | None]]:
    """Return the free shares of space and of inodes of each reading."""
    newest = numbers.bounded(count, "readings with room")
    empty: list[float | None] = [None] * (count - newest)
    if not newest:
        return empty, empty
    space, inodes = numbers.runs(newest), numbers.runs(newest)
    return empty + [_free_ratio(steps) for steps in space], empty + [_free_ratio(steps) for steps in inodes]


def _free_ratio(steps: int | None) -> float | None:
    if steps is not None and steps > ROOM_STEPS:
        raise _DamageError("a share is above 1")
    return None if steps is None else steps / ROOM_STEPS


class _Reader:
    """Reads numbers one after the other, within bounds."""

    def __init__(self, data: bytes, start: int) -> None:
        self._left = iter(_varints(data, start))

    def take(self) -> int:
        value = next(self._left, None)
        if value is None:
            raise _DamageError("it is truncated")
        return value

    def bounded(self, most: int, name: str) -> int:
        value = self.take()
        if value > most:
            raise _DamageError(f"more than {most} {name}")
        return value

    def limited(self, value: int) -> int:
        if not 0 <= value <= LARGEST_COUNT:
            raise _DamageError("a number is out of range")
        return value

    def column(self, count: int) -> list[int | None]:
        values: list[int | None] = []
        last = 0
        for _ in range(count):
            code = self.take()
            if code:
                folded = code - 1
                last = self.limited(last + (folded >> 1 ^ -(folded & 1)))
                values.append(last)
            else:
                values.append(None)
        return values

    def runs(self, count: int) -> list[int | None]:
        """Return a column of runs: a difference, or None, and how often it is repeated where it is."""
        values: list[int | None] = []
        last = 0
        while len(values) < count:
            code = self.take()
            length = 1 + self.bounded(count - len(values) - 1, "equal readings") if code & 1 else 1
            if code >> 1:
                folded = (code >> 1) - 1
                last = self.limited(last + (folded >> 1 ^ -(folded & 1)))
            values.extend([last if code >> 1 else None] * length)
        return values

    def size(self, steps: int | None, shift: int) -> int | None:
        return None if steps is None else self.limited(steps << shift)

    def end(self) -> None:
        if next(self._left, None) is not None:
            raise _DamageError("there are extra bytes at its end")


def _varints(data: bytes, start: int) -> list[int]:
    """Return the numbers of a body; a truncated one, or one longer than 64 bits, is damage."""
    numbers: list[int] = []
    value = shift = 0
    for byte in data[start:]:
        value |= (byte & _SEVEN) << shift
        if byte < _MORE:
            numbers.append(value)
            value = shift = 0
        else:
            shift += 7
            if shift > _LONGEST_SHIFT:
                raise _DamageError("a number is too long")
    if shift:
        raise _DamageError("its last number is truncated")
    return numbers


def _put(out: bytearray, value: int) -> None:
    while value > _SEVEN:
        out.append(value & _SEVEN | _MORE)
        value >>= 7
    out.append(value)


def _put_column(out: bytearray, values: Sequence[int | None]) -> None:
    """Write each as its difference to the one before, zigzag-encoded so that small ones of either sign are short."""
    last = 0
    for value in values:
        _put(out, _code(value, last))
        last = last if value is None else value


def _put_runs(out: bytearray, values: Sequence[int | None]) -> None:
    """Write each run of equal values once; the lowest bit says whether its length less one follows."""
    last = 0
    for value, run in groupby(values):
        more = len(list(run)) - 1
        _put(out, 2 * _code(value, last) + (more > 0))
        if more:
            _put(out, more)
        last = last if value is None else value


def _code(value: int | None, last: int) -> int:
    """Return 0 for None, else the difference to the value before."""
    if value is None:
        return 0
    difference = value - last
    return 1 + (2 * difference if difference >= 0 else -2 * difference - 1)


def _shift(readings: Sequence[Reading]) -> int:
    """Return the power of two that sizes are rounded to: it divides the largest size into at most 16,384 steps.

    The largest size is first rounded up to a power of two, so that encoding again does not round again.
    """
    sizes = (
        size or 0
        for one in readings
        for size in (one.memory_total_bytes, one.memory_available_bytes, one.slab_unreclaimable_bytes)
    )
    return max(FINEST_SHIFT, max(0, max(sizes, default=0) - 1).bit_length() - STEPS_BITS)


def _steps(size_bytes: int, shift: int) -> int:
    return (size_bytes + (1 << shift >> 1)) >> shift


def _optional_steps(size_bytes: int | None, shift: int) -> int | None:
    return None if size_bytes is None else _steps(size_bytes, shift)


def _room_steps(free_ratio: float | None) -> int | None:
    return None if free_ratio is None else round(min(1.0, max(0.0, free_ratio)) * ROOM_STEPS)


def _has_room(one: Reading) -> bool:
    return one.space_free_ratio is not None or one.inodes_free_ratio is not None


def _has_counters(one: Reading) -> bool:
    return any(value is not None for value in one.counters)


def _from_first(readings: Sequence[Reading], has: Callable[[Reading], bool]) -> Sequence[Reading]:
    """Return the readings from the first one that has something."""
    first = next((index for index, one in enumerate(readings) if has(one)), None)
    return () if first is None else readings[first:]
