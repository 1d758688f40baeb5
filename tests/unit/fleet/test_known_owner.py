"""What the API knows of an owner, in the words of the root cause."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetscan.fleet.root_cause import conclusions
from fleetscan.model import Diagnosis
from fleetscan.model.conclusion import RootCause
from fleetscan.model.finding import Cause
from fleetscan.model.kubernetes import DaemonSet, Manager
from tests.fixtures.clusters import daemonset, view
from tests.fixtures.compared_fleet import GIB, SCOPE, holder, node, slab, suspect

POD = "weave/weave-scope-agent-x7k2p"


def nodes(*, is_asked: bool = True) -> list[Diagnosis]:
    """Return one node on which the agent holds the slab, and two others."""
    held = slab(Cause.SOCKET_QUEUE, [suspect(POD, 0.97, SCOPE)])
    first = node(1, [SCOPE], [held], detail=True, holders=[holder(POD, 2 * GIB, SCOPE)])
    every = [first, node(2, [SCOPE]), node(3, [SCOPE])]
    return [replace(one, kubernetes=view() if is_asked else None) for one in every]


def root_cause(*daemonsets: DaemonSet, is_asked: bool = True) -> RootCause:
    """Return the root cause of those nodes."""
    (conclusion,) = conclusions(nodes(is_asked=is_asked), None, daemonsets)
    (found,) = conclusion.root_causes
    return found


def test_a_daemonset_that_the_api_knows_is_not_inferred() -> None:
    """Its age and who takes care of it stand among the reasons."""
    found = root_cause(daemonset())

    assert found.kind == "daemonset"
    assert "inferred" not in found.remedy
    assert found.reason.endswith(
        "it is 2y326d old and unmanaged (no Helm, GitOps or operator): applied by kubectl-client-side-apply"
    )
    assert found.remedy.endswith(
        "    kubectl -n weave delete daemonset weave-scope-agent\n"
        "Removes it from all nodes, if nobody needs it; the kernel frees its socket buffers at once."
    )


@pytest.mark.parametrize(
    ("manager", "by"), [(Manager.HELM, "by Helm"), (Manager.OPERATOR, "by an operator")], ids=["Helm", "operator"]
)
def test_what_is_managed_comes_back_unless_it_is_removed_there(manager: Manager, by: str) -> None:
    """A command that undoes itself is no remedy."""
    found = root_cause(daemonset(manager=manager))

    assert f"at once. It is managed {by}: remove it there, or it comes back." in found.remedy
    assert found.reason.endswith(f"it is 2y326d old and managed by {manager}")


def test_where_the_api_was_not_asked_nothing_changes() -> None:
    """And the report says what it would take."""
    found = root_cause(daemonset(), is_asked=False)

    assert "is inferred from the names of its pods" in found.remedy
    assert found.reason.endswith("its age is unknown (needs access to the Kubernetes API)")


@pytest.mark.parametrize(
    "other", [daemonset("weave/another"), daemonset(cluster="other"), daemonset(created_at=None, changed_by="")]
)
def test_one_that_the_api_does_not_know_is_of_unknown_age(other: DaemonSet) -> None:
    """Another name, another cluster, or no time of creation."""
    assert root_cause(other).reason.endswith("its age is unknown")
