"""A recorded fleet read back: what is wrong with a file is reported with its name, and costs no other node anything."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleetscan.bootstrap import recording as bootstrap
from fleetscan.errors import RecordingError
from fleetscan.model import CaptureStatus, CreditMode, Credits, Node, Report
from fleetscan.model.disk_limits import Checks, DiskLimits, VolumeLimits
from fleetscan.model.recording import RESOURCES, RecordedList, RecordedNode, Recording
from fleetscan.recorded import files
from fleetscan.recorded.folder import load
from fleetscan.recorded.write import save
from fleetscan.scan import pipeline
from fleetscan.settings import Settings
from tests.fixtures.recorded_fleet import CLUSTER, SICK, entry, write, write_cluster

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from([*entry(0), "zone", "launched_at", "credits", "volumes", "disks", "is_summary_only", "else"])


def judged(recording: Recording) -> Report:
    """Return the report of a recording."""
    return pipeline.scan(bootstrap.ports(recording), Settings(), deadline=recording.scanned_at.timestamp() + 60)


def reasons(recording: Recording) -> list[tuple[CaptureStatus, str]]:
    """Return what is said of each node."""
    return [(one.status, one.reason) for one in recording.nodes]


def test_a_folder_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Every field, both ways."""
    recording = Recording(
        scanned_at=datetime(2026, 1, 6, 12, 0, 1, 250_001, tzinfo=UTC),
        account="123456789012",
        region="eu-west-1",
        nodes=(
            RecordedNode(
                node=Node(
                    instance_id=SICK,
                    cluster=CLUSTER,
                    node_group="workers",
                    instance_type="t3a.medium",
                    zone="eu-west-1a",
                    private_dns_name="ip-10-0-0-1.compute.internal",
                    architecture="x86_64",
                    launched_at=datetime(2026, 1, 1, tzinfo=UTC),
                    volumes=("vol-0a", "vol-0b"),
                ),
                status=CaptureStatus.ANSWERED,
                reason="late",
                text="fleetscan-capture 1\r\n\x1b\u20ac",
                is_summary_only=True,
                credits=Credits(mode=CreditMode.UNLIMITED, balance=12.5, age_seconds=60.0),
                disks=DiskLimits(
                    volumes=(VolumeLimits(volume_id="vol-0a", iops=Checks(total=30, exceeded=4)),), volumes_left_out=1
                ),
            ),
            RecordedNode(
                node=Node(instance_id="i-2", is_windows=True), status=CaptureStatus.WINDOWS, reason="Windows."
            ),
            RecordedNode(node=Node(instance_id="i-3", is_auto_mode=True), status=CaptureStatus.AUTO_MODE),
        ),
        empty_clusters=("batch",),
        clusters={
            CLUSTER: {"nodes": RecordedList(items=({"kind": "Node", "metadata": {"name": "a"}},), is_whole=False)}
        },
        why_no_kubernetes="nobody asked",
    )
    save(recording, tmp_path / "new")

    assert load(tmp_path / "new") == recording
    assert {one.stat().st_mode & 0o077 for one in tmp_path.rglob("*")} == {0}


def test_what_lies_in_the_place_already_is_not_written_over(tmp_path: Path) -> None:
    """Not even beside it."""
    (tmp_path / "mine.txt").write_text("mine")

    with pytest.raises(RecordingError, match="is not an empty folder"):
        save(Recording(scanned_at=datetime(2026, 1, 6, tzinfo=UTC)), tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "fleet.json is not in the recording"),
        ("{", "fleet.json is no JSON that can be read: Expecting property name"),
        ("[" * 100_000, "fleet.json is no JSON that can be read: it is nested too deeply"),
        ("[]", "fleet.json is no object"),
        ('{"schema": 2}', "fleet.json: its schema is not 1"),
        ('{"schema": 1}', "scanned_at is missing"),
        ('{"schema": 1, "scanned_at": "noon"}', "scanned_at is no time with a zone"),
        ('{"schema": 1, "scanned_at": "2026-01-06T12:00:00"}', "scanned_at is no time with a zone"),
        ('{"schema": 1, "scanned_at": "2026-01-06T12:00:00Z"}', "fleet.json: nodes is no list"),
        ('{"schema": 1, "scanned_at": "2026-01-06T12:00:00Z", "nodes": [], "account": 5}', "account is no text"),
        ('{"schema": Infinity, "scanned_at": "2026-01-06T12:00:00Z", "nodes": []}', "fleet.json: its schema is not 1"),
        ('{"schema": 1, "scanned_at": "2026-01-06T12:00:00Z", "nodes": [], "empty_clusters": [1]}', "empty_clusters"),
    ],
)
def test_without_a_fleet_there_is_one_error(tmp_path: Path, content: str | None, reason: str) -> None:
    """It names the folder, the file and what is wrong with it."""
    if content is not None:
        (tmp_path / "fleet.json").write_text(content)

    with pytest.raises(RecordingError) as raised:
        load(tmp_path)
    assert str(raised.value).startswith(f"{tmp_path}: ")
    assert reason in str(raised.value)


