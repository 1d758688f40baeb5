"""How pods end that do not end by themselves."""

from __future__ import annotations

from dataclasses import replace
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
        (disrupted("DeletionByPodGC", phase="Failed"), end(Ending.NODE_GONE, "by DeletionByPodGC")),
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
    """Which taint it was it does not say: that of a lost node only where the node was lost by then."""
    status = disrupted("DeletionByTaintManager", phase="Running")
    deleted = pod(status, deletionTimestamp="2026-11-24T09:00:30Z", deletionGracePeriodSeconds=30)
    expected = end(Ending.TAINTED, "by DeletionByTaintManager")

    assert expected == of_pod(deleted)
    assert expected == of_pod(deleted, lost_since=AT + timedelta(seconds=1))
    assert replace(expected, ending=Ending.NODE_LOST) == of_pod(deleted, lost_since=AT)


ADMITTED_NOT = "Pod was rejected: The node had condition: [MemoryPressure]. "
EMPTY_DIR = 'Usage of EmptyDir volume "memory-cache" exceeds the limit "1Gi". '
LOW = (
    "The node was low on resource: ephemeral-storage. Threshold quantity: 2Gi, available: 1Gi. Container memory-hog "
    "was using 3Gi, request is 0, has larger consumption of ephemeral-storage. "
)


@pytest.mark.parametrize(
    ("reason", "message", "expected"),
    [
        ("Evicted", LOW, Ending.EVICTED),
        ("Evicted", EMPTY_DIR, Ending.OWN_DISK_LIMIT),
        (
            "Evicted",
            "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. ",
            Ending.OWN_DISK_LIMIT,
        ),
        ("Evicted", 'Container app exceeded its local ephemeral storage limit "1Gi". ', Ending.OWN_DISK_LIMIT),
        ("Evicted", ADMITTED_NOT, Ending.REFUSED),
        ("Evicted", "Pod The node had condition: [DiskPressure]. ", Ending.REFUSED),
        ("Terminated", "Pod was terminated in response to imminent node shutdown.", Ending.SHUT_DOWN),
        ("Shutdown", "Node is shutting, evicting pods", Ending.SHUT_DOWN),
        ("Shutdown", "Pod Node is in progress of shutting down, not admitting any new pods", Ending.REFUSED),
        (
            "NodeShutdown",
            "Pod was rejected: Pod was rejected as the node is shutting down.",
            Ending.REFUSED,
        ),
        ("UnexpectedAdmissionError", "Pod was rejected: Allocate failed", Ending.REFUSED),
        ("OutOfmemory", "Pod was rejected: Node didn't have enough resource: memory", Ending.REFUSED),
    ],
)
def test_what_the_kubelet_says_of_a_failed_pod_is_told_apart_by_its_message(
    reason: str, message: str, expected: Ending
) -> None:
    """Evicted is a node that ran low, a limit of the pod's own, or a pod that never ran."""
    found = of_pod(pod({"phase": "Failed", "reason": reason, "message": message}))

    assert found == end(expected, message, at=None)


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
        end(Ending.TAINTED, "Marking for deletion Pod live/main-0", node="", uid=""),
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


@pytest.mark.parametrize(
    ("reason", "message", "source", "expected"),
    [
        ("Evicted", "Evicted pod: Underutilized", "karpenter", end(Ending.DRAINED, by="karpenter")),
        ("Evicted", "Evicted pod", "", end(Ending.DRAINED)),
        ("Evicted", "by some controller", "other-controller", end(Ending.DRAINED, by="other-controller")),
        ("Evicted", LOW, "kubelet", end(Ending.EVICTED)),
        ("Evicted", EMPTY_DIR, "kubelet", end(Ending.OWN_DISK_LIMIT)),
        ("Evicted", "The node had condition: [DiskPressure]. ", "kubelet", end(Ending.REFUSED)),
        ("NodeShutdown", "Pod was rejected as the node is shutting down.", "kubelet", end(Ending.REFUSED)),
        ("NodeShutdown", "whatever", "other-controller", None),
        ("Preempting", "Preempted in order to admit critical pod", "kubelet", end(Ending.PREEMPTED)),
        ("Preempting", "whatever", "other-controller", None),
        ("Preempted", "Preempted by pod 1-2 on node node-1", "my-scheduler", end(Ending.PREEMPTED)),
    ],
)
def test_who_wrote_an_event_is_read_before_its_reason(
    reason: str, message: str, source: str, expected: PodEnd | None
) -> None:
    """Karpenter's Evicted is a drained node; a scheduler may be called anything."""
    found = list(of_events([event(reason, message, source=source)]))

    assert found == ([] if expected is None else [replace(expected, message=message, node="", uid="")])


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
    other = end(Ending.TAINTED, name="other-0", uid="", at=AT - timedelta(minutes=1))
    of_lost_node = end(Ending.NODE_LOST, name="other-0", uid="p-2", at=AT - timedelta(minutes=1))
    undated = end(Ending.EVICTED, name="when-0", uid="p-3", at=None)

    assert merged([of_the_pod, of_the_pod, undated], [of_the_event, other]) == [undated, other, of_the_pod]
    assert merged([of_lost_node], [other]) == [of_lost_node]
