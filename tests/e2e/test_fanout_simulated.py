"""A scan of many accounts, Regions and shards: the definition that is deployed, run by an interpreter of its language.

Every step calls the functions' own handlers over HTTP, roles are assumed with their external id, the real script runs
on every node, and what comes out is compared with what one function says of the same fleet.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from msgspec import to_builtins

from fleetscan.model import Report
from fleetscan.model.episode import ChangeKind
from functions.scan import app
from simulator import demo, document
from simulator.cluster import SimulatedAws
from simulator.fleet import Fleet, load
from simulator.functions import Handler
from simulator.organisation import EXTERNAL_ID
from simulator.state_machine import Execution
from tests.fixtures.fanout_network import FIRST, SECOND, THIRD, Network, network, split

SECONDS = 240.0


def timeless(report: Report) -> Any:  # noqa: ANN401 - a JSON document
    """Return a report as plain values, without what differs between two scans: times, scan ids, and volumes' ids."""

    def strip(value: Any) -> Any:  # noqa: ANN401 - same
        if isinstance(value, dict):
            gone = {"scan_id", "started_at", "duration_seconds", "launched_at", "at", "owed_until", "volumes"}
            return {key: strip(one) for key, one in value.items() if key not in gone and not key.endswith("_at")}
        return [strip(one) for one in value] if isinstance(value, (list, tuple)) else value

    return strip(to_builtins(report, order="deterministic"))


def plain_scan(fleet: Fleet, folder: Path) -> Report:
    """Scan a fleet with the one function."""
    with SimulatedAws(fleet, folder) as aws, demo.environment(aws.environment):
        return app.run(time.time() + SECONDS, account=fleet.account)


@dataclass
class Sharded:
    """One Region cut into shards, beside the same Region scanned by one function."""

    execution: Execution
    report: Report
    plain: Report
    targets: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    calls: Mapping[str, int]


@pytest.fixture(scope="module")
def sharded(tmp_path_factory: pytest.TempPathFactory) -> Sharded:
    """Scan the incident's sixteen nodes in three shards, and then in one function."""
    fleet = load("incident")
    folder = tmp_path_factory.mktemp("fleets")
    with network([fleet], folder / "sharded", FANOUT_SHARD_NODES="6") as net:
        execution = net.scan("sharded")
        targets = [event["target"] for event in net.events("Scan")]
        messages = net.organisation.accounts[fleet.account, fleet.region].messages()
        calls = net.organisation.calls.counts
        (report,) = net.reports
    plain = plain_scan(fleet, folder / "plain")
    return Sharded(execution=execution, report=report, plain=plain, targets=targets, messages=messages, calls=calls)


def test_three_shards_say_what_one_function_says_of_the_same_fleet(sharded: Sharded) -> None:
    """The whole report, nodes, root causes, incidents, notes: equal in everything but the time."""
    expected = timeless(sharded.plain)

    assert expected == timeless(sharded.report)


def test_each_node_is_looked_at_by_one_shard(sharded: Sharded) -> None:
    """Three items, and sixteen nodes in all."""
    expected = {"nodes": 16, "targets": 3, "unseen": 0, "is_tolerated": True}

    assert sharded.execution.status == "SUCCEEDED"
    assert expected == {key: sharded.execution.output[key] for key in expected}
    assert sorted((one["shard"], one["shards"]) for one in sharded.targets) == [(0, 3), (1, 3), (2, 3)]


def test_the_fleet_is_concluded_and_reported_once(sharded: Sharded) -> None:
    """One message, one call for the metrics, and the share of paid credit metrics is shared out."""
    assert len(sharded.messages) == 1
    assert sharded.calls["sns:Publish"] == sharded.calls["cloudwatch:PutMetricData"] == 1
    assert {one["credit_nodes"] for one in sharded.targets} == {17}


