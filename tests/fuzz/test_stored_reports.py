"""Each value of a stored report changed in turn: it is refused when it is read, or every output can show it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import batched
from random import Random

import pytest

from fleetscan.errors import StoredDataError
from fleetscan.model import Report
from fleetscan.storage import report_codec
from tests.fuzz import inputs, mutation, outputs, path
from tests.fuzz.mutation import Json

TRIED = 1
"""Values of the same kind tried in each place; others in other places, and all of them by fuzz_report.py."""

AT_ONCE = 8
"""Accepted values that are shown in one report."""

type Place = tuple[str | int, ...]


@cache
def rich() -> str:
    """Return a report with findings, a root cause, a chronicle, clusters, timelines and a past, as JSON."""
    kinds = [kind.name for kind in inputs.INPUTS]
    firsts = [next(seed for seed in inputs.seeds() if seed[0] == number) for number in range(len(kinds))]
    wanted = [firsts[kinds.index(kind)] for kind in ("kubernetes", "table", "capture")]
    report = path.scanned([inputs.untrusted(seed, f"i-{number:017x}")[1] for number, seed in enumerate(wanted)])
    return gzip.decompress(report_codec.pack(report)).decode()


def places(value: Json, place: Place = ()) -> Iterator[tuple[Place, Json]]:
    """Yield each place with its value; of a list the first element and the second."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from places(one, (*place, key))
    elif isinstance(value, list):
        for number, one in enumerate(value[:2]):
            yield from places(one, (*place, number))
    else:
        yield place, value


def by_field() -> dict[str, tuple[Place, Json]]:
    """Return one place for each field, whatever element of whatever list it is in."""
    found: dict[str, tuple[Place, Json]] = {}
    for place, value in places(json.loads(rich())["report"]):
        found.setdefault(".".join(part for part in place if isinstance(part, str)), (place, value))
    return found


def read(changes: Mapping[Place, object]) -> Report | None:
    """Return the report with other values in these places; None where it is refused."""
    whole = json.loads(rich())
    for place, changed in changes.items():
        inner = whole["report"]
        for part in place[:-1]:
            inner = inner[part]
        inner[place[-1]] = changed
    try:
        return report_codec.unpack(gzip.compress(json.dumps(whole).encode(), 1))
    except StoredDataError:
        return None


def error_of(changes: Mapping[Place, object]) -> str:
    """Return how an output breaks on the report with these changes; empty where all show it."""
    report = read(changes)
    if report is None:
        return "refused, though each alone is not"
    try:
        outputs.shown(report, outputs.OF_STORED)
    except Exception as error:  # noqa: BLE001 - all of them are reported at once
        return repr(error)[:200]
    return ""


def broken_by(changes: Mapping[Place, object]) -> Iterator[tuple[Mapping[Place, object], str]]:
    """Yield the smallest parts of these changes that an output breaks on: all at once, or else by halves."""
    error = error_of(changes)
    if not error:
        return
    halves = batched(changes.items(), max(1, len(changes) // 2), strict=False) if len(changes) > 1 else ()
    yield from [each for half in halves for each in broken_by(dict(half))] or [(changes, error)]


@pytest.mark.parametrize("part", sorted({name.partition(".")[0] for name in by_field()}))
def test_each_field_is_refused_or_shown(part: str) -> None:
    """Texts by hostile texts, times by times of no zone or century, numbers by numbers that are none.

    What is accepted is shown with seven others of its kind; where that breaks, what is to blame is searched among them.
    """
    accepted = {
        place: changed
        for name, (place, value) in by_field().items()
        if name.partition(".")[0] == part
        for changed in Random(name).sample(list(mutation.alike(value)), TRIED)
        if read({place: changed}) is not None
    }
    broken = [each for several in batched(accepted.items(), AT_ONCE, strict=False) for each in broken_by(dict(several))]

    assert broken == []


def test_the_report_that_is_changed_has_all_parts() -> None:
    """A part that is empty would be changed nowhere."""
    parts = {name.partition(".")[0] for name in by_field()}

    assert {"diagnoses", "culprits", "chronicle", "clusters", "stories", "audit"} <= parts
