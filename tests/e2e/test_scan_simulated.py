"""The whole program against a simulated AWS: the function's own code, the real script, HTTP in between."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from fleetscan.errors import AccessError
from fleetscan.model import CaptureStatus, Cause, Diagnosis, Report, Severity
from fleetscan.model.conclusion import Strength
from fleetscan.model.episode import ChangeKind
from fleetscan.render.text import report as text
from functions.scan import app
from simulator import demo
from simulator.cluster import SimulatedAws
from simulator.faults import Faults
from simulator.fleet import load

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

AFFECTED = "i-0a41c7e29d5f3b618"
LARGE = "i-0d93b05af1c6e7421"
OTHER = "i-07e8f2b6c3a915d04"
AFFECTED_NODES = {AFFECTED, LARGE, OTHER}
CULPRIT_IMAGE = "weaveworks/scope"
SECONDS = 240.0
ROOT = Path(__file__).parents[2]


@dataclass
class Context:
    """What Lambda passes to a function about its invocation."""

    function_name: str = "fleetscan-ScanFunction"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:ap-south-1:123456789012:function:fleetscan-ScanFunction"
    aws_request_id: str = "3f2b6c1e-8f5d-4c0b-9a36-5d0c4b1f7a21"

    def get_remaining_time_in_millis(self) -> int:
        """Return what is left: 280 seconds."""
        return 280_000


@dataclass
class Scanned:
    """One scan with all it left behind."""

    report: Report
    answer: Mapping[str, object]
    messages: list[dict[str, str]]
    calls: Mapping[str, int]

    def diagnosis(self, instance_id: str) -> Diagnosis:
        """Return what was found on one node."""
        return next(each for each in self.report.diagnoses if each.node.instance_id == instance_id)


def rules_of(diagnosis: Diagnosis, least: Severity = Severity.INFO) -> set[str]:
    """Return the ids of the findings of at least this severity."""
    return {finding.rule for finding in diagnosis.findings if finding.severity.rank >= least.rank}


@pytest.fixture(scope="module")
def incident(tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    """Scan the incident's fleet once with the function's own code and once through its handler."""
    reports: list[Report] = []
    fleet = load("incident")
    with SimulatedAws(fleet, tmp_path_factory.mktemp("fleet")) as aws, demo.environment(aws.environment):
        reports.append(app.run(time.time() + SECONDS, account=fleet.account))
        calls = dict(aws.calls.counts)
        event = json.loads((ROOT / "events/schedule.json").read_text())
        answer = app.handler(event, cast("LambdaContext", Context()))
        messages = aws.messages
    return Scanned(report=reports[0], answer=answer, messages=messages, calls=calls)


@pytest.fixture(scope="module")
def special(tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    """Scan the fleet of special nodes."""
    fleet = load("special")
    folder = tmp_path_factory.mktemp("fleet")
    with SimulatedAws(fleet, folder, hang_seconds=2) as aws, demo.environment(aws.environment):
        report = app.run(time.time() + SECONDS, account=fleet.account)
        return Scanned(report=report, answer={}, messages=aws.messages, calls=aws.calls.counts)


@pytest.fixture(autouse=True)
def same_environment() -> Iterator[None]:
    """See that no scan changes the environment of the process."""
    before = dict(os.environ)
    yield
    changed = {name for name in before if os.environ.get(name) != before[name]} - {"PYTEST_CURRENT_TEST"}

    assert changed == set()


def test_every_node_of_the_incident_answers(incident: Scanned) -> None:
    """Sixteen nodes given, sixteen whole captures, not one problem with any, and no rule failed."""
    seen = {(d.coverage.status, d.coverage.problems, tuple(d.failed)) for d in incident.report.diagnoses}

    assert len(incident.report.diagnoses) == 16
    assert seen == {(CaptureStatus.ANSWERED, (), ())}


def test_the_three_affected_nodes_are_critical_and_no_other(incident: Scanned) -> None:
    """Two of them have no pressure and no load; the thirteen young ones hold the same leak in small."""
    critical = {d.node.instance_id for d in incident.report.diagnoses if d.severity is Severity.CRITICAL}

    assert critical == AFFECTED_NODES


def test_the_affected_node_has_the_findings_that_took_a_day_by_hand(incident: Scanned) -> None:
    """What is critical, what is a cost only, and what stays silent although alerts everywhere ask for it."""
    found = incident.diagnosis(AFFECTED)

    assert rules_of(found, Severity.CRITICAL) >= {
        "slab_unreclaimable_high",
        "socket_buffers_held",
        "slab_cache_dominant",
        "memory_pressure_high",
        "load_high",
        "image_abandoned",
    }
    assert rules_of(found) >= {"swap_thrashing", "cpu_outside_pods", "cpu_surplus_charged", "memory_overcommitted"}
    assert not rules_of(found) & {
        "memory_available_low",
        "swap_nearly_full",
        "cpu_credits_exhausted",
        "cpu_steal_high",
        "oom_kill_node",
        "oom_kill_pod",
        "memory_unaccounted",
        "evidence_incomplete",
    }


@pytest.mark.parametrize("instance_id", [LARGE, OTHER])
def test_the_ticking_bombs_are_found_by_their_slab_alone(incident: Scanned, instance_id: str) -> None:
    """Pressure 0 and little load: only the kernel's memory shows it."""
    found = incident.diagnosis(instance_id)

    assert rules_of(found, Severity.WARNING) == {
        "slab_unreclaimable_high",
        "socket_buffers_held",
        "slab_cache_dominant",
        "image_abandoned",
        "packet_capture_running",
    }


