"""Who owns a pod by its name, and the commands that name it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.fleet.workload import Kind, Owner, PodOnNode, owner, remedy


@pytest.mark.parametrize(
    ("pod", "namespace", "name", "kind"),
    [
        ("weave/weave-scope-agent-x7k2p", "weave", "weave-scope-agent", Kind.POD),
        ("live/checkout-6c9f7d5b8-x2x9q", "live", "checkout", Kind.DEPLOYMENT),
        ("live/main-service-5d4f8c7b9d-hpdkg", "live", "main-service", Kind.DEPLOYMENT),
        ("data/kafka-0", "data", "kafka", Kind.STATEFULSET),
        ("kube-system/aws-node-9p2vd", "kube-system", "aws-node", Kind.POD),
    ],
)
def test_a_pod_s_name_shows_its_owner(pod: str, namespace: str, name: str, kind: Kind) -> None:
    """Random suffixes have no vowels, so a word is not taken for one."""
    assert Owner(namespace=namespace, name=name, kind=kind) == owner(pod)


@pytest.mark.parametrize("pod", ["kube-system/proxy-ip-10-0-1-23.internal", "live/debug", "live/agent-scope"])
def test_a_pod_without_a_suffix_is_its_own_owner(pod: str) -> None:
    """And not the workload that has its name: a node that drops a suffix must not speak of that one."""
    namespace, name = pod.split("/")

    assert Owner(namespace=namespace, name=name, kind=Kind.POD, is_bare=True) == owner(pod)


@pytest.mark.parametrize("pod", ["", "/", "weave/", "/agent", "0b1f9a4e-55d0-4d7e-8f57-3c1a2f0e9d11"])
def test_what_is_no_pod_name_has_no_owner(pod: str) -> None:
    """A uid stands where the name is not known."""
    assert owner(pod) is None


def test_a_daemonset_is_looked_at_then_removed() -> None:
    """Both commands in full."""
    expected = (
        "    kubectl -n weave get daemonset weave-scope-agent -o yaml\nShows its configuration. That it is a "
        "DaemonSet is inferred from the names of its pods.\n    kubectl -n weave delete daemonset "
        "weave-scope-agent\nRemoves it from all nodes, if nobody needs it; memory comes back."
    )

    assert expected == remedy(Kind.DAEMONSET, namespace="weave", name="weave-scope-agent", gain="memory comes back")


@pytest.mark.parametrize("kind", [Kind.DEPLOYMENT, Kind.STATEFULSET])
def test_an_application_is_started_anew_and_not_deleted(kind: Kind) -> None:
    """It is there for a reason."""
    words = remedy(kind, namespace="live", name="shop")

    assert f"kubectl -n live rollout restart {kind} shop" in words
    assert "delete" not in words


@given(st.sampled_from(Kind), st.text(max_size=80), st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_no_name_leaves_its_place_in_a_command(kind: Kind, namespace: str, name: str, pod: str, where: str) -> None:
    """Whatever a node calls things, a command holds letters, digits, dots, dashes, commas and spaces."""
    words = remedy(kind, namespace=namespace, name=name, pods=[PodOnNode(pod=f"{namespace}/{pod}", node=where)])
    commands = [line.strip() for line in words.splitlines() if line.startswith("    ")]

    assert all(re.fullmatch(r"(?:kubectl|ps) [A-Za-z0-9 .,=_-]+", command) for command in commands)
