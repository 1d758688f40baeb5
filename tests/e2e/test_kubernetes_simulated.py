"""Kubernetes' own view end to end: allowed, not asked, refused; and the timeline of the incident's pod, hours later."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from fleetscan import cli
from fleetscan.cli.exit_code import ExitCode
from fleetscan.model import Report, Severity
from fleetscan.model.audit import AuditResult
from fleetscan.model.in_cluster import NOT_ASKED
from fleetscan.model.kubernetes import Ending, Manager
from functions.scan import app
from simulator import demo
from simulator.account import TABLE_NAME
from simulator.cluster import SimulatedAws
from simulator.earlier import MINUTES, earlier, scan_earlier
from simulator.fleet import Fleet, load
from simulator.kubernetes.api_faults import ApiFaults

AFFECTED = "i-0a41c7e29d5f3b618"
DEAD = "main-service-6665f26ae1-m9tws"
SECONDS = 240.0


@pytest.fixture(autouse=True)
def somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run where a page and a kept report may be written."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def small() -> Fleet:
    """Return the incident's fleet cut down to its affected node and a healthy one."""
    fleet = load("incident")
    return replace(fleet, nodes=(fleet.nodes[0], fleet.nodes[3]))


def scan(fleet: Fleet, folder: Path, faults: ApiFaults | None = None, *, has_kubernetes: bool = True) -> Report:
    """Scan once with the function's own code."""
    with (
        SimulatedAws(fleet, folder, has_kubernetes=has_kubernetes) as aws,
        demo.environment(aws.environment),
    ):
        aws.kubernetes.faults = faults or ApiFaults()
        return app.run(time.time() + SECONDS, account=fleet.account)


