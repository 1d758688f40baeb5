"""The finding history and what changed, as plain values for JSON."""

from __future__ import annotations

import dataclasses
import math
from datetime import datetime

from fleetscan.model.episode import Chronicle, Episode, Event, Mute, Occurrence
from fleetscan.model.readings import Readings
from fleetscan.render.words.escape import sanitized

_CHARACTERS = 2_000
_ITEMS = 1_000

type Value = str | int | float | bool | list[Value] | dict[str, Value] | None


def document(chronicle: Chronicle | None) -> dict[str, Value]:
    """Return the keys of a report: ``events``, ``episodes`` and ``mutes``, each null if no history is kept."""
    if chronicle is None:
        return {"events": None, "episodes": None, "mutes": None}
    return {
        "events": [_event(event) for event in chronicle.events[:_ITEMS]],
        "episodes": [_episode(episode) for episode in chronicle.episodes[:_ITEMS]],
        "mutes": [
            *(_mute(one, is_expired=True) for one in chronicle.expired_mutes[:_ITEMS]),
            *(_mute(one, is_expired=False) for one in chronicle.mutes[:_ITEMS]),
        ],
    }


def _event(event: Event) -> dict[str, Value]:
    return {
        "kind": event.kind.value,
        "at": _time(event.change.at),
        "scan_id": _text(event.change.scan_id),
        "reason": _text(event.change.reason),
        "hidden": _text(event.hidden) or None,
        **_episode(event.episode),
    }


def _episode(episode: Episode) -> dict[str, Value]:
    print_ = episode.fingerprint
    return {
        "rule": _text(print_.rule),
        "cluster": _text(print_.cluster),
        "cause": print_.cause.value,
        "subject": _text(print_.subject) or None,
        "title": _text(episode.title),
        "state": episode.state.value,
        "severity": episode.severity.value,
        "instance_ids": [_text(node) for node in episode.nodes[:_ITEMS]],
        "node_groups": [_text(group) for group in episode.node_groups[:_ITEMS]],
        "opened_at": _time(episode.opened_at),
        "seen_at": _time(episode.seen_at),
        "told_at": _time(episode.told_at),
        "resolved_at": _time(episode.resolved_at),
        "clean_scans": episode.clean_scans,
        "recurrences": episode.recurrences,
        "worst": _occurrence(episode.worst),
        "after": None if episode.after is None else _readings(episode.after),
    }


def _occurrence(occurrence: Occurrence) -> dict[str, Value]:
    return {
        "instance_id": _text(occurrence.instance_id),
        "host": _text(occurrence.host),
        "at": _time(occurrence.at),
        "severity": occurrence.severity.value,
        "evidence": _text(occurrence.text),
        "measured": _number(occurrence.measured),
        "limit": _number(occurrence.limit),
        "readings": _readings(occurrence.readings),
    }


def _readings(readings: Readings) -> dict[str, Value]:
    values = dataclasses.asdict(readings)
    return {
        key: _text(value) if isinstance(value, str) else _number(value) if value is not None else None
        for key, value in values.items()
    }


def _mute(mute: Mute, *, is_expired: bool) -> dict[str, Value]:
    return {
        "id": _text(mute.id),
        "rule": _text(mute.rule),
        "cluster": _text(mute.cluster),
        "node_group": _text(mute.node_group),
        "until": _time(mute.until),
        "why": _text(mute.why),
        "expired": is_expired,
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _text(text: str) -> str:
    return sanitized(text, _CHARACTERS)


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
