"""DaemonSets that nobody manages, as findings of the cluster."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetscan.capture.procfs.images import repository_hash
from fleetscan.diagnosis.rules.daemonset_unmanaged import RULE
from fleetscan.fleet.unmanaged_daemonsets import unmanaged_daemonsets
from fleetscan.model.conclusion import FleetFinding
from fleetscan.model.finding import Evidence, Severity
from fleetscan.model.kubernetes import Manager
from fleetscan.model.presence import Presence
from tests.fixtures.clusters import ago, daemonset, view
from tests.fixtures.dead_pods import affected, healthy, report


def test_each_is_one_finding_with_the_nodes_that_run_its_image() -> None:
    """Known by the hash of its repository; mere information."""
    runs = replace(
        healthy(2, view("ip-2")), presence=Presence(repository_hashes=frozenset({repository_hash("weaveworks/scope")}))
    )
    does_not = replace(healthy(3, view("ip-3")), presence=Presence(repository_hashes=frozenset({1})))
    expected = FleetFinding(
        rule="daemonset_unmanaged",
        cluster="live",
        title=RULE.title,
        remedy=RULE.remedy,
        evidence=Evidence(
            severity=Severity.INFO,
            text="DaemonSet weave/weave-scope-agent is 2y326d old (threshold 1y) and runs on 16 nodes; not managed "
            "by Helm, Argo CD, Flux, an EKS add-on or an operator, last changed by kubectl-client-side-apply",
            measured=365.0,
            limit=365.0,
        ),
        instance_ids=("i-2",),
        subject="weave/weave-scope-agent",
    )

    assert unmanaged_daemonsets(report(runs, does_not, daemonsets=[daemonset()])) == (expected,)


def test_where_no_node_shows_its_images_all_that_kubernetes_knows_are_meant() -> None:
    """An incident without nodes would be none. Nodes of which Kubernetes knows nothing are not among them."""
    unknown = replace(healthy(3, view("ip-3")), kubernetes=None)
    (finding,) = unmanaged_daemonsets(report(affected(view()), unknown, daemonsets=[daemonset(changed_by="")]))

    assert finding.instance_ids == (affected(view()).node.instance_id,)
    assert "changed last" not in finding.evidence.text


@pytest.mark.parametrize("fields", [{"manager": Manager.OPERATOR}, {"created_at": ago(days=365)}, {"created_at": None}])
def test_managed_young_and_ageless_ones_are_healthy(fields: dict[str, object]) -> None:
    """Older than a year is more than a year."""
    assert unmanaged_daemonsets(report(affected(view()), daemonsets=[daemonset(**fields)])) == ()  # type: ignore[arg-type]


def test_the_oldest_comes_first() -> None:
    """Whatever the API's order."""
    young, old = daemonset("a/young", created_at=ago(days=400)), daemonset("b/old", created_at=ago(days=500))

    assert [one.subject for one in unmanaged_daemonsets(report(affected(view()), daemonsets=[young, old]))] == [
        "b/old",
        "a/young",
    ]
