"""What the past of a node says of its future: sources that ``diagnose`` makes from the history, for rules to ask."""

from __future__ import annotations

from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.quantities import duration, size

DAY_SECONDS = 26 * 3_600
"""A day and a little: what happens every day is in it [inference]."""


@immutable
class Growth:
    """A rise that goes on, in bytes an hour with its range; ``0 < low <= rate <= high``."""

    low_bytes_per_hour: float
    rate_bytes_per_hour: float
    high_bytes_per_hour: float
    span_seconds: float
    """How far back the readings reach that say so."""
    readings: int

    @property
    def pace(self) -> str:
        """The range in words: ``96 MiB/h to 110 MiB/h (observed over 5 h)``."""
        slow, fast = f"{size(self.low_bytes_per_hour)}/h", f"{size(self.high_bytes_per_hour)}/h"
        return f"{fast if slow == fast else f'{slow} to {fast}'} (observed over {duration(self.span_seconds)})"


@immutable
class Forecast:
    """Whether a node loses memory steadily. None is "no such rise", which is something else than "not known"."""

    slab: Growth | None = None
    """Of unreclaimable slab."""
    loss: Growth | None = None
    """Of what MemAvailable loses. Page cache that grows is no loss: the kernel counts it as available."""
    remembered_seconds: float = 0.0
    """How far back the running boot is remembered: what happens every day is known only after a day."""
    reason: str = ""
    """Why nothing can be foretold; empty where the readings suffice."""

    def believed(self) -> Forecast:
        """Return itself, or raise an AbsentError with the reason why nothing can be foretold."""
        if self.reason:
            raise AbsentError(self.reason)
        return self


@immutable
class Runway:
    """How long until MemAvailable reaches the floor at which the kubelet evicts, if all goes on as it does.

    ``hours_low <= hours <= hours_high``: the range is as wide as the readings are noisy.
    """

    hours_low: float
    hours: float
    hours_high: float | None
    """None where the slow end lies beyond what can be foretold."""
    limited_by: str
    """``slab_unreclaimable`` where the kernel's slab is at least half of what is lost, else ``memory``."""
    text: str
    """The range in words: "in 6 to 9 h"."""