@pytest.fixture(scope="module")
def spread(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Open three accounts of which the third does not let the hub in, and where the first scan of one target fails."""
    failures = Counter({SECOND: 1})

    def unsteady(handler: Handler) -> Handler:
        def scanning(event: dict[str, Any], context: Any) -> Any:  # noqa: ANN401 - the simulator's context
            account = event["target"]["account"]
            failures[account] -= 1
            if failures[account] >= 0:
                raise ConnectionError("The network is gone for a moment")
            return handler(event, context)

        return scanning

    with network(
        split(load("incident")),
        tmp_path_factory.mktemp("fleets"),
        closed=frozenset({THIRD}),
        scanning=unsteady,
        FANOUT_TOLERATED_PERCENT="40",
    ) as net:
        net.scan("first")
        yield net


def test_a_target_that_fails_is_named_and_the_others_are_concluded(spread: Network) -> None:
    """Two of three targets answer; the third is in the report with the role that refused, and the run is tolerated."""
    execution = spread.executions[0]
    report = spread.reports[0]
    (unseen,) = report.unseen
    expected = {"nodes": 11, "targets": 3, "unseen": 1, "is_tolerated": True}

    assert execution.status == "SUCCEEDED"
    assert expected == {key: execution.output[key] for key in expected}
    assert (unseen.target.account, unseen.target.region) == (THIRD, "us-east-1")
    assert f"sts:AssumeRole on arn:aws:iam::{THIRD}:role/fleetscan-spoke" in unseen.reason
    assert any(note.startswith(f"account {THIRD}, us-east-1 was not scanned") for note in report.notes)


def test_a_scan_that_failed_once_is_tried_again(spread: Network) -> None:
    """The second account was called twice and answered; one whose role refuses is not asked a second time."""
    calls = Counter(event["target"]["account"] for event in spread.events("Scan") if event["run"] == "first")

    assert calls == {FIRST: 1, SECOND: 2, THIRD: 1}


def test_clusters_of_the_same_name_are_not_mixed_up(spread: Network) -> None:
    """Both accounts have a cluster "live": each has a root cause of its own, and only home goes by its bare name.

    Where one node alone holds buffers, its pod is named and not the DaemonSet.
    """
    report = spread.reports[0]
    expected = {("live", "weave-scope-agent", 2), (f"{SECOND}/eu-west-1/live", "weave-scope-agent-jjsh6", 1)}

    assert expected == {(one.cluster, one.name.rpartition("/")[2], len(one.nodes)) for one in report.culprits}
    assert {one.node.cluster for one in report.diagnoses} == {"live", f"{SECOND}/eu-west-1/live"}


def test_what_is_remembered_and_reported_is_the_hubs_alone(spread: Network) -> None:
    """The spokes' own tables and topics stay empty: there need be none."""
    messages = {key: len(one.messages()) for key, one in spread.organisation.accounts.items()}

    assert messages == {(FIRST, "ap-south-1"): 1, (SECOND, "eu-west-1"): 0, (THIRD, "us-east-1"): 0}


def test_no_event_and_no_message_has_the_external_id(spread: Network) -> None:
    """What is in an event is in the history of an execution, for everybody who may read that."""
    messages = spread.organisation.accounts[FIRST, "ap-south-1"].messages()
    said = json.dumps([spread.organisation.functions.invocations, messages])

    assert EXTERNAL_ID not in said


def test_a_second_start_for_the_same_time_scans_nothing(spread: Network) -> None:
    """EventBridge delivers a start at least once."""
    before = len(spread.events("Scan"))
    again = spread.scan("again")

    assert again.status == "SUCCEEDED"
    assert again.output["is_ours"] is False
    assert before == len(spread.events("Scan"))


def test_a_plan_that_was_killed_is_made_by_its_retry(tmp_path: Path) -> None:
    """What it claimed it could not give back; the claim is its execution's, and the retry is of the same one."""
    at = "2026-01-15T06:05:00Z"
    claim = {
        "pk": {"S": "scan"},
        "sk": {"S": f"fanout {at}"},
        "state": {"S": "started"},
        "until": {"N": str(int(time.time()) + 600)},
        "owner": {"S": "killed"},
    }
    with network(split(load("incident"), healthy_nodes=0)[:1], tmp_path) as net:
        net.organisation.accounts[FIRST, "ap-south-1"].put(claim)
        of_another = net.scan("another", at)
        retried = net.scan("killed", at)

    assert of_another.output["is_ours"] is False
    assert retried.output["nodes"] == 2


def test_a_plan_whose_answer_is_lost_is_what_its_retry_answers(tmp_path: Path) -> None:
    """The claim is done by then, and what was planned is in the bucket: nobody counts the workers twice."""
    plans: list[dict[str, Any]] = []

    def losing(name: str, handler: Handler) -> Handler:
        def planning(event: dict[str, Any], context: Any) -> Any:  # noqa: ANN401 - the simulator's context
            plans.append(handler(event, context))
            if len(plans) == 1:
                raise ConnectionError("The answer did not arrive")
            return plans[-1]

        return planning if name == "Plan" else handler

    with network(split(load("incident"), healthy_nodes=0)[:1], tmp_path, acting=losing) as net:
        execution = net.scan("lost")
        again = net.scan("again")

    assert execution.output["nodes"] == 2
    assert plans[0] == plans[1]
    assert again.output["is_ours"] is False


def test_incidents_of_a_target_that_is_not_seen_stay_open(tmp_path: Path) -> None:
    """Its nodes are neither well nor gone. The scan after that sees them again, and has nothing new to report."""
    fleets = split(load("incident"), healthy_nodes=0)[:2]
    is_down = False

    def closing(handler: Handler) -> Handler:
        def scanning(event: dict[str, Any], context: Any) -> Any:  # noqa: ANN401 - the simulator's context
            if is_down and event["target"]["account"] == SECOND:
                raise ValueError("Nothing that a second try would mend")
            return handler(event, context)

        return scanning

    with network(fleets, tmp_path, scanning=closing, FANOUT_TOLERATED_PERCENT="50") as net:
        net.scan("first", "2026-01-15T06:00:00Z")
        is_down = True
        for number in range(3):
            assert net.scan(f"down-{number}", f"2026-01-15T06:1{number}:00Z").output["unseen"] == 1
        is_down = False
        net.scan("last", "2026-01-15T06:30:00Z")
        changes = [[event.change.kind for event in report.events or ()] for report in net.reports]

    assert set(changes[0]) == {ChangeKind.OPENED}
    assert changes[1:] == [[], [], [], []]


def test_more_failures_than_are_tolerated_fail_the_execution_after_all_is_reported(tmp_path: Path) -> None:
    """The conclusion is made, and then the alarm on failed executions has something to look at."""
    fleets = split(load("incident"), healthy_nodes=0)[:2]

    with network(fleets, tmp_path, closed=frozenset({SECOND})) as net:
        execution = net.scan("intolerable")
        messages = net.organisation.accounts[FIRST, "ap-south-1"].messages()

    assert (execution.status, execution.error) == ("FAILED", "TargetsUnseen")
    assert execution.cause == "1 of 2 targets returned no result; the report names each with its reason"
    assert len(messages) == 1


def test_a_run_in_which_nothing_is_seen_is_no_scan(tmp_path: Path) -> None:
    """It fails, and publishes no ScanCompleted: the alarm on missing scans must not be kept quiet."""
    fleet = load("incident")
    with network([replace(fleet, nodes=fleet.nodes[:2])], tmp_path, closed=frozenset({FIRST})) as net:
        execution = net.scan("blind")

    assert (execution.status, execution.error) == ("FAILED", "UnseenError")
    assert "cloudwatch:PutMetricData" not in net.organisation.calls.counts


def test_spokes_run_the_document_whose_hash_is_named_and_no_other(tmp_path: Path) -> None:
    """Where the content is another one there is no command to ask for, and the target says why it was not seen."""
    fleet = load("incident")
    fleets = [replace(fleet, nodes=fleet.nodes[:2])]
    right = hashlib.sha256(document.collector().encode()).hexdigest()
    with network(fleets, tmp_path / "right", FLEETSCAN_DOCUMENT_HASH=right) as net:
        pinned = net.scan("pinned")
    with network(fleets, tmp_path / "wrong", FLEETSCAN_DOCUMENT_HASH="0a" * 32) as net:
        exchanged = net.scan("exchanged")
        calls = net.organisation.calls.counts

    assert (pinned.status, pinned.output["nodes"], pinned.output["unseen"]) == ("SUCCEEDED", 2, 0)
    assert (exchanged.status, exchanged.error) == ("FAILED", "UnseenError")
    assert "ssm:ListCommandInvocations" not in calls
    assert "does not match Sha256" in exchanged.cause