@pytest.mark.parametrize("instance_id", sorted(AFFECTED_NODES))
def test_the_buffers_are_attributed_to_the_process_that_holds_them(incident: Scanned, instance_id: str) -> None:
    """Cause and suspect, with the image."""
    finding = next(f for f in incident.diagnosis(instance_id).findings if f.rule == "socket_buffers_held")

    assert finding.evidence.cause is Cause.SOCKET_QUEUE
    assert any(CULPRIT_IMAGE in suspect.image for suspect in finding.evidence.suspects)


def test_healthy_nodes_have_no_warning(incident: Scanned) -> None:
    """The agent is on all sixteen nodes and abandoned on all of them; nothing is wrong with thirteen."""
    worst = {
        d.node.instance_id: rules_of(d, Severity.WARNING)
        for d in incident.report.diagnoses
        if d.node.instance_id not in AFFECTED_NODES
    }

    assert worst == {instance_id: set() for instance_id in worst}


def test_the_root_cause_is_the_daemonset_with_its_evidence_and_the_command_to_review(incident: Scanned) -> None:
    """It holds the buffers on the three affected nodes; that it runs on all sixteen is said to prove nothing."""
    (root_cause,) = incident.report.culprits

    assert (root_cause.kind, root_cause.namespace, root_cause.workload) == ("daemonset", "weave", "weave-scope-agent")
    assert (root_cause.strength, root_cause.cause) == (Strength.HOLDS, Cause.SOCKET_QUEUE)
    assert set(root_cause.nodes) == AFFECTED_NODES
    assert "on 3 of 3 affected nodes and on 0 of 13 others" in root_cause.reason
    assert "it runs on all 16 nodes, so its presence alone proves nothing" in root_cause.reason
    assert root_cause.share is not None
    assert 0.85 < root_cause.share <= 1.0
    assert "kubectl -n weave get daemonset weave-scope-agent -o yaml" in root_cause.remedy
    assert "kubectl -n weave delete daemonset weave-scope-agent" in root_cause.remedy
    assert incident.report.unattributed == ()


def test_that_the_image_is_unmaintained_is_reported_once_for_the_fleet(incident: Scanned) -> None:
    """A warning; what merely ended is information."""
    reported = [(one.evidence.severity, one.evidence.text) for one in incident.report.fleet_findings]

    assert reported == [
        (Severity.WARNING, "weaveworks/scope: unmaintained since 2024, in use on 16 of 16 nodes"),
        (Severity.INFO, "grafana/promtail: reached end of life on 2026-03-02, in use on 16 of 16 nodes"),
    ]


def test_the_handler_answers_with_counts(incident: Scanned) -> None:
    """How many, not which."""
    assert (incident.answer["nodes"], incident.answer["answered"]) == (16, 16)


def test_the_topic_gets_the_root_cause(incident: Scanned) -> None:
    """One message for sixteen nodes, and none for the second scan, which saw the same."""
    (message,) = incident.messages

    assert CULPRIT_IMAGE in message["Message"]


def test_a_scan_of_sixteen_nodes_takes_few_calls(incident: Scanned) -> None:
    """One of each list; one for each node with detail."""
    assert incident.calls["ssm:SendCommand"] == 1
    assert incident.calls["ssm:DescribeInstanceInformation"] == 1
    assert incident.calls["ec2:DescribeInstances"] == 1
    assert incident.calls["ssm:GetCommandInvocation"] <= 16
    assert incident.calls["ssm:ListCommandInvocations"] <= 3


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, ...]:
    """Scan the incident's fleet, delete the root cause, and scan until that is resolved."""
    return demo.run(fix=True, folder=tmp_path_factory.mktemp("fixed"))


def test_without_the_root_cause_the_fleet_is_healthy(fixed: tuple[Report, ...]) -> None:
    """Before and after the namespace was deleted: nothing of warning is left."""
    before, *_, after = fixed

    assert max(d.severity.rank for d in before.diagnoses if d.severity) == Severity.CRITICAL.rank
    left = {d.node.instance_id: rules_of(d, Severity.WARNING) for d in after.diagnoses}
    assert left == {instance_id: set() for instance_id in left}
    assert [one.workload for one in before.culprits] == ["weave-scope-agent"]
    assert (after.culprits, after.fleet_findings) == ((), ())


