"""The forecast of a node's memory: sources that ``diagnose`` makes from the history, for rules to read."""

from __future__ import annotations

from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.quantities import duration, size

DAY_SECONDS = 26 * 3_600
"""A day and two hours: a daily pattern is in it [inference]."""


@immutable
class Growth:
    """An ongoing rise in bytes per hour with its range; ``0 < low <= rate <= high``."""

    low_bytes_per_hour: float
    rate_bytes_per_hour: float
    high_bytes_per_hour: float
    span_seconds: float
    """The time that the readings cover."""
    readings: int

    @property
    def pace(self) -> str:
        """The range in words: ``96 MiB/h to 110 MiB/h (observed over 5 h)``."""
        slow, fast = f"{size(self.low_bytes_per_hour)}/h", f"{size(self.high_bytes_per_hour)}/h"
        return f"{fast if slow == fast else f'{slow} to {fast}'} (observed over {duration(self.span_seconds)})"


@immutable
class Forecast:
    """Whether a node loses memory steadily. None means "no rise"; "unknown" is said by ``reason``."""

    slab: Growth | None = None
    """Of unreclaimable slab."""
    loss: Growth | None = None
    """Of the loss of MemAvailable. Growing page cache is no loss: the kernel counts it as available."""
    remembered_seconds: float = 0.0
    """How far back the history since boot reaches: a daily pattern is known only after a day."""
    reason: str = ""
    """Why there is no forecast; empty if there are enough readings."""

    def believed(self) -> Forecast:
        """Return itself, or raise an AbsentError with the reason why there is no forecast."""
        if self.reason:
            raise AbsentError(self.reason)
        return self


@immutable
class Runway:
    """The time to exhaustion: until MemAvailable reaches the kubelet's eviction threshold at the current rate.

    ``hours_low <= hours <= hours_high``: noisy readings give a wide range.
    """

    hours_low: float
    hours: float
    hours_high: float | None
    """None if the slow end is beyond the forecast's limit."""
    limited_by: str
    """``slab_unreclaimable`` if SUnreclaim is at least half of the loss, else ``memory``."""
    text: str
    """The range in words: "in 6 to 9 h"."""
