"""Each value of a stored report changed in turn: it is refused when it is read, or every output can show it."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

import pytest

from fleetscan.errors import StoredDataError
from fleetscan.model import Report
from fleetscan.storage import report_codec
from tests.fuzz import inputs, mutation, outputs, path
from tests.fuzz.mutation import Json

TRIED = 1
"""Values of the same kind tried in each place; others in other places, and all of them by fuzz_report.py."""

type Place = tuple[str | int, ...]


@cache
def rich() -> Any:  # noqa: ANN401 - JSON
    """Return a report with findings, a root cause, a chronicle, clusters, timelines and a past, as JSON."""
    kinds = [kind.name for kind in inputs.INPUTS]
    firsts = [next(seed for seed in inputs.seeds() if seed[0] == number) for number in range(len(kinds))]
    wanted = [firsts[kinds.index(kind)] for kind in ("kubernetes", "table", "capture")]
    report = path.scanned([inputs.untrusted(seed, f"i-{number:017x}")[1] for number, seed in enumerate(wanted)])
    return json.loads(gzip.decompress(report_codec.pack(report)))


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
    for place, value in places(rich()["report"]):
        found.setdefault(".".join(part for part in place if isinstance(part, str)), (place, value))
    return found


def read(changed: object, place: Place) -> Report | None:
    """Return the report with another value in a place; None where it is refused."""
    whole = copy.deepcopy(rich())
    inner = whole["report"]
    for part in place[:-1]:
        inner = inner[part]
    inner[place[-1]] = changed
    try:
        return report_codec.unpack(gzip.compress(json.dumps(whole).encode(), 1))
    except StoredDataError:
        return None


@pytest.mark.parametrize("part", sorted({name.partition(".")[0] for name in by_field()}))
def test_each_field_is_refused_or_shown(part: str) -> None:
    """Texts by hostile texts, times by times of no zone or century, numbers by numbers that are none."""
    broken = {}
    for name, (place, value) in by_field().items():
        if name.partition(".")[0] != part:
            continue
        for changed in Random(name).sample(list(mutation.alike(value)), TRIED):
            report = read(changed, place)
            if report is None:
                continue
            try:
                outputs.shown(report, outputs.OF_STORED)
            except Exception as error:  # noqa: BLE001 - all of them are reported at once
                broken[name, str(changed)[:40]] = repr(error)[:200]

    assert broken == {}


def test_the_report_that_is_changed_has_all_parts() -> None:
    """A part that is empty would be changed nowhere."""
    parts = {name.partition(".")[0] for name in by_field()}

    assert {"diagnoses", "culprits", "chronicle", "clusters", "stories", "audit"} <= parts