def test_the_fix_is_proved_by_the_figures_of_the_incident_s_last_table(fixed: tuple[Report, ...]) -> None:
    """Everything of warning that opened is resolved by the third scan, with before and after."""
    before, between, after = fixed
    opened, quiet, resolved = (
        [event for event in report.events or () if not event.hidden] for report in (before, between, after)
    )
    proof = next(event.episode for event in resolved if event.episode.fingerprint.rule == "slab_unreclaimable_high")
    page = text.later(after)
    expected = [
        "Slab (SUnreclaim)            2,143 MiB        74 MiB",
        "MemAvailable                   735 MiB     2,600 MiB",
        "Memory pressure                 98.90%         0.00%",
        "Load average                     34.04          0.39",
    ]

    assert {event.kind for event in opened} == {ChangeKind.OPENED}
    assert quiet == []
    assert {event.kind for event in resolved} == {ChangeKind.RESOLVED}
    assert {str(event.episode.fingerprint) for event in opened} == {str(one.episode.fingerprint) for one in resolved}
    assert len(proof.nodes) == 3
    assert [line for line in expected if line in page] == expected
    assert after.chronicle is not None
    assert {one.severity for one in after.chronicle.episodes} == {Severity.INFO}


@pytest.mark.parametrize(
    ("number", "status"),
    [
        ("a01", CaptureStatus.ANSWERED),
        ("a02", CaptureStatus.ANSWERED),
        ("a03", CaptureStatus.AUTO_MODE),
        ("a04", CaptureStatus.WINDOWS),
        ("a05", CaptureStatus.ANSWERED),
        ("a06", CaptureStatus.NOT_REGISTERED),
        ("a07", CaptureStatus.CONNECTION_LOST),
        ("a08", CaptureStatus.TIMED_OUT),
        ("a09", CaptureStatus.TERMINATED),
        ("a10", CaptureStatus.FAILED),
        ("b01", CaptureStatus.FAILED),
    ],
)
def test_each_way_not_to_answer_has_its_status(special: Scanned, number: str, status: CaptureStatus) -> None:
    """Every node given has exactly one answer, and each but a scanned one says why."""
    coverage = special.diagnosis(f"i-00000000000000{number}").coverage

    assert coverage.status is status
    assert bool(coverage.reason) is (status is not CaptureStatus.ANSWERED)


@pytest.mark.parametrize("number", ["b02", "b03", "b04", "b05", "b06"])
def test_hostile_output_is_incomplete_evidence_and_nothing_else(special: Scanned, number: str) -> None:
    """Binary, truncated, of another version, lying, endless: no finding is made of it, and it is not healthy."""
    found = special.diagnosis(f"i-00000000000000{number}")

    assert rules_of(found) == {"evidence_incomplete"}
    assert dict(found.failed) == {}


def test_a_node_without_credits_is_throttled_and_not_short_of_memory(special: Scanned) -> None:
    """High load, stolen time, free memory, standard mode at balance 0: the incident's opposite."""
    found = special.diagnosis("i-00000000000000a02")

    assert rules_of(found, Severity.CRITICAL) == {"cpu_steal_high", "cpu_credits_exhausted"}
    assert not any(rule.startswith(("slab", "memory", "swap", "socket")) for rule in rules_of(found))


def test_a_cluster_without_workers_is_reported(special: Scanned) -> None:
    """A Fargate cluster has no node to scan; it must not look healthy."""
    assert special.report.empty_clusters == ("fargate-only",)


@pytest.mark.parametrize("action", ["ec2:DescribeInstances", "ssm:SendCommand", "ssm:ListCommandInvocations"])
def test_a_missing_permission_is_named(tmp_path: Path, action: str) -> None:
    """Denied is never the same as nothing there: the scan ends with the IAM action in its words."""
    fleet = load("special")
    faults = Faults(denied=frozenset({action}))
    with (
        SimulatedAws(fleet, tmp_path, faults=faults, hang_seconds=1) as aws,
        demo.environment(aws.environment),
        pytest.raises(AccessError, match=action),
    ):
        app.run(time.time() + SECONDS, account=fleet.account)


def test_a_throttled_account_is_scanned_all_the_same(tmp_path: Path) -> None:
    """A third of the calls refused: retried, and every node still has its answer."""
    fleet = load("special")
    faults = Faults(throttled_share=0.34, latency_seconds=0.01)
    with SimulatedAws(fleet, tmp_path, faults=faults, hang_seconds=1) as aws, demo.environment(aws.environment):
        report = app.run(time.time() + 240, account=fleet.account)

    answered = sum(d.coverage.status is CaptureStatus.ANSWERED for d in report.diagnoses)
    assert (len(report.diagnoses), answered) == (16, 8)
