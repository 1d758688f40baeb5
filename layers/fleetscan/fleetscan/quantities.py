"""Quantities as people read them: sizes, shares, counts and times, in the sentences that rules write.

Every function is total over finite numbers; a negative amount keeps its sign.
"""

from __future__ import annotations

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_LAST_UNIT = len(_UNITS) - 1
_STEP = 1024
_ROUNDS_TO_A_STEP = _STEP - 0.5
_ONE_DECIMAL_BELOW = 10
"""From 10 on a decimal place tells a reader nothing; below it, 2.1 GiB and 2.9 GiB must differ."""

_YEAR_DAYS = 365
_TIMES = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def size(amount_bytes: float) -> str:
    """Return bytes in the largest binary unit that leaves at least 1: ``2.1 GiB``, ``735 MiB``, ``512 B``."""
    value, step = float(amount_bytes), 0
    while abs(value) >= _ROUNDS_TO_A_STEP and step < _LAST_UNIT:
        value /= _STEP
        step += 1
    if step and round(abs(value), 1) < _ONE_DECIMAL_BELOW:
        return f"{value:.1f} {_UNITS[step]}"
    return f"{value:.0f} {_UNITS[step]}"


def ratio(part: float | None, whole: float | None) -> float | None:
    """Return part of whole, or None when either is unknown or the whole is nothing."""
    if part is None or whole is None or whole <= 0:
        return None
    return part / whole


def percent(value_ratio: float) -> str:
    """Return a ratio in percent, with one decimal place below 10%: 0.544 is ``54%``, 0.0181 is ``1.8%``."""
    value = value_ratio * 100
    return f"{value:.1f}%" if value and round(abs(value), 1) < _ONE_DECIMAL_BELOW else f"{value:.0f}%"


def count(number: int) -> str:
    """Return a whole number with its thousands parted: ``1,657,980``."""
    return f"{number:,}"


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: ``1 node``, ``1,600 nodes``."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def age(seconds: float) -> str:
    """Return how old something is as kubectl writes it: ``2y326d``, ``41d``, ``5h``, ``12m``."""
    minutes = max(int(seconds // 60), 0)
    days = minutes // 1_440
    if days >= _YEAR_DAYS:
        years, rest = divmod(days, _YEAR_DAYS)
        return f"{years}y{rest}d" if rest else f"{years}y"
    if days:
        return f"{days}d"
    return f"{minutes // 60}h" if minutes >= 60 else f"{minutes}m"  # noqa: PLR2004 - an hour


def duration(seconds: float) -> str:
    """Return a time in its two largest units: ``3 d 4 h``, ``12 min 5 s``, ``8 s``; below a second ``0 s``."""
    left = int(abs(seconds))
    parts: list[str] = []
    for unit, unit_seconds in _TIMES:
        amount, left = divmod(left, unit_seconds)
        if parts or amount:
            parts.append(f"{amount} {unit}" if amount else "")
    sign = "-" if seconds < 0 and parts else ""
    return sign + (" ".join(part for part in parts[:2] if part) or "0 s")