def test_the_demo_says_why_the_pod_died_and_so_does_explain(
    somewhere_else: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed, because not ready, because memory stalled, because slab, because this DaemonSet: four hours later."""
    del somewhere_else
    assert cli.main(["demo", "--json"]) == ExitCode.SCANNED
    found = json.loads(capsys.readouterr().out)
    (timeline,) = found["kubernetes"]["stories"]
    texts = [link["text"] for link in timeline["links"]]

    assert (timeline["pod"], timeline["ending"]) == (f"live/{DEAD}", Ending.NODE_LOST.value)
    assert [link["known"] for link in timeline["links"]] == [True] * 5
    assert "Not an OOM kill" in texts[0]
    assert texts[1].startswith("ip-10-0-37-118 NotReady since ")
    assert "memory pressure (PSI) 99%" in texts[2]
    assert "2.1 GiB of unreclaimable slab, 54% of memory" in texts[3]
    assert texts[4].startswith("DaemonSet weave/weave-scope-agent (docker.io/weaveworks/scope:1.13.2) holds 2.0 GiB")

    codes = [cli.main(["explain", "pod", f"live/{pod}"]) for pod in ("main-service", "nobody")]
    shown = capsys.readouterr().out
    assert codes == [ExitCode.SCANNED, ExitCode.NOTHING_SCANNED]
    assert f"live/{DEAD}, 4 h " in shown
    assert "Cancelling deletion of Pod" in shown
    assert "Nothing is known of live/nobody." in shown


def test_the_table_keeps_what_kubernetes_has_forgotten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A scan of that time keeps it; four hours later only the table knows, for a scan and for a terminal alike."""
    fleet = small()
    with (
        SimulatedAws(earlier(fleet), tmp_path / "earlier", has_kubernetes=True) as aws,
        demo.environment(aws.environment),
    ):
        then = scan_earlier(aws)
        aws.become(fleet, tmp_path / "now")
        report = app.run(time.time() + SECONDS, account=fleet.account)
        again = ["--region", fleet.region, "--endpoint-url", aws.endpoint_url, "--table", TABLE_NAME, "--json"]
        code = cli.main(["explain", "pod", f"live/{DEAD}", *again])
        explained = json.loads(capsys.readouterr().out)
        scanned = cli.main(["scan", "--kubernetes", *again])
        shown = json.loads(capsys.readouterr().out)
    view = next(one for one in report.diagnoses if one.node.instance_id == AFFECTED).kubernetes
    minutes_ago = (report.started_at - then.started_at).total_seconds() / 60

    assert minutes_ago == pytest.approx(MINUTES, abs=2)
    assert (code, scanned) == (ExitCode.SCANNED, ExitCode.SCANNED)
    assert report.stories == then.stories != ()
    assert [one["pod"] for one in explained["stories"]] == [f"live/{DEAD}"]
    assert [event["reason"] for event in explained["events"]] == ["TaintManagerEviction"]
    assert [one["pod"] for one in shown["kubernetes"]["stories"]] == [f"live/{DEAD}"]
    assert view is not None
    assert [event.reason for event in view.events] == ["NodeNotReady", "NodeNotReady", "NodeReady"]
    assert [end.name for end in view.ends] == [DEAD]


def test_the_audit_answers_the_incident_s_questions(tmp_path: Path) -> None:
    """The agent first, by hand and abandoned; the others as they are managed. Nobody infers the owner any more."""
    report = scan(small(), tmp_path)
    (root_cause,) = report.culprits
    managers = {one.daemonset.name: one.daemonset.manager for one in report.audit}

    assert [one.standing for one in report.audit] == [AuditResult.HOLDS, AuditResult.ENDED, *[AuditResult.KEPT] * 4]
    assert managers == {
        "weave-scope-agent": Manager.NOBODY,
        "aws-node": Manager.EKS_ADDON,
        "kube-proxy": Manager.EKS_ADDON,
        "ebs-csi-node": Manager.EKS_ADDON,
        "efs-csi-node": Manager.HELM,
        "promtail": Manager.ARGO_CD,
    }
    assert "inferred" not in root_cause.remedy
    assert (
        "it is 2y326d old and unmanaged (no Helm, GitOps or operator): applied by kubectl-client-side-apply"
        in root_cause.reason
    )
    assert [one.subject for one in report.fleet_findings if one.rule == "daemonset_unmanaged"] == [
        "weave/weave-scope-agent"
    ]


def test_a_node_that_is_not_ready_is_reported_with_the_pods_that_it_lost(tmp_path: Path) -> None:
    """While it happens, from the API alone."""
    report = scan(earlier(small()), tmp_path)
    affected = next(one for one in report.diagnoses if one.node.instance_id == AFFECTED)
    fired = {finding.rule: finding for finding in affected.findings}

    # The events and conditions of then are served as of now: it fell silent 6 minutes ago.
    assert fired["node_not_ready"].severity is Severity.WARNING
    assert "Kubelet stopped posting node status" in fired["node_not_ready"].evidence.text
    assert f"live/{DEAD}" in fired["pods_evicted"].evidence.text
    assert fired["pods_evicted"].evidence.suspects == ()


def test_without_access_everything_else_works(tmp_path: Path) -> None:
    """One sentence says what was not asked and how to allow it; the one node that holds names its pod."""
    report = scan(small(), tmp_path, has_kubernetes=False)
    affected = next(one for one in report.diagnoses if one.node.instance_id == AFFECTED)

    assert [note for note in report.notes if "metric series" not in note] == [NOT_ASKED]
    assert affected.skipped["node_not_ready"] == NOT_ASKED
    assert affected.severity is Severity.CRITICAL
    assert [one.name for one in report.culprits] == ["weave/weave-scope-agent-hpdkg"]
    assert (report.clusters, report.stories, report.audit) == ((), (), ())


@pytest.mark.parametrize(
    ("faults", "is_answered"),
    [
        (ApiFaults(is_bound=False), False),
        (ApiFaults(has_access_entry=False), False),
        (ApiFaults(forbidden=frozenset({"daemonsets"})), True),
    ],
    ids=["no role bound", "no access entry", "no DaemonSets"],
)
def test_a_refusal_is_reported_and_costs_nothing_else(tmp_path: Path, faults: ApiFaults, *, is_answered: bool) -> None:
    """Nodes are evaluated as ever, and the rules that need what was refused are skipped with the reason."""
    report = scan(small(), tmp_path, faults)
    affected = next(one for one in report.diagnoses if one.node.instance_id == AFFECTED)
    (view,) = report.clusters

    assert view.is_answered is is_answered
    assert view.problems
    assert set(view.problems) <= set(report.notes)
    assert affected.severity is Severity.CRITICAL
    assert ("node_not_ready" in affected.skipped) is not is_answered
    assert "daemonset_unmanaged" in affected.skipped
    assert [one.name for one in report.culprits] == ["weave/weave-scope-agent-hpdkg"]


def test_the_events_of_the_fleet_s_file_are_of_its_pods() -> None:
    """The pod that died is one of the earlier fleet, the one that was spared is one of today's."""
    from simulator.tree.pods import pods  # noqa: PLC0415 - only here

    fleet = load("incident")
    was = earlier(fleet)
    names = [{pod.name for pod in pods(one, one.nodes[0])} for one in (was, fleet)]

    assert [DEAD in some for some in names] == [True, False]
    assert [
        event.pod.partition("/")[2] in names[1] for event in fleet.cluster_events if "Cancelling" in event.message
    ] == [True]