def test_a_fleet_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor are more nodes than anybody has."""
    write(tmp_path / "large", *({"instance_id": f"i-{number}"} for number in range(20_001)))

    with pytest.raises(RecordingError, match="more than 20,000 nodes"):
        load(tmp_path / "large")
    monkeypatch.setattr("fleetscan.recorded.folder.MOST_FLEET_BYTES", 1_000)
    with pytest.raises(RecordingError, match=r"fleet\.json is larger than 1,000 bytes"):
        load(tmp_path / "large")


def _gone(file: Path) -> None:
    file.unlink()


def _long(file: Path) -> None:
    file.write_text("x" * (files.MOST_CAPTURE_BYTES + 1))


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _link(file: Path) -> None:
    file.unlink()
    file.symlink_to("/etc/passwd")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (_gone, "is not in the recording."),
        (_long, "is larger than 65,536 bytes."),
        (_pipe, "is no regular file of the folder."),
        (_link, "is no regular file of the folder."),
    ],
)
def test_a_capture_that_cannot_be_read_costs_its_node_alone(
    tmp_path: Path, damage: Callable[[Path], None], reason: str
) -> None:
    """The node is unknown for that reason; the sick one is found as ever."""
    damage(write(tmp_path / "fleet") / "captures" / "i-00000000000000a01.txt")
    recording = load(tmp_path / "fleet")
    conditions = {one.node.instance_id: bool(one.findings) for one in judged(recording).diagnoses}

    assert reasons(recording)[1] == (CaptureStatus.FAILED, f"captures/i-00000000000000a01.txt {reason}")
    assert reasons(recording)[::2] == [(CaptureStatus.ANSWERED, "")] * 2
    assert conditions[SICK]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"status": "well"}, "status is none of answered, timed_out"),
        ({"status": ["answered"]}, "status is none of answered, timed_out"),
        ({"cluster": 7}, "cluster is no text"),
        ({"launched_at": "yesterday"}, "launched_at is no time with a zone"),
        ({"credits": {"mode": "endless"}}, "credits: it is damaged"),
        ({"credits": {"mode": "standard", "balance": 1e300}}, "credits: it is damaged"),
        ({"disks": {"volumes": [{"iops": 5}]}}, "disks: it is damaged"),
        ({"volumes": "vol-0a"}, "volumes is no list of at most 64 ids"),
        ({"volumes": ["vol-0a"] * 65}, "volumes is no list of at most 64 ids"),
        ({"volumes": ["vol-0a", "../x"]}, "volumes holds what is no id of a volume"),
        ({"reason": "x" * 2_001}, "reason is no text of at most 2,000 characters"),
    ],
)
def test_a_node_whose_entry_is_damaged_is_unknown(tmp_path: Path, more: dict[str, object], reason: str) -> None:
    """And stays one of the fleet."""
    recording = load(write(tmp_path / "fleet", entry(0), entry(1, **more)))

    assert reasons(recording)[0] == (CaptureStatus.ANSWERED, "")
    assert reasons(recording)[1][0] is CaptureStatus.FAILED
    assert reasons(recording)[1][1].startswith(f"fleet.json: nodes[1]: {reason}")
    assert len(judged(recording).diagnoses) == 2


@pytest.mark.parametrize("stranger", [{}, 5, None, {"instance_id": "../../etc/passwd"}, {"instance_id": 5}, entry(0)])
def test_an_entry_that_is_no_node_of_its_own_is_told(tmp_path: Path, stranger: object) -> None:
    """Nothing is read by a name that leads out of the folder."""
    recording = load(write(tmp_path / "fleet", entry(0), stranger))

    assert [one.node.instance_id for one in recording.nodes] == [SICK]
    assert len(recording.notes) == 1
    assert recording.notes[0].startswith("fleet.json: nodes[1] ")


def test_a_cluster_is_judged_with_what_kubernetes_said(tmp_path: Path) -> None:
    """The same rules as with the live API."""
    write_cluster(write(tmp_path / "fleet"))
    report = judged(load(tmp_path / "fleet"))
    (view,) = report.clusters

    assert view.is_answered
    assert view.problems == ()
    assert [one.daemonset.name for one in report.audit] == ["agent"]
    assert {one.end.title for one in report.stories} == {"live/main-0", "acme/agent-x"}


@pytest.mark.parametrize("lacking", RESOURCES)
def test_a_list_that_is_lacking_is_told_by_its_name(tmp_path: Path, lacking: str) -> None:
    """It was not empty: it was not recorded."""
    write_cluster(write(tmp_path / "fleet"))
    (tmp_path / "fleet" / "kubernetes" / CLUSTER / f"{lacking}.json").unlink()
    report = judged(load(tmp_path / "fleet"))

    notes = [note for note in report.notes if f"kubernetes/{CLUSTER}/{lacking}.json is not in the recording" in note]
    assert notes
    assert report.clusters[0].is_answered


def test_a_list_that_was_not_read_to_its_end_is_no_whole_one(tmp_path: Path) -> None:
    """Kubernetes marks it with a token; what is there counts, and what is absent is unknown."""
    write_cluster(write(tmp_path / "fleet"))
    file = tmp_path / "fleet" / "kubernetes" / CLUSTER / "nodes.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"metadata": {"continue": "abc"}}))
    (view,) = judged(load(tmp_path / "fleet")).clusters

    assert not view.are_nodes_whole
    assert [one for one in view.problems if "the recording holds only a part of it" in one]


@pytest.mark.parametrize(
    ("content", "reason"),
    [("{", "is no JSON"), ("[]", "is no list of objects"), ('{"items": {}}', "is no list of objects")],
)
def test_a_list_that_is_none_is_told(tmp_path: Path, content: str, reason: str) -> None:
    """Where a shell's error was written into the file."""
    write_cluster(write(tmp_path / "fleet"))
    (tmp_path / "fleet" / "kubernetes" / CLUSTER / "daemonsets.json").write_text(content)
    report = judged(load(tmp_path / "fleet"))

    assert [note for note in report.notes if f"kubernetes/{CLUSTER}/daemonsets.json {reason}" in note]


