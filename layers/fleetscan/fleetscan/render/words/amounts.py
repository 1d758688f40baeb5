"""Numbers as a report shows them: those of ``fleetscan.quantities``, with ``-`` for what was not measured."""

from __future__ import annotations

from fleetscan import quantities

UNKNOWN = "-"
"""Shown for a value that was not measured. It is never shown as zero."""

count = quantities.counted
"""A number with its noun."""

_WHOLE_FROM = 100
"""Three digits are as precise as anybody reads."""


def size(amount_bytes: float | None) -> str:
    """Return a size such as ``2.1 GiB``, ``735 MiB`` or ``-``."""
    return UNKNOWN if amount_bytes is None else quantities.size(amount_bytes)


def short_size(amount_bytes: float | None) -> str:
    """Return a size in the width of a table column: ``2.1 G``, ``735 M`` or ``-``."""
    return size(amount_bytes).removesuffix("iB")


def percent(value_ratio: float | None) -> str:
    """Return a ratio in percent: ``54%``, ``1.8%`` or ``-``."""
    return UNKNOWN if value_ratio is None else quantities.percent(value_ratio)


def decimal(value: float | None) -> str:
    """Return a number with one decimal place below 100 and none above, or ``-``."""
    if value is None:
        return UNKNOWN
    return f"{value:.1f}" if value < _WHOLE_FROM else f"{value:.0f}"
