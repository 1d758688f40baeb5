"""A node before and after, in the five numbers that show whether a remedy worked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fleetscan.immutable import immutable
from fleetscan.model.episode import ChangeKind, Event
from fleetscan.model.finding import Cause
from fleetscan.model.readings import Readings
from fleetscan.quantities import ratio
from fleetscan.render.words import amounts

BEFORE, AFTER = "before", "after"

_MIB = 1 << 20


@immutable(kw_only=False)
class _Row:
    """One of the five numbers: how it is read, how it is shown, and its maximum."""

    label: str
    value: Callable[[Readings], float | None]
    words: Callable[[float], str]
    whole: Callable[[Readings], float | None] = lambda _: None
    """What a bar is a share of; None where the larger of the two numbers has to do."""


def _mebibytes(amount_bytes: float) -> str:
    """Return whole MiB whatever the size, so that before and after can be compared digit by digit."""
    return f"{amount_bytes / _MIB:,.0f} MiB"


_ROWS: Sequence[_Row] = (
    _Row("Slab (SUnreclaim)", lambda one: one.slab_unreclaimable_bytes, _mebibytes, lambda one: one.memory_total_bytes),
    _Row("MemFree", lambda one: one.memory_free_bytes, _mebibytes, lambda one: one.memory_total_bytes),
    _Row("MemAvailable", lambda one: one.memory_available_bytes, _mebibytes, lambda one: one.memory_total_bytes),
    _Row("Memory pressure", lambda one: one.memory_some_avg60_percent, lambda value: f"{value:.2f}%", lambda _: 100.0),
    _Row("Load average", lambda one: one.load1, lambda value: f"{value:.2f}"),
)


@immutable
class Comparison:
    """One node that resolved findings were worst on."""

    host: str
    instance_id: str
    before: Readings
    after: Readings | None
    """None when the node is gone."""
    rules: tuple[str, ...]
    """What was resolved there, worst first."""


def rows(before: Readings, after: Readings | None) -> list[tuple[str, str, str]]:
    """Return label, before and after; a dash where it was not measured, and everywhere on a node that is gone."""
    return [(row.label, _said(row, before), _said(row, after)) for row in _ROWS]


def shares(before: Readings, after: Readings | None) -> list[tuple[float | None, float | None]]:
    """Return, for each row, how long the two bars are, from 0 to 1; None for what was not measured."""
    return [_shares(row, before, after) for row in _ROWS]


def _shares(row: _Row, before: Readings, after: Readings | None) -> tuple[float | None, float | None]:
    first, second = row.value(before), row.value(after) if after else None
    whole = row.whole(before) or max(first or 0.0, second or 0.0)
    return ratio(first, whole), ratio(second, whole)


def _said(row: _Row, readings: Readings | None) -> str:
    value = row.value(readings) if readings else None
    return amounts.UNKNOWN if value is None else row.words(value)


def comparisons(events: Sequence[Event]) -> list[Comparison]:
    """Return one comparison for each node on which a resolved finding was at its worst.

    Several on one node share it; the worst of them, one with a known cause first, says what was before.
    """
    resolved: dict[str, list[Event]] = {}
    for event in sorted(events, key=_weight):
        if event.kind is ChangeKind.RESOLVED:
            resolved.setdefault(event.episode.worst.instance_id, []).append(event)
    return [
        Comparison(
            host=those[0].episode.worst.host,
            instance_id=those[0].episode.worst.instance_id,
            before=those[0].episode.worst.readings,
            after=those[0].episode.after,
            rules=tuple(dict.fromkeys(event.episode.fingerprint.rule for event in those)),
        )
        for those in resolved.values()
    ]


def _weight(event: Event) -> tuple[int, bool]:
    episode = event.episode
    return (-episode.worst.severity.rank, episode.fingerprint.cause is Cause.UNATTRIBUTED)