def test_without_kubernetes_its_rules_are_skipped_for_that_reason(tmp_path: Path) -> None:
    """The recording's own, where it has one."""
    recording = load(write(tmp_path / "fleet"))
    asked = replace(recording, why_no_kubernetes="nobody asked")
    skipped = [judged(one).diagnoses[0].skipped["node_not_ready"] for one in (recording, asked)]

    assert skipped == ["the recording holds nothing of the Kubernetes API", "nobody asked"]


@settings(max_examples=60, deadline=None)
@given(nodes=st.lists(JSON, max_size=3) | JSON, changes=st.dictionaries(KEYS, JSON, max_size=4))
def test_whatever_json_holds_it_is_an_error_or_a_report(nodes: Any, changes: dict[str, Any]) -> None:  # noqa: ANN401
    """And the first node, which nobody has touched, is judged."""
    import tempfile  # noqa: PLC0415 - a fixture would be one for all examples

    with tempfile.TemporaryDirectory() as place:
        entries = [entry(0), entry(1) | changes | {"instance_id": "i-00000000000000a01"}]
        folder = write(Path(place) / "fleet", *entries, *(nodes if isinstance(nodes, list) else [nodes]))
        report = judged(load(folder))

    assert {one.node.instance_id for one in report.diagnoses} >= {SICK, "i-00000000000000a01"}
    assert next(one for one in report.diagnoses if one.node.instance_id == SICK).findings


@settings(max_examples=60, deadline=None)
@given(items=JSON, resource=st.sampled_from(RESOURCES))
def test_whatever_a_list_holds_the_nodes_are_judged(items: Any, resource: str) -> None:  # noqa: ANN401
    """A list of anything is a problem of its own."""
    import tempfile  # noqa: PLC0415 - same

    with tempfile.TemporaryDirectory() as place:
        folder = write(Path(place) / "fleet")
        write_cluster(folder)
        file = folder / "kubernetes" / CLUSTER / f"{resource}.json"
        file.write_text(json.dumps({"items": items, "nodesAsked": items}))
        try:
            report = judged(load(folder))
        finally:
            file.unlink()

    assert next(one for one in report.diagnoses if one.node.instance_id == SICK).findings
