"""How a node stands with Kubernetes, in one sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fleetscan.model.kubernetes import Condition, Status, Taint
from fleetscan.render.html import page
from fleetscan.render.text import report as text
from fleetscan.render.words.node_state import CONDITIONS, TAINTS, state
from tests.fixtures.clusters import ago, ready, view
from tests.fixtures.dead_pods import affected, report

HEARD = {"lease_renewed_at": ago(seconds=6)}
SILENT = ready(Status.UNKNOWN, ago(minutes=9))
SILENT_WORDS = (
    "NotReady (Unknown) since 05:56:00 UTC, for 9 min (Kubelet stopped posting node status.); tainted "
    "node.kubernetes.io/unreachable:NoSchedule, node.kubernetes.io/unreachable:NoExecute; cordoned; "
    "last heartbeat 10 min ago"
)
TROUBLED_WORDS = (
    "Ready; MemoryPressure is True since 06:03:00 UTC, for 2 min (low); NetworkingReady is False "
    "(IPAMDNotRunning); StorageReady is Unknown"
)


def condition(kind: str, status: Status = Status.TRUE, **fields: Any) -> Condition:  # noqa: ANN401 - its fields
    """Return a condition."""
    return Condition(kind=kind, status=status, **fields)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (HEARD, "Ready since 2025-01-15, for 365 d; last heartbeat 6 s ago"),
        ({"conditions": (ready(since=ago(minutes=31)),)}, "Ready since 05:34:00 UTC, for 31 min"),
        ({"conditions": (condition("Ready"),)}, "Ready"),
        ({"conditions": ()}, "no Ready condition"),
        (
            {
                "conditions": (SILENT, condition("MemoryPressure", Status.UNKNOWN)),
                "taints": (
                    Taint(key="node.kubernetes.io/unreachable", effect="NoSchedule"),
                    Taint(key="node.kubernetes.io/unreachable", effect="NoExecute"),
                ),
                "is_cordoned": True,
                "lease_renewed_at": ago(minutes=10),
            },
            SILENT_WORDS,
        ),
        (
            {
                "conditions": (
                    condition("Ready"),
                    condition("MemoryPressure", since=ago(minutes=2), message="low"),
                    condition("DiskPressure", Status.FALSE),
                    condition("KernelReady"),
                    condition("NetworkingReady", Status.FALSE, reason="IPAMDNotRunning"),
                    condition("StorageReady", Status.UNKNOWN),
                )
            },
            TROUBLED_WORDS,
        ),
        ({"conditions": (condition("Ready"),), "lease_renewed_at": ago(seconds=-3)}, "Ready; last heartbeat 0 s ago"),
    ],
    ids=["well", "again", "since when is not known", "not reported", "silent", "other conditions", "beat meanwhile"],
)
def test_it_says_what_is_known_and_leaves_out_the_rest(given: dict[str, Any], expected: str) -> None:
    """Whatever is as it should be needs no words."""
    assert state(replace(view(), **given)) == expected


def test_many_are_counted() -> None:
    """A node may report twenty conditions and taints."""
    conditions = tuple(condition(f"Trouble{each}Problem") for each in range(CONDITIONS + 2))
    taints = tuple(Taint(key=f"key{each}", effect="NoSchedule") for each in range(TAINTS + 3))
    said = state(replace(view(), conditions=(condition("Ready"), *conditions), taints=taints))

    assert "; and 2 more conditions; tainted key0:NoSchedule" in said
    assert said.endswith("key3:NoSchedule and 3 more")


def test_it_is_reported_of_a_node_with_findings_in_text_and_on_the_page() -> None:
    """Where Kubernetes was asked."""
    words = "Ready since 2025-01-15, for 365 d; last heartbeat 6 s ago."
    asked, unasked = report(affected(replace(view(), lease_renewed_at=ago(seconds=6)))), report(affected(None))

    assert f"\n  Kubernetes: {words}\n" in text.render(asked)
    assert f'<h4>Node status in Kubernetes</h4><p class="soft">{words}</p>' in page.render(asked)
    assert "Ready since" not in text.render(unasked) + page.render(unasked)
