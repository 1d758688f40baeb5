"""How a pod was terminated (not by its own exit): from its status while it exists, from its events afterwards.

A pod that the kubelet evicted stays as *Failed* until it is garbage-collected. One that the taint manager evicted from
a lost node is deleted, and only an event is left: "Marking for deletion Pod live/main-0", which "Cancelling deletion of
Pod live/main-0" revokes when the node returns in time. Since Kubernetes 1.26 the condition ``DisruptionTarget`` names
the cause. https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from fleetscan.kubernetes.bounds import MESSAGE_CHARACTERS, NAME_CHARACTERS, REASON_CHARACTERS, cut
from fleetscan.kubernetes.owner import owner
from fleetscan.model.kubernetes import ClusterEvent, Ending, PodEnd

if TYPE_CHECKING:
    from lightkube.models.core_v1 import ContainerStateTerminated, Pod, PodCondition

_BY_STATUS: Final = {
    "Evicted": Ending.EVICTED,
    "NodeLost": Ending.NODE_LOST,
    "Preempting": Ending.PREEMPTED,
    "Terminated": Ending.SHUT_DOWN,
    "Shutdown": Ending.SHUT_DOWN,
    "NodeShutdown": Ending.REFUSED,
    "UnexpectedAdmissionError": Ending.REFUSED,
}
"""``status.reason`` of a pod that failed: kubelet/eviction, preemption, nodeshutdown and lifecycle."""
_OUT_OF = "OutOf"
"""``OutOfcpu``, ``OutOfmemory``, ``OutOfpods``: the node did not have what the pod requests."""
_BY_DISRUPTION: Final = {
    "DeletionByTaintManager": Ending.TAINTED,
    "DeletionByPodGC": Ending.NODE_GONE,
    "PreemptionByScheduler": Ending.PREEMPTED,
    "PreemptionByKubeScheduler": Ending.PREEMPTED,
}
"""Reason of ``DisruptionTarget``. ``EvictionByEvictionAPI`` is left out: it means that a node is drained."""
_BY_EVENT: Final = {
    "Preempted": Ending.PREEMPTED,
    "TaintManagerEviction": Ending.TAINTED,
}
_BY_KUBELET: Final = frozenset({"Evicted", "Preempting", "NodeShutdown"})
"""Reasons that the kubelet writes into the pod's status too. Others write events with the same reasons."""
_KUBELET = "kubelet"
_BY_KARPENTER = "Evicted pod"
"""``Evicted pod: Underutilized``, before 1.2 without a reason (karpenter/pkg/controllers/node/termination)."""

_REFUSALS: Final = ("The node had condition: ", "not admitting any new pods")
"""kubelet/eviction, and kubelet/nodeshutdown of 1.20, which said Shutdown of refused and of terminated pods."""
_OWN_LIMITS: Final = re.compile(
    r"Usage of EmptyDir volume \"[^\"]*\" exceeds the limit"
    r"|Pod ephemeral local storage usage exceeds the total limit of containers"
    r"|Container \S+ exceeded its local ephemeral storage limit"
)
"""kubelet/eviction, helpers.go: limits of the pod itself, which say nothing of its node."""
_CANCELLED = "Cancelling deletion"
_OOM_KILLED = "OOMKilled"
"""containerd says so when ``oom_kill`` of the container's memory.events rose. Any OOM kill counts there, so it does not
say whose limit was reached."""


def of_pod(pod: Pod, *, lost_since: datetime | None = None) -> PodEnd | None:
    """Return how a pod ended or is about to end; None for a running pod, and for one that exited by itself.

    ``lost_since`` is since when its node is NotReady: a deletion from then on without another reason is attributed to
    the node; one requested earlier, or by a drain, is intended.
    """
    if pod.metadata is None:
        return None
    status = pod.status
    disruption = _disruption(pod)
    ending, at, message = None, None, (status and status.message) or ""
    killed = _oom_killed(pod)
    if status and status.phase == "Failed":
        ending = _of_failed(status.reason or "", message) or _BY_DISRUPTION.get(
            (disruption and disruption.reason) or ""
        )
        at = _over(pod, disruption)
    elif pod.metadata.deletionTimestamp:
        at = _deleted(pod)
        is_lost = lost_since is not None and at is not None and at >= lost_since
        if disruption is not None:
            ending = _BY_DISRUPTION.get(disruption.reason or "")
            if ending is Ending.TAINTED and is_lost:
                ending = Ending.NODE_LOST
        elif is_lost or (status and status.reason == "NodeLost"):
            ending = Ending.NODE_LOST
    if ending is not None:
        message = message or (disruption and disruption.message) or ""
    elif killed is not None:
        name, state = killed
        ending, at = Ending.OOM_KILLED, state.finishedAt
        message = f"container {name}, exit code {state.exitCode}"
    if ending is None:
        return None
    kind, name = owner(pod.metadata)
    return PodEnd(
        namespace=cut(pod.metadata.namespace, NAME_CHARACTERS),
        name=cut(pod.metadata.name, NAME_CHARACTERS),
        ending=ending,
        at=at,
        node=cut(pod.spec.nodeName if pod.spec else None, NAME_CHARACTERS),
        uid=cut(pod.metadata.uid, NAME_CHARACTERS),
        message=cut(message, MESSAGE_CHARACTERS),
        owner_kind=kind,
        owner_name=name,
    )


