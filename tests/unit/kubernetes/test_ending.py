"""How pods end that do not end by themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lightkube.models.core_v1 import Pod
from msgspec import convert

from fleetscan.kubernetes.ending import merged, of_events, of_pod
from fleetscan.model.kubernetes import ClusterEvent, Ending, PodEnd

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TIME = "2026-11-24T09:00:00Z"


def pod(status: dict[str, Any], **metadata: Any) -> Pod:  # noqa: ANN401 - fields of metadata
    """Return a pod with a status."""
    return convert(
        {
            "metadata": {"name": "main-0", "namespace": "live", "uid": "p-1"} | metadata,
            "spec": {"nodeName": "node-1", "containers": []},
            "status": status,
        },
        Pod,
    )


def disrupted(why: str, **status: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of a status
    """Return the status of a pod that was disrupted."""
    condition = {
        "type": "DisruptionTarget",
        "status": "True",
        "reason": why,
        "message": f"by {why}",
        "lastTransitionTime": TIME,
    }
    return {"conditions": [condition]} | status


def terminated(reason: str, at: str = TIME) -> dict[str, Any]:
    """Return the state of a container that was terminated."""
    return {"terminated": {"exitCode": 137, "reason": reason, "finishedAt": at}}


def container(**states: Any) -> dict[str, Any]:  # noqa: ANN401 - state and lastState
    """Return the status of a container."""
    return {"name": "main", "image": "i", "imageID": "", "ready": True, "restartCount": 1} | states


def end(ending: Ending, message: str = "", at: datetime | None = AT, **fields: Any) -> PodEnd:  # noqa: ANN401 - its fields
    """Return an end of that pod."""
    known: dict[str, Any] = {"namespace": "live", "name": "main-0", "node": "node-1", "uid": "p-1"} | fields
    return PodEnd(ending=ending, message=message, at=at, **known)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (
            disrupted("TerminationByKubelet", phase="Failed", reason="Evicted", message="low on resource: memory"),
            end(Ending.EVICTED, "low on resource: memory"),
        ),
        (
            {
                "phase": "Failed",
                "reason": "Evicted",
                "message": "old kubelet",
                "containerStatuses": [container(state=terminated("Error"))],
            },
            end(Ending.EVICTED, "old kubelet"),
        ),
        ({"phase": "Failed", "reason": "Evicted"}, end(Ending.EVICTED, at=None)),
        (
            disrupted("PreemptionByScheduler", phase="Failed"),
            end(Ending.PREEMPTED, "by PreemptionByScheduler"),
        ),
        (disrupted("DeletionByPodGC", phase="Failed"), end(Ending.NODE_LOST, "by DeletionByPodGC")),
        (
            disrupted("TerminationByKubelet", phase="Failed", reason="Terminated", message="node shutdown"),
            end(Ending.SHUT_DOWN, "node shutdown"),
        ),
        (
            {"phase": "Failed", "containerStatuses": [container(state=terminated("OOMKilled"))]},
            end(Ending.OOM_KILLED, "container main, exit code 137"),
        ),
        (
            {"phase": "Running", "containerStatuses": [container(lastState=terminated("OOMKilled"))]},
            end(Ending.OOM_KILLED, "container main, exit code 137"),
        ),
    ],
)
def test_a_pod_shows_its_own_end(status: dict[str, Any], expected: PodEnd) -> None:
    """By the kubelet's reason, the disruption's, the state of its containers; a time that is not reported is None."""
    assert expected == of_pod(pod(status))


@pytest.mark.parametrize(
    "status",
    [
        {"phase": "Running"},
        {"phase": "Failed", "containerStatuses": [container(state=terminated("Error"))]},
        disrupted("EvictionByEvictionAPI", phase="Failed"),
        {"phase": "Succeeded"},
    ],
)
def test_an_end_of_its_own_or_by_somebody_s_wish_is_none(status: dict[str, Any]) -> None:
    """A job that failed, a node that was drained, a pod that lives."""
    assert of_pod(pod(status)) is None


def test_a_pod_being_deleted_is_lost_only_with_its_node() -> None:
    """On a node that is ready a deletion is somebody's wish. The time is that of the request, not the grace's end."""
    deleted = pod({"phase": "Running"}, deletionTimestamp="2026-11-24T09:00:30Z", deletionGracePeriodSeconds=30)
    expected = end(Ending.NODE_LOST)

    assert of_pod(deleted) is None
    assert expected == of_pod(deleted, lost_since=AT)


def test_a_deletion_from_before_the_node_was_lost_is_not_the_loss() -> None:
    """A rollout that took the pod away, on a node that falls silent before the pod is gone."""
    deleted = pod({"phase": "Running"}, deletionTimestamp="2026-11-24T09:00:30Z", deletionGracePeriodSeconds=30)

    assert of_pod(deleted, lost_since=AT + timedelta(seconds=1)) is None


def test_a_pod_that_is_drained_from_a_lost_node_is_drained() -> None:
    """Somebody asked for its eviction, and the condition says so."""
    status = disrupted("EvictionByEvictionAPI", phase="Running")
    drained = pod(status, deletionTimestamp="2026-11-24T09:00:30Z", deletionGracePeriodSeconds=30)

    assert of_pod(drained, lost_since=AT) is None


def test_the_taint_manager_s_deletion_is_known_by_its_condition() -> None:
    """Even where the node has come back."""
    status = disrupted("DeletionByTaintManager", phase="Running")
    deleted = pod(status, deletionTimestamp="2026-11-24T09:00:30Z", deletionGracePeriodSeconds=30)
    expected = end(Ending.NODE_LOST, "by DeletionByTaintManager")

    assert expected == of_pod(deleted)


def event(reason: str, message: str = "", *, minutes: float = 0, **fields: Any) -> ClusterEvent:  # noqa: ANN401 - its fields
    """Return an event of that pod, some minutes later."""
    known: dict[str, Any] = {
        "kind": "Pod",
        "namespace": "live",
        "name": "main-0",
        "uid": f"{reason}-{minutes}",
    } | fields
    return ClusterEvent(reason=reason, message=message, at=AT + timedelta(minutes=minutes), **known)


def test_events_report_pods_that_are_gone() -> None:
    """Evicted, preempted, taken off a lost node; not what only failed to be scheduled, nor what a node suffered."""
    expected = [
        end(Ending.EVICTED, "low", node="node-1", uid=""),
        end(Ending.NODE_LOST, "Marking for deletion Pod live/main-0", node="", uid=""),
    ]

    assert expected == list(
        of_events(
            [
                event("Evicted", "low", node="node-1"),
                event("TaintManagerEviction", "Marking for deletion Pod live/main-0"),
                event("FailedScheduling", "0/16"),
                event("NodeNotReady", kind="Node", name="node-1", namespace=""),
            ]
        )
    )


def test_a_deletion_that_was_cancelled_did_not_happen() -> None:
    """And one that came after the cancelling did: the node fell silent twice."""
    marked, cancelled = "Marking for deletion Pod live/main-0", "Cancelling deletion of Pod live/main-0"
    first = event("TaintManagerEviction", marked)
    taken_back = event("TaintManagerEviction", cancelled, minutes=2)
    again = event("TaintManagerEviction", marked, minutes=5)

    assert list(of_events([first, taken_back])) == []
    assert [one.at for one in of_events([first, taken_back, again])] == [AT + timedelta(minutes=5)]


def test_each_end_is_reported_once() -> None:
    """What the pod says goes before what an event says, which may not know its id."""
    of_the_pod = end(Ending.EVICTED, "in full", owner_kind="DaemonSet", owner_name="agent")
    of_the_event = end(Ending.EVICTED, "in short", uid="")
    other = end(Ending.NODE_LOST, name="other-0", uid="", at=AT - timedelta(minutes=1))
    undated = end(Ending.EVICTED, name="when-0", uid="p-3", at=None)

    assert merged([of_the_pod, of_the_pod, undated], [of_the_event, other]) == [undated, other, of_the_pod]
