"""A node before and after, in the five numbers that show that a remedy worked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fleetscan.model.episode import ChangeKind, Event
from fleetscan.model.finding import Cause
from fleetscan.model.readings import Readings
from fleetscan.render import amounts

BEFORE, AFTER = "before", "after"

_MIB = 1 << 20
_ROWS: Sequence[tuple[str, Callable[[Readings], str]]] = (
    ("Slab (SUnreclaim)", lambda readings: _mebibytes(readings.slab_unreclaimable_bytes)),
    ("MemFree", lambda readings: _mebibytes(readings.memory_free_bytes)),
    ("MemAvailable", lambda readings: _mebibytes(readings.memory_available_bytes)),
    ("Memory pressure", lambda readings: _exact(readings.memory_some_avg60_percent, " %")),
    ("Load average", lambda readings: _exact(readings.load1)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One node that resolved episodes were worst on."""

    host: str
    before: Readings
    after: Readings | None
    """None when the node is gone."""
    rules: tuple[str, ...]
    """What was resolved there, worst first."""


def rows(before: Readings, after: Readings | None) -> list[tuple[str, str, str]]:
    """Return label, before and after; a dash where it was not measured, and everywhere on a node that is gone."""
    return [(label, value(before), value(after) if after else amounts.UNKNOWN) for label, value in _ROWS]


def comparisons(events: Sequence[Event]) -> list[Comparison]:
    """Return one comparison for each node on which a resolved episode was at its worst.

    Several on one node share it; the worst of them, one with a known cause first, says what was before.
    """
    resolved: dict[str, list[Event]] = {}
    for event in sorted(events, key=_weight):
        if event.kind is ChangeKind.RESOLVED:
            resolved.setdefault(event.episode.worst.instance_id, []).append(event)
    return [
        Comparison(
            host=those[0].episode.worst.host,
            before=those[0].episode.worst.readings,
            after=those[0].episode.after,
            rules=tuple(dict.fromkeys(event.episode.fingerprint.rule for event in those)),
        )
        for those in resolved.values()
    ]


def _weight(event: Event) -> tuple[int, bool]:
    episode = event.episode
    return (-episode.worst.severity.rank, episode.fingerprint.cause is Cause.UNATTRIBUTED)


def _mebibytes(amount_bytes: int | None) -> str:
    """Return whole MiB whatever the size, so that before and after can be compared digit by digit."""
    return amounts.UNKNOWN if amount_bytes is None else f"{amount_bytes / _MIB:,.0f} MiB"


def _exact(value: float | None, unit: str = "") -> str:
    return amounts.UNKNOWN if value is None else f"{value:.2f}{unit}"
