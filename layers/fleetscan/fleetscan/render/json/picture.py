"""The data of a node's charts, as plain values for JSON."""

from __future__ import annotations

import math

from fleetscan.model.forecast import Growth
from fleetscan.model.ledger import Ledger
from fleetscan.model.picture import Past, Picture, RankedCache
from fleetscan.render.words.escape import sanitized

_CHARACTERS = 2_000

type Value = str | int | float | bool | list[Value] | dict[str, Value] | None


def document(picture: Picture) -> dict[str, Value]:
    """Return the keys of a node: ``ledger``, ``slab_caches``, ``stalls`` and ``past``; null is not known."""
    return {
        "ledger": None if picture.ledger is None else _ledger(picture.ledger),
        "slab_caches": [_cache(cache) for cache in picture.caches],
        "stalls": {
            "cpu_some_avg60_percent": _number(picture.cpu_some_avg60_percent),
            "io_some_avg60_percent": _number(picture.io_some_avg60_percent),
            "io_full_avg60_percent": _number(picture.io_full_avg60_percent),
        },
        "past": None if picture.past is None else _past(picture.past),
    }


def _ledger(ledger: Ledger) -> dict[str, Value]:
    return {
        "total_bytes": ledger.total_bytes,
        "entries": [
            {"place": entry.place.value, "name": _text(entry.name) or None, "held_bytes": entry.held_bytes}
            for entry in ledger.entries
        ],
    }


def _cache(cache: RankedCache) -> dict[str, Value]:
    return {
        "name": _text(cache.name),
        "held_bytes": cache.held_bytes,
        "active_objects": cache.active_objects,
        "object_bytes": cache.object_bytes,
        "unreclaimable": cache.is_unreclaimable,
    }


def _past(past: Past) -> dict[str, Value]:
    """Return the readings row by row: a program that reads JSON need not count columns."""
    boots = set(past.boots)
    columns = zip(past.at_epoch_seconds, past.available_bytes, past.slab_unreclaimable_bytes, strict=True)
    return {
        "readings": [
            {
                "at_epoch_seconds": at,
                "memory_available_bytes": available,
                "slab_unreclaimable_bytes": slab,
                "is_first_of_boot": place in boots,
            }
            for place, (at, available, slab) in enumerate(columns)
        ],
        "floor_bytes": past.floor_bytes,
        "growth": None if past.growth is None else _growth(past.growth),
    }


def _growth(growth: Growth) -> dict[str, Value]:
    return {
        "low_bytes_per_hour": _number(growth.low_bytes_per_hour),
        "rate_bytes_per_hour": _number(growth.rate_bytes_per_hour),
        "high_bytes_per_hour": _number(growth.high_bytes_per_hour),
        "span_seconds": _number(growth.span_seconds),
        "readings": growth.readings,
    }


def _text(text: str) -> str:
    return sanitized(text, _CHARACTERS)


def _number(value: float | None) -> float | None:
    return value if value is None or math.isfinite(value) else None
