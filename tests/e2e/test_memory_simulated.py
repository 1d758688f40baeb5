"""What a scan remembers under a simulated AWS: the real function, the real script, DynamoDB between two scans."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

import pytest

from fleetscan import cli
from fleetscan.aws.dynamodb.node_history import DynamoNodeHistory
from fleetscan.aws.dynamodb.table import Table
from fleetscan.cli.exit_code import ExitCode
from fleetscan.diagnosis.history import reading, remember
from fleetscan.model import CaptureStatus, Diagnosis, Report, Severity
from fleetscan.model.memory import Reading
from fleetscan.storage.history_codec import MAX_BYTES, decode, encode
from functions.scan import app
from simulator import demo
from simulator.account import DOCUMENT_NAME, TABLE_NAME
from simulator.cluster import SimulatedAws
from simulator.faults import Faults
from simulator.fleet import load
from tests.fixtures.small_fleet import client

AFFECTED = "i-0a41c7e29d5f3b618"
LARGE = "i-0d93b05af1c6e7421"
OTHER = "i-07e8f2b6c3a915d04"
SECONDS = 240.0
MIB = 2**20
HOURS = 6
LEAKS = {AFFECTED: 120 * MIB, LARGE: 60 * MIB, OTHER: 90 * MIB}
"""Bytes an hour that each affected node is made to have lost."""


@dataclass
class Scans:
    """Three scans of one fleet, and what was in the table."""

    first: Report
    second: Report
    refused: Report
    items: list[dict[str, Any]]
    """After the first scan."""
    before_refusal: list[dict[str, Any]]
    after_refusal: list[dict[str, Any]]
    terminal: int
    shown: dict[str, Any]
    """What the scan from a terminal printed."""


def past(diagnosis: Diagnosis, bytes_per_hour: int, now: int) -> bytes:
    """Return the ring of a node that has come to where it is by leaking at this pace."""
    ring: tuple[Reading, ...] = ()
    latest = reading(diagnosis.readings, now)
    for age in range(HOURS * 3_600, 0, -300):
        lost = bytes_per_hour * age // 3_600
        ring = remember(
            ring,
            Reading(
                at_epoch_seconds=now - age,
                boot_id=latest.boot_id,
                memory_total_bytes=latest.memory_total_bytes,
                memory_available_bytes=(latest.memory_available_bytes or 0) + lost,
                slab_unreclaimable_bytes=(latest.slab_unreclaimable_bytes or 0) - lost,
                oom_kills_total=latest.oom_kills_total,
                kubelet_started_seconds=latest.kubelet_started_seconds,
                containerd_started_seconds=latest.containerd_started_seconds,
            ),
        )
    return encode(ring)


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Scans:
    """Scan, give three nodes a past, scan again from the function and from a terminal, then with the table refused."""
    fleet = load("incident")
    folder = tmp_path_factory.mktemp("fleet")
    shown = io.StringIO()
    with SimulatedAws(fleet, folder / "nodes") as aws, demo.environment(aws.environment), redirect_stdout(shown):
        table = client(aws, "dynamodb")
        memory = DynamoNodeHistory(Table(table, TABLE_NAME))
        first = app.run(time.time() + SECONDS, account=fleet.account)
        items = rings(table)
        by_id = {one.node.instance_id: one for one in first.diagnoses}
        memory.save({one: past(by_id[one], LEAKS[one], int(time.time())) for one in LEAKS})
        seeded = rings(table)
        terminal = cli.main(["scan", "--json", "--table", TABLE_NAME, "--document", DOCUMENT_NAME])
        assert seeded == rings(table)
        second = app.run(time.time() + SECONDS, account=fleet.account)
        before = rings(table)
        aws.set_faults(Faults(denied=frozenset({"dynamodb:BatchGetItem"})))
        refused = app.run(time.time() + SECONDS, account=fleet.account)
        return Scans(
            first=first,
            second=second,
            refused=refused,
            items=items,
            before_refusal=before,
            after_refusal=rings(table),
            terminal=terminal,
            shown=json.loads(shown.getvalue()),
        )


@pytest.fixture(scope="module", autouse=True)
def nowhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the report of the terminal's scan out of this machine's state."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


def rings(table: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - boto3's client
    """Return the items of nodes in the table, ordered."""
    found = table.scan(TableName=TABLE_NAME)["Items"]
    return sorted((item for item in found if item["sk"] == {"S": "memory"}), key=lambda item: str(item["pk"]))


def diagnosis(report: Report, instance_id: str) -> Diagnosis:
    """Return what was found on one node."""
    return next(each for each in report.diagnoses if each.node.instance_id == instance_id)


def test_the_first_scan_knows_no_past_and_says_so(scans: Scans) -> None:
    """Skipped, with the reason; nobody has a date of death."""
    reasons = {one.skipped["memory_runway_short"] for one in scans.first.diagnoses}

    assert reasons == {"not enough history since boot: 1 reading over 0 s"}
    assert {one.runway for one in scans.first.diagnoses} == {None}


def test_every_node_that_answered_is_kept_in_one_small_item(scans: Scans) -> None:
    """Its reading comes back as it was, within the rounding."""
    answered = [one for one in scans.first.diagnoses if one.coverage.status is CaptureStatus.ANSWERED]
    kept = {str(item["pk"]["S"]): decode(item["ring"]["B"]) for item in scans.items}
    (affected,), problem = kept[f"node#{AFFECTED}"]

    assert len(answered) == len(kept) == 16
    assert max(len(item["ring"]["B"]) for item in scans.items) <= MAX_BYTES
    assert problem == ""
    assert affected.slab_unreclaimable_bytes == pytest.approx(2143 * MIB, abs=MIB)


def test_a_node_with_a_past_has_a_date_of_death(scans: Scans) -> None:
    """735 MiB are available, 635 above the floor, 120 are lost an hour: a good five hours, and who takes them."""
    affected = diagnosis(scans.second, AFFECTED)
    severities = {finding.rule: finding.severity for finding in affected.findings}

    assert affected.runway is not None
    assert (affected.runway.limited_by, affected.runway.text) == ("slab_unreclaimable", "in 5 to 6 h")
    assert severities["slab_growing"] is severities["memory_runway_short"] is Severity.CRITICAL
    assert next(one for one in affected.findings if one.rule == "slab_growing").evidence.suspects


def test_affected_nodes_come_in_the_order_in_which_they_die(scans: Scans) -> None:
    """The two that look well have dates, too."""
    critical = [one for one in scans.second.diagnoses if one.severity is Severity.CRITICAL]
    hours = [one.runway.hours for one in critical if one.runway is not None]

    assert {one.node.instance_id for one in critical} == set(LEAKS)
    assert len(hours) == 3
    assert hours == sorted(hours)


def test_no_other_node_is_reported_as_growing(scans: Scans) -> None:
    """They were seen twice within a minute."""
    others = [one for one in scans.second.diagnoses if one.node.instance_id not in LEAKS]

    assert {one.runway for one in others} == {None}
    assert not {finding.rule for one in others for finding in one.findings} & {"slab_growing", "memory_runway_short"}


def test_a_terminal_reads_what_the_stack_remembers_and_writes_nothing(scans: Scans) -> None:
    """The same dates of death, without the stack's function."""
    texts = {node["instance_id"]: (node["runway"] or {}).get("text") for node in scans.shown["nodes"]}

    assert scans.terminal == ExitCode.SCANNED
    assert texts[AFFECTED] == "in 5 to 6 h"


def test_a_table_that_may_not_be_read_costs_no_scan_and_no_memory(scans: Scans) -> None:
    """A note names the action; what is kept is not written over."""
    notes = [note for note in scans.refused.notes if "dynamodb:BatchGetItem" in note]

    assert len(notes) == 1
    assert {one.coverage.status for one in scans.refused.diagnoses} == {CaptureStatus.ANSWERED}
    assert scans.before_refusal == scans.after_refusal
