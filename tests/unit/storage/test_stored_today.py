"""Bytes that earlier releases stored, as they were recorded: each release reads them as the same values, for good.

``tests/fixtures/stored`` was written by the last release that used cattrs; nothing there is ever written anew.
"""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from fleetscan.model.death import Death
from fleetscan.model.episode import Episode
from fleetscan.model.kubernetes import ClusterEvent
from fleetscan.storage import history_codec, part_codec, report_codec, value_codec
from tests.fixtures import stored_examples as examples

STORED = Path(__file__).parents[2] / "fixtures" / "stored"
ITEMS = json.loads((STORED / "items.json").read_text())


def body(partition: str, sort_key: str) -> str:
    """Return the body of a recorded item."""
    (found,) = (item for item in ITEMS if item["pk"]["S"] == partition and item["sk"]["S"].startswith(sort_key))
    return str(found["body"]["S"])


def lost(before: Any, after: Any, place: str = "$") -> list[str]:  # noqa: ANN401 - JSON
    """Return the places of a recorded JSON whose value another JSON does not have; what it has besides is no matter."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [each for key, value in before.items() for each in lost(value, after.get(key), f"{place}.{key}")]
    if place.endswith("_hashes") and isinstance(before, list) and isinstance(after, list):
        before, after = sorted(before), sorted(after)  # a set, which has no order
    if place.endswith(".diagnoses") and isinstance(before, list) and isinstance(after, list):
        before, after = sorted(before, key=instance_id), sorted(after, key=instance_id)  # a report is ordered when read
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = zip(before, after, strict=True)
        return [each for number, (one, other) in enumerate(pairs) for each in lost(one, other, f"{place}[{number}]")]
    return [] if before == after or is_same_moment(before, after) else [place]


def instance_id(diagnosis: Any) -> str:  # noqa: ANN401 - JSON
    """Return which node a diagnosis in JSON is of."""
    return str(diagnosis["node"]["instance_id"])


def is_same_moment(before: object, after: object) -> bool:
    """Whether two texts are one time, such as with ``Z`` and with ``+00:00``."""
    try:
        return datetime.fromisoformat(str(before)) == datetime.fromisoformat(str(after))
    except ValueError:
        return False


def test_a_report_is_read() -> None:
    """With a value of every type in it that the model has."""
    assert report_codec.unpack((STORED / "report.json.gz").read_bytes()) == examples.REPORT


@pytest.mark.parametrize("name", ["demo-report", "demo-report-after"])
def test_nothing_of_the_demo_s_reports_is_lost(name: str) -> None:
    """Read and written again, each value is where it was: findings, timelines, a history, and resolved findings."""
    packed = (STORED / f"{name}.json.gz").read_bytes()
    again = report_codec.pack(report_codec.unpack(packed))

    assert lost(json.loads(gzip.decompress(packed)), json.loads(gzip.decompress(again))) == []


def test_what_is_lost_would_be_noticed() -> None:
    """By its place."""
    expected = ["$.a", "$.b[1]", "$.c"]

    assert lost({"a": 1, "b": [1, None], "c": [1], "d": None}, {"b": [1, 0], "c": [], "e": 1}) == expected


def test_a_part_and_a_failure_are_read() -> None:
    """An upgrade comes in the middle of a scan."""
    failure = part_codec.Failure(reason="AccessError: AWS refused sts:AssumeRole")

    assert part_codec.read((STORED / "part.json.gz").read_bytes()) == examples.PART
    assert part_codec.read((STORED / "failure.json.gz").read_bytes()) == failure


def test_a_history_is_read() -> None:
    """As the tuple it was."""
    assert history_codec.decode((STORED / "history.bin").read_bytes()) == (examples.HISTORY, "")


def test_values_of_the_table_are_read() -> None:
    """Those that were written with every field, and those without what is as it is by default."""
    assert value_codec.read(body("episodes", ""), Episode) == examples.EPISODE_AS_WRITTEN
    assert value_codec.read(body("kubernetes", "death#live/"), Death) == examples.DEATH
    assert value_codec.read(body("kubernetes", "death#a/b"), Death) == examples.SPARSE_DEATH
    assert value_codec.read(body("kubernetes", f"event#live#Node##{examples.EVENT.name}#6f1c"), ClusterEvent) == (
        examples.EVENT
    )
