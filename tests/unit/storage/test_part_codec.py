"""A part as a file: what is written is read, and what is no such file is a failure with a reason."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.model import CaptureStatus
from fleetscan.model.part import Part, of_target
from fleetscan.model.target import Target
from fleetscan.storage import part_codec
from fleetscan.storage.part_codec import Failure, name, read, write
from tests.fixtures.lives import START, diagnosis, finding

HOME = Target(account="111122223333", region="eu-west-1")
OTHER = Target(account="444455556666", region="us-east-1", shard=1, shards=2)


def part() -> Part:
    """Return a part with an affected node, a silent one, and notes."""
    return Part(
        started_at=START,
        diagnoses=(diagnosis(1, finding()), diagnosis(2, status=CaptureStatus.TIMED_OUT)),
        empty_clusters=("old",),
        notes=("CPU credit modes were not read: no.",),
    )


def test_a_part_is_read_as_it_was_written() -> None:
    """Every value, and the same bytes every time."""
    expected = part()

    assert expected == read(write(part()))
    assert write(part()) == write(part())


def test_a_failure_is_read_as_it_was_written() -> None:
    """Its words are what the conclusion reports."""
    expected = Failure(reason="AccessError: AWS refused sts:AssumeRole")

    assert expected == read(write(expected))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "it returned no result"),
        (write(part())[:-9], "its result is damaged"),
        (b"", "its result is damaged"),
        (gzip.compress(b"[]", mtime=0), "its result is damaged"),
        (gzip.compress(b"[" * 100_000, mtime=0), "its result is damaged"),
        (write(part()) + b"more", "its result is damaged"),
        (write(replace(part(), started_at=START.replace(tzinfo=None))), "its result is damaged"),
        (
            gzip.compress(json.dumps({"schema": 2, "part": {}}).encode(), mtime=0),
            "its result was written by another version",
        ),
        (gzip.compress(json.dumps({"schema": 1, "part": {"notes": 3}}).encode(), mtime=0), "its result is damaged"),
        (gzip.compress(b'{"schema": 1}', mtime=0), "its result is damaged (it is empty)"),
    ],
)
def test_what_is_no_part_is_a_failure_with_a_reason(content: bytes | None, reason: str) -> None:
    """Never an error: the other parts have something to say."""
    found = read(content)

    assert isinstance(found, Failure)
    assert found.reason.startswith(reason)


def test_a_bomb_is_refused_before_it_goes_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of 100 KB holds 100 MB of blanks; no more than the limit is ever unpacked."""
    monkeypatch.setattr(part_codec, "MOST_BYTES", 1_000_000)
    bomb = gzip.compress(b" " * 50_000_000, mtime=0)
    tracemalloc.start()
    try:
        found = read(bomb)
        held_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert found == Failure(reason="its result is larger than the limit")
    assert held_bytes < 4_000_000


@given(st.binary(max_size=300) | st.binary(max_size=300).map(gzip.compress))
def test_any_bytes_are_an_answer(content: bytes) -> None:
    """Whatever lies in the bucket."""
    assert isinstance(read(content), (Part, Failure))


def test_a_file_has_the_targets_name() -> None:
    """So that the conclusion finds it without a list."""
    assert name(OTHER) == "parts/444455556666/us-east-1/1-of-2.gz"


def test_in_a_part_of_another_account_clusters_get_full_names() -> None:
    """Nodes and empty clusters alike; an unnamed cluster stays unnamed, and home is as it was."""
    given = Part(started_at=datetime(2026, 1, 15, tzinfo=UTC), diagnoses=(diagnosis(1),), empty_clusters=("old",))
    found = of_target(given, OTHER, HOME)

    assert {one.node.cluster for one in found.diagnoses} == {"444455556666/us-east-1/live"}
    assert found.empty_clusters == ("444455556666/us-east-1/old",)
    assert given == of_target(given, HOME, HOME)
