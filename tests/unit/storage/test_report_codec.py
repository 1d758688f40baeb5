"""Reports as bytes, and whatever else may be where a report should be."""

from __future__ import annotations

import gc
import gzip
import json
import zlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.errors import StoredDataError
from fleetscan.fleet.conclude import concluded
from fleetscan.incidents.tracker import FindingTracker
from fleetscan.model import CaptureStatus, Coverage, Diagnosis, Node, Report
from fleetscan.model.presence import Presence
from fleetscan.storage import report_codec
from tests.fixtures import lives
from tests.fixtures.lives import MemoryEpisodes, MemoryMutes


def packed(stored: object) -> bytes:
    """Return anything as an archive would hold it."""
    return gzip.compress(json.dumps(stored).encode(), mtime=0)


def small(scan_id: str = "s") -> Report:
    """Return a report of one node."""
    diagnosis = Diagnosis(
        node=Node(instance_id="i-1"),
        coverage=Coverage(status=CaptureStatus.ANSWERED),
        presence=Presence(repository_hashes=frozenset({1, 2**40})),
    )
    return Report(
        scan_id=scan_id, started_at=datetime(2026, 1, 6, tzinfo=UTC), duration_seconds=1.5, diagnoses=(diagnosis,)
    )


def reported() -> Report:
    """Return a report with findings, a conclusion over the fleet, and episodes in a chronicle."""
    report = concluded(lives.report(*(lives.diagnosis(number, lives.finding()) for number in range(4))))
    finding_tracker = FindingTracker(episodes=MemoryEpisodes(), mutes=MemoryMutes(), rules=["slab_unreclaimable_high"])
    report, _ = finding_tracker.write(report, lives.START, lives.START)
    assert report.events
    assert report.unattributed
    return report


@pytest.mark.parametrize("report", [small(), reported()], ids=["small", "reported"])
def test_what_was_packed_is_unpacked(report: Report) -> None:
    """Every value survives: dates, severities, sets, conclusions, episodes, and what is None."""
    assert report == report_codec.unpack(report_codec.pack(report))


def test_the_same_report_is_the_same_bytes() -> None:
    """No time of packing is in them, so equal reports can be seen to be equal."""
    assert report_codec.pack(small()) == report_codec.pack(small())


def test_of_more_nodes_than_can_be_read_again_the_rest_is_what_was_found() -> None:
    """The worst come first in a report, and are whole; a note says what is missing of the others."""
    (one,) = small().diagnoses
    found = replace(one, findings=(lives.finding(),), skipped={"load_high": "why"})
    nodes = [replace(found, node=Node(instance_id=f"i-{number:05d}")) for number in range(report_codec.WHOLE_NODES + 2)]
    brief = [replace(each, skipped={}, presence=Presence()) for each in nodes[-2:]]
    report = replace(small(), diagnoses=tuple(nodes), notes=("a note",))
    note = (
        "Of 2 nodes beyond the 10,000 worst this stored report has only the findings, without their "
        "readings and investigation steps."
    )
    expected = replace(report, diagnoses=(*nodes[:-2], *brief), notes=("a note", note))

    assert expected == report_codec.unpack(report_codec.pack(report))


@given(st.text(st.characters()))
def test_any_text_survives(text: str) -> None:
    """Lone surrogates and control characters too: a name is stored as it is, and made safe where it is shown."""
    report = small(text)

    assert report == report_codec.unpack(report_codec.pack(report))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is damaged"),
        (b"\xff\xfe", "is damaged"),
        (b'{"schema": 1, "report": {}}', "is damaged"),
        (packed([]), "is damaged"),
        (packed({"schema": 2, "report": {}}), "was written by another version"),
        (packed({"schema": 1}), "is damaged"),
        (packed({"schema": 1, "report": {"scan_id": "x"}}), "is damaged"),
        (packed({"schema": 1, "report": 7}), "is damaged"),
        (packed({"schema": 1, "report": "x"}), "is damaged"),
        (packed({"schema": 1, "report": None}), "is damaged"),
        (gzip.compress(b"[" * 100_000, mtime=0), "is damaged"),
        (report_codec.pack(small()) + b"more", "is damaged"),
        (report_codec.pack(small()) * 2, "is damaged"),
    ],
)
def test_damage_is_reported_from_another_version(content: bytes, words: str) -> None:
    """Whatever became of the bytes, the reader hears which of the two it is, and no traceback."""
    with pytest.raises(StoredDataError, match=rf"^{words}($| \(.+\)$)"):
        report_codec.unpack(content)


def test_every_cut_is_damage() -> None:
    """Half a report is none."""
    whole = report_codec.pack(small())
    for end in range(len(whole)):
        with pytest.raises(StoredDataError):
            report_codec.unpack(whole[:end])


@given(st.binary(max_size=200))
def test_any_bytes_are_a_report_or_an_archive_error(content: bytes) -> None:
    """Behind a gzip header too, where the checksum does not catch it first."""
    for wrapped in (
        content,
        gzip.compress(content, mtime=0),
        packed({"schema": 1, "report": content.decode("latin-1")}),
    ):
        with pytest.raises(StoredDataError):
            report_codec.unpack(wrapped)


@pytest.mark.parametrize("is_enabled", [True, False])
def test_the_collector_is_left_as_it_was_found(*, is_enabled: bool) -> None:
    """Whether the bytes were a report or not."""
    before = gc.isenabled()
    try:
        (gc.enable if is_enabled else gc.disable)()
        report_codec.unpack(report_codec.pack(small()))
        with pytest.raises(StoredDataError):
            report_codec.unpack(b"")
        assert gc.isenabled() is is_enabled
    finally:
        (gc.enable if before else gc.disable)()


def test_a_wrong_value_is_damage() -> None:
    """A status that does not exist is not read as one that does."""
    stored = json.loads(gzip.decompress(report_codec.pack(small())))
    stored["report"]["diagnoses"][0]["coverage"]["status"] = "excellent"

    with pytest.raises(
        StoredDataError, match=r"^is damaged \(Invalid enum value 'excellent' - at `\$\.report\..*status`\)$"
    ):
        report_codec.unpack(packed(stored))


def test_what_the_model_does_not_know_is_ignored_and_what_is_missing_takes_its_default() -> None:
    """A report of the version before, or after, is readable as far as the two agree."""
    stored = json.loads(gzip.decompress(report_codec.pack(small())))
    stored["report"]["mood"] = "good"
    del stored["report"]["notes"]

    assert small() == report_codec.unpack(packed(stored))


def test_a_bomb_is_refused_before_it_goes_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes that unpack to more than a report may have are not unpacked further."""
    monkeypatch.setattr(report_codec, "MOST_BYTES", 100_000)
    bomb = gzip.compress(b"[" + b" " * 50_000_000 + b"]", mtime=0)

    assert len(bomb) < report_codec.MOST_BYTES
    with pytest.raises(StoredDataError, match=r"^is larger than any report$"):
        report_codec.unpack(bomb)


def test_more_bytes_than_any_archive_has_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is unpacked."""
    monkeypatch.setattr(report_codec, "MOST_PACKED_BYTES", 10)

    with pytest.raises(StoredDataError, match=r"^is larger than any report$"):
        report_codec.unpack(zlib.compress(b"x") * 10)
