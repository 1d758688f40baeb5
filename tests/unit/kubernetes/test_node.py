"""A node object and what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lightkube.models.coordination_v1 import Lease
from lightkube.models.core_v1 import Node
from msgspec import convert

from fleetscan.kubernetes import lease, node
from fleetscan.kubernetes.bounds import CONDITIONS_OF_A_NODE, MESSAGE_CHARACTERS, TAINTS_OF_A_NODE
from fleetscan.model.kubernetes import Condition, NodeView, Status, Taint

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
EARLIER = datetime(2026, 11, 24, 8, 51, tzinfo=UTC)


def test_a_lost_node_is_reported_in_full() -> None:
    """Conditions with their transition times, taints with theirs, instance and memory."""
    given_node = convert(
        {
            "metadata": {"name": "ip-10-0-37-118.ap-south-1.compute.internal"},
            "spec": {
                "providerID": "aws:///ap-south-1a/i-0a41c7e29d5f3b618",
                "unschedulable": True,
                "taints": [
                    {
                        "key": "node.kubernetes.io/unreachable",
                        "effect": "NoExecute",
                        "timeAdded": "2026-11-24T08:51:00Z",
                    }
                ],
            },
            "status": {
                "allocatable": {"memory": "3388360Ki", "cpu": "1930m", "pods": "17"},
                "conditions": [
                    {
                        "type": "Ready",
                        "status": "Unknown",
                        "lastTransitionTime": "2026-11-24T08:51:00Z",
                        "lastHeartbeatTime": "2026-11-24T08:50:00Z",
                        "reason": "NodeStatusUnknown",
                        "message": "Kubelet stopped posting node status.",
                    }
                ],
            },
        },
        Node,
    )
    expected = NodeView(
        name="ip-10-0-37-118.ap-south-1.compute.internal",
        at=AT,
        instance_id="i-0a41c7e29d5f3b618",
        conditions=(
            Condition(
                kind="Ready",
                status=Status.UNKNOWN,
                since=EARLIER,
                reason="NodeStatusUnknown",
                message="Kubelet stopped posting node status.",
                heard_at=EARLIER - timedelta(minutes=1),
            ),
        ),
        taints=(Taint(key="node.kubernetes.io/unreachable", effect="NoExecute", since=EARLIER),),
        is_cordoned=True,
        allocatable_memory_bytes=3_469_680_640,
        allocatable_pods=17,
    )

    assert expected == node.view(given_node, AT)


def test_a_node_that_says_nothing_is_unknown_and_not_healthy() -> None:
    """No condition, no memory, no instance: absent, not zero."""
    expected = NodeView(name="bare", at=AT)

    assert expected == node.view(convert({"metadata": {"name": "bare"}}, Node), AT)


@pytest.mark.parametrize(
    "provider_id",
    [
        None,
        "",
        "aws:///ap-south-1a/fargate-ip-10-0-1-2",
        "aws:///ap-south-1a/i-XYZ",
        "aws:///ap-south-1a/i-0a41c7e29d5f3b618/../../x",
        "gce://p/z/i-0a41c7e29d5f3b618",
        "aws:///ap-south-1a/i-0a41c7e29d5f3b618\n",
    ],
)
def test_only_an_ec2_instance_is_one(provider_id: str | None) -> None:
    """Fargate and other clouds have none, and nobody can name one by half."""
    assert node.instance_id(provider_id) == ""


@given(st.text(max_size=30))
def test_a_status_that_is_no_word_of_kubernetes_is_unknown(status: str) -> None:
    """Never healthy by mistake."""
    given_node = convert({"status": {"conditions": [{"type": "Ready", "status": status}]}}, Node)
    (condition,) = node.view(given_node, AT).conditions
    expected = status if status in {"True", "False"} else "Unknown"

    assert expected == condition.status.value


def test_what_is_too_much_or_too_long_is_cut() -> None:
    """Whoever may write a node's status decides how long it is."""
    condition: dict[str, Any] = {"type": "x" * 9_999, "status": "True", "reason": "y" * 9_999, "message": "z" * 99_999}
    given_node = convert(
        {
            "metadata": {"name": "n" * 9_999},
            "spec": {"taints": [{"key": "k" * 9_999, "effect": "e" * 9_999}] * 1_000},
            "status": {"conditions": [condition] * 1_000, "allocatable": {"memory": "9" * 9_999}},
        },
        Node,
    )
    found = node.view(given_node, AT)

    assert len(found.name) == 253
    assert (len(found.conditions), len(found.taints)) == (CONDITIONS_OF_A_NODE, TAINTS_OF_A_NODE)
    assert len(found.conditions[0].message) == MESSAGE_CHARACTERS
    assert found.allocatable_memory_bytes is None


def test_a_lease_is_the_heartbeat_of_the_node_of_its_name() -> None:
    """With microseconds, as the kubelet writes it."""
    given_lease = convert({"metadata": {"name": "node-1"}, "spec": {"renewTime": "2026-11-24T08:59:56.123456Z"}}, Lease)
    expected = ("node-1", datetime(2026, 11, 24, 8, 59, 56, 123456, tzinfo=UTC))

    assert expected == lease.heartbeat(given_lease)


def test_a_lease_that_was_never_renewed_is_no_heartbeat() -> None:
    """Unknown, not old."""
    assert lease.heartbeat(convert({"metadata": {"name": "node-1"}, "spec": {}}, Lease)) is None
