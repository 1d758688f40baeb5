"""Which events are kept, and what they say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from lightkube.models.core_v1 import Event
from msgspec import convert

from fleetscan.kubernetes.event import NODE_REASONS, POD_REASONS, ROUTINE_POD_REASONS, kept, oldest_first
from fleetscan.model.kubernetes import ClusterEvent

FIRST, LAST = "2026-11-24T08:00:00Z", "2026-11-24T08:51:00Z"


def event(**parts: Any) -> Event:  # noqa: ANN401 - fields of an event
    """Return an event of a node, with parts of it replaced."""
    return convert(
        {
            "metadata": {"uid": "e-1", "name": "x", "creationTimestamp": FIRST},
            "involvedObject": {"kind": "Node", "name": "node-1", "uid": "n-1"},
            "reason": "NodeNotReady",
            "message": "Node node-1 status is now: NodeNotReady",
            "type": "Normal",
            "firstTimestamp": FIRST,
            "lastTimestamp": LAST,
            "count": 3,
            "source": {"component": "node-controller"},
        }
        | parts,
        Event,
    )


def test_an_event_of_a_node_is_kept_though_it_is_normal() -> None:
    """The node controller's NodeNotReady is of type Normal."""
    expected = ClusterEvent(
        uid="e-1",
        at=datetime(2026, 11, 24, 8, 51, tzinfo=UTC),
        kind="Node",
        name="node-1",
        reason="NodeNotReady",
        message="Node node-1 status is now: NodeNotReady",
        count=3,
        first_at=datetime(2026, 11, 24, 8, 0, tzinfo=UTC),
        node="node-1",
        subject_uid="n-1",
        source="node-controller",
    )

    assert expected == kept(event())


def test_who_reported_it_is_kept() -> None:
    """Of one change of a node the kubelet and the node controller both report, in the same words."""
    old = kept(event(source={"component": "kubelet", "host": "node-1"}))
    new = kept(event(source={}, reportingComponent="kubelet", reportingInstance="node-1"))
    nobody = kept(event(source={}))

    assert [one and one.source for one in (old, new, nobody)] == ["kubelet", "kubelet", ""]


def test_an_event_of_the_new_api_has_its_times_elsewhere() -> None:
    """The scheduler's: one time, and a series once it happens again."""
    found = kept(
        event(
            involvedObject={"kind": "Pod", "namespace": "live", "name": "main-0"},
            reason="FailedScheduling",
            firstTimestamp=None,
            lastTimestamp=None,
            count=None,
            source={},
            eventTime="2026-11-24T08:10:00.000001Z",
            series={"count": 12, "lastObservedTime": "2026-11-24T08:40:00.000000Z"},
        )
    )

    assert found is not None
    assert (found.at, found.count) == (datetime(2026, 11, 24, 8, 40, tzinfo=UTC), 12)
    assert found.first_at == datetime(2026, 11, 24, 8, 10, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"reason": "Evicted", "source": {"component": "kubelet", "host": "node-7"}}, "node-7"),
        ({"reason": "Evicted", "source": {}, "reportingComponent": "kubelet", "reportingInstance": "node-8"}, "node-8"),
        ({"reason": "Preempted", "message": "Preempted by live/checkout-0 on node node-9"}, "node-9"),
        ({"reason": "Evicted", "message": "lies on node node-9"}, ""),
        ({"reason": "TaintManagerEviction", "source": {"component": "taint-controller"}}, ""),
    ],
)
def test_the_node_of_a_pod_s_event_is_reported_where_it_is_known(parts: dict[str, Any], expected: str) -> None:
    """By the kubelet that sent it, or in the scheduler's words; a message of anybody else names no node."""
    found = kept(event(involvedObject={"kind": "Pod", "namespace": "live", "name": "main-0"}, **parts))

    assert found is not None
    assert expected == found.node


@pytest.mark.parametrize(
    "parts",
    [
        {"reason": "Starting"},
        *({"reason": reason} for reason in ("NodeRepaired", "NodeRebooting", "Drained")),
        {"reason": None},
        {"involvedObject": {"kind": "Deployment", "name": "main"}},
        {"involvedObject": {"kind": "Pod", "name": "main-0"}, "reason": "NodeReady"},
        {"involvedObject": {"name": "main-0"}},
        {"firstTimestamp": None, "lastTimestamp": None, "metadata": {"uid": "e-1"}},
    ],
)
def test_what_is_not_worth_an_hour_more_is_not_kept(parts: dict[str, Any]) -> None:
    """Other reasons, those that nobody writes, other kinds, and what says no time."""
    assert kept(event(**parts)) is None


def test_no_reason_is_both_left_out_by_the_server_and_wanted() -> None:
    """What is kept of pods is not in the list of what the API server leaves out."""
    assert not POD_REASONS & set(ROUTINE_POD_REASONS)
    assert {"NodeNotReady", "SystemOOM", "OOMKilling"} <= NODE_REASONS
    assert {"Evicted", "TaintManagerEviction", "FailedScheduling"} <= POD_REASONS


def test_long_words_are_cut() -> None:
    """Reason and message of an event are whoever's may make one."""
    found = kept(event(message="m" * 9_999, involvedObject={"kind": "Node", "name": "n" * 9_999}))

    assert found is not None
    assert (len(found.message), len(found.name)) == (500, 253)


def test_oldest_first_and_the_same_order_every_time() -> None:
    """Two of the same second are ordered by their ids."""
    found = [
        kept(event(lastTimestamp="2026-11-24T09:00:00Z", metadata={"uid": "later"})),
        kept(event(metadata={"uid": "b"})),
        kept(event(metadata={"uid": "a"})),
    ]

    assert [one.uid for one in oldest_first(one for one in found if one)] == ["a", "b", "later"]
