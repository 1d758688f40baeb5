"""How long tasks waited for memory between the two samples, by PSI's running total (an average may lag)."""

from __future__ import annotations

from fleetscan.capture.procfs.pressure import Pressure
from fleetscan.model import Sample, Window

_MICROSECONDS = 1_000_000


def stalled_ratio(window: Window) -> float | None:
    """Return the share of the window, 0 to 1, in which some task waited for memory; None if it cannot be computed.

    That is: a sample has no total, the window has no length, or the total ran backwards.
    """
    first, last = _total(window.first), _total(window.last)
    if first is None or last is None or not window.seconds or window.seconds < 0 or last < first:
        return None
    return min(1.0, (last - first) / _MICROSECONDS / window.seconds)


def _total(sample: Sample) -> int | None:
    pressure = sample.get(Pressure)
    if pressure is None or pressure.memory is None or pressure.memory.some is None:
        return None
    return pressure.memory.some.total_microseconds