def of_events(events: Iterable[ClusterEvent]) -> Iterator[PodEnd]:
    """Yield the pod ends found in events, without those that a later event revoked."""
    reported = [event for event in events if event.kind == "Pod" and event.reason in _BY_EVENT.keys() | _BY_KUBELET]
    cancelled: dict[tuple[str, str], datetime] = {}
    for event in reported:
        if event.message.startswith(_CANCELLED):
            key = (event.namespace, event.name)
            cancelled[key] = max(event.at, cancelled.get(key, event.at))
    for event in reported:
        cancelled_at = cancelled.get((event.namespace, event.name))
        if event.message.startswith(_CANCELLED):
            continue
        if event.reason == "TaintManagerEviction" and cancelled_at is not None and cancelled_at >= event.at:
            continue
        ending = _of_event(event)
        if ending is None:
            continue
        yield PodEnd(
            namespace=event.namespace,
            name=event.name,
            ending=ending,
            at=event.at,
            node=event.node,
            uid=event.subject_uid,
            message=event.message,
            by=event.source if ending is Ending.DRAINED else "",
        )


def merged(of_pods: Iterable[PodEnd], reported: Iterable[PodEnd]) -> list[PodEnd]:
    """Return each end once, oldest first; the status of the pod itself takes precedence over its events."""
    found: dict[tuple[str, str, Ending, str], PodEnd] = {}
    named: set[tuple[str, str, Ending]] = set()
    for end in of_pods:
        found.setdefault((end.namespace, end.name, end.ending.family, end.uid), end)
        named.add((end.namespace, end.name, end.ending.family))
    for end in reported:
        # The taint manager's events lack the pod's uid; it is identified by its name.
        if (end.namespace, end.name, end.ending.family) not in named:
            found.setdefault((end.namespace, end.name, end.ending.family, end.uid), end)
    return sorted(found.values(), key=lambda end: (end.at is not None, end.at, end.namespace, end.name, end.ending))


def _of_failed(reason: str, message: str) -> Ending | None:
    """Return how a pod failed, by the kubelet's reason and, where that means several things, by its message."""
    ending = Ending.REFUSED if reason.startswith(_OUT_OF) else _BY_STATUS.get(reason)
    if ending in {Ending.EVICTED, Ending.SHUT_DOWN} and any(one in message for one in _REFUSALS):
        return Ending.REFUSED
    if ending is Ending.EVICTED and _OWN_LIMITS.search(message):
        return Ending.OWN_DISK_LIMIT
    return ending


def _of_event(event: ClusterEvent) -> Ending | None:
    """Return what an event says; None where its reason means something only if another had written it."""
    if event.reason not in _BY_KUBELET:
        return _BY_EVENT[event.reason]
    is_kubelet = event.source == _KUBELET or (not event.source and not event.message.startswith(_BY_KARPENTER))
    if is_kubelet:
        return _of_failed(event.reason, event.message)
    return Ending.DRAINED if event.reason == "Evicted" else None


def _disruption(pod: Pod) -> PodCondition | None:
    conditions = (pod.status and pod.status.conditions) or ()
    return next((one for one in conditions if one.type == "DisruptionTarget" and one.status == "True"), None)


def _oom_killed(pod: Pod) -> tuple[str, ContainerStateTerminated] | None:
    """Return the container that was OOM-killed last, and its terminated state."""
    found = [
        (cut(one.name, REASON_CHARACTERS), state.terminated)
        for one in (pod.status and pod.status.containerStatuses) or ()
        for state in (one.state, one.lastState)
        if state and state.terminated and state.terminated.reason == _OOM_KILLED
    ]
    return max(found, key=lambda each: each[1].finishedAt.timestamp() if each[1].finishedAt else 0.0, default=None)


def _over(pod: Pod, disruption: PodCondition | None) -> datetime | None:
    """Return when a pod failed: the time of the disruption, else its last container's end, else its last condition."""
    if disruption and disruption.lastTransitionTime:
        return disruption.lastTransitionTime
    status = pod.status
    ended = [
        one.state.terminated.finishedAt
        for one in (status and status.containerStatuses) or ()
        if one.state and one.state.terminated and one.state.terminated.finishedAt
    ]
    turned = [one.lastTransitionTime for one in (status and status.conditions) or () if one.lastTransitionTime]
    return max(ended or turned, default=None)


def _deleted(pod: Pod) -> datetime | None:
    """Return when its deletion was requested: deletionTimestamp is the end of the grace period."""
    metadata = pod.metadata
    if metadata is None or metadata.deletionTimestamp is None:
        return None
    return metadata.deletionTimestamp - timedelta(seconds=metadata.deletionGracePeriodSeconds or 0)
