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
from tests.fixtures.compared_fleet import GIB, SCOPE, holder, node, pod_of, slab, suspect


def held(number: int) -> Diagnosis:
    """Return a node on which the agent holds the slab."""
    pod = pod_of("weave/weave-scope-agent", number)
    finding = slab(Cause.SOCKET_QUEUE, [suspect(pod, 0.97, SCOPE)])
    return node(number, [SCOPE], [finding], detail=True, holders=[holder(pod, 2 * GIB, SCOPE)])


def nodes(*, is_asked: bool = True, holding: int = 1, silent: int = 2) -> list[Diagnosis]:
    """Return nodes on which the agent holds the slab, and others."""
    every = [*(held(number) for number in range(holding)), *(node(100 + number, [SCOPE]) for number in range(silent))]
    return [replace(one, kubernetes=view() if is_asked else None) for one in every]


def root_cause(*daemonsets: DaemonSet, is_asked: bool = True, holding: int = 1, silent: int = 2) -> RootCause:
    """Return the root cause of those nodes."""
    (conclusion,) = conclusions(nodes(is_asked=is_asked, holding=holding, silent=silent), None, daemonsets)
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
    found = root_cause(daemonset(), is_asked=False, holding=2)

    assert "is inferred from the names of its pods" in found.remedy
    assert found.reason.endswith("its age is unknown (needs access to the Kubernetes API)")


@pytest.mark.parametrize("other", [daemonset(cluster="other"), daemonset(created_at=None, changed_by="")])
def test_one_of_which_the_api_does_not_say_it_is_of_unknown_age(other: DaemonSet) -> None:
    """Another cluster's list, or no time of creation."""
    assert root_cause(other, holding=2).reason.endswith("its age is unknown")


def test_one_that_the_api_does_not_list_gets_no_command() -> None:
    """Even where two nodes say so; what they show is told, and each of their pods is their own."""
    found = root_cause(daemonset("weave/another"), holding=2)

    assert (found.kind, found.is_confirmed) == ("pod", True)
    assert "Kubernetes lists no DaemonSet of this name" in found.reason
    assert "daemonset" not in found.remedy


@pytest.mark.parametrize(("silent", "kind"), [(2, "daemonset"), (3, "pod")])
def test_against_many_silent_nodes_one_is_not_believed_of_a_daemonset_that_exists(silent: int, kind: str) -> None:
    """It runs on all of them, and they hold nothing."""
    found = root_cause(daemonset(), silent=silent)

    assert (found.kind, found.is_confirmed, "delete daemonset" in found.remedy) == (
        kind,
        kind == "daemonset",
        kind == "daemonset",
    )


def test_a_node_whose_pod_kubernetes_does_not_list_there_is_no_witness() -> None:
    """Two say so, and one of them shows a pod that is not on it."""
    first, second, *others = nodes(holding=2)
    second = replace(second, presence=replace(second.presence, unlisted_pods=(pod_of("weave/weave-scope-agent", 1),)))
    both = [
        replace(
            one,
            presence=replace(
                one.presence, unlisted_pods=one.presence.unlisted_pods or ("weave/weave-scope-agent-bbbbb",)
            ),
        )
        for one in (first, second)
    ]
    (one,), (none,) = (
        conclusions([*listed, *others, *nodes(holding=0, silent=3)])[0].root_causes
        for listed in ([first, second], both)
    )

    assert (one.is_confirmed, one.remedy.count("delete pods"), "-bbbbb" in one.remedy) == (False, 1, True)
    assert (none.is_confirmed, none.remedy.startswith("No command is given for it.")) == (False, True)
    assert "Kubernetes does not list the pod on this node" in none.reason
