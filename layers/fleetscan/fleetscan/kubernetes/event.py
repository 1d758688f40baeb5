"""Selects the events of nodes and pods that are stored longer than Kubernetes keeps them.

The event type does not select them: the node controller's and the kubelet's ``NodeNotReady`` of a node, and the taint
manager's ``TaintManagerEviction`` of a pod, are *Normal*, as the scheduler's ``Preempted`` is; ``NodeNotReady`` of a
pod, ``Evicted``, ``SystemOOM`` and ``FailedScheduling`` are *Warning* (kubelet/nodestatus/setters.go,
nodelifecycle/scheduler/taint_manager.go, controller/util/node/controller_utils.go). So the reason decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from fleetscan.kubernetes.bounds import MESSAGE_CHARACTERS, NAME_CHARACTERS, REASON_CHARACTERS, cut
from fleetscan.model.kubernetes import ClusterEvent

if TYPE_CHECKING:
    from lightkube.models.core_v1 import Event

NODE_REASONS: Final = frozenset(
    {
        # The node's health, by the node controller and by its kubelet.
        "NodeNotReady",
        "NodeReady",
        "NodeNotSchedulable",
        "NodeSchedulable",
        "NodeHasInsufficientMemory",
        "NodeHasSufficientMemory",
        "NodeHasInsufficientPID",
        "NodeHasSufficientPID",
        "NodeHasDiskPressure",
        "NodeHasNoDiskPressure",
        "Rebooted",
        "EvictionThresholdMet",
        "SystemOOM",
        "FreeDiskSpaceFailed",
        "Shutdown",
        # By node-problem-detector and the node monitoring agent of EKS.
        "OOMKilling",
        "TaskHung",
        "KernelOops",
        "KubeletRestart",
        "ContainerdRestart",
        "DockerHung",
        "MemoryReadError",
        "UnregisterNetDevice",
        "FilesystemIsReadOnly",
        # By the controllers that remove nodes, and by Karpenter. Node repair of EKS has no event of its own.
        "DeletingNode",
        "RemovingNode",
        "DisruptionTerminating",
    }
)
POD_REASONS: Final = frozenset(
    {
        "NodeNotReady",
        "TaintManagerEviction",
        "Evicted",
        "Preempted",
        "Preempting",
        "OOMKilling",
        "SystemOOM",
        "FailedScheduling",
        "NodeShutdown",
        "ExceededGracePeriod",
        "FailedKillPod",
    }
)

ROUTINE_POD_REASONS: Final = (
    "BackOff",
    "Created",
    "Failed",
    "FailedAttachVolume",
    "FailedCreatePodSandBox",
    "FailedMount",
    "Killing",
    "Nominated",
    "Pulled",
    "Pulling",
    "SandboxChanged",
    "Scheduled",
    "Started",
    "SuccessfulAttachVolume",
    "TriggeredScaleUp",
    "Unhealthy",
)
"""The most frequent events of pods. A field selector can exclude reasons but not select one of several, so the API
server excludes these, and the others are filtered here."""

_ON_NODE = re.compile(r"\bon node (?P<node>[a-z0-9.-]{1,253})$")
"""``Preempted by live/checkout-0 on node ip-10-0-37-118...`` (scheduler, default_preemption.go)."""


def kept(event: Event) -> ClusterEvent | None:
    """Return an event that is worth storing; None for others, and for events without a time."""
    about = event.involvedObject
    kind, reason = about.kind or "", event.reason or ""
    at = _last(event)
    if at is None or reason not in {"Node": NODE_REASONS, "Pod": POD_REASONS}.get(kind, frozenset()):
        return None
    message = cut(event.message, MESSAGE_CHARACTERS)
    return ClusterEvent(
        uid=cut(event.metadata.uid, NAME_CHARACTERS),
        at=at,
        kind=kind,
        name=cut(about.name, NAME_CHARACTERS),
        # Events of nodes sometimes have a namespace in the involved object; a node has none.
        namespace=cut(about.namespace, NAME_CHARACTERS) if kind == "Pod" else "",
        reason=cut(reason, REASON_CHARACTERS),
        message=message,
        count=max(1, (event.series and event.series.count) or event.count or 1),
        first_at=event.firstTimestamp or event.eventTime,
        node=_node(event, message),
        subject_uid=cut(about.uid, NAME_CHARACTERS),
        source=cut(event.reportingComponent or (event.source.component if event.source else ""), NAME_CHARACTERS),
    )


def oldest_first(events: Iterable[ClusterEvent]) -> list[ClusterEvent]:
    """Return events, oldest first; events of the same second by uid."""
    return sorted(events, key=lambda event: (event.at, event.uid))


def _last(event: Event) -> datetime | None:
    """Return when it happened last: events.k8s.io/v1 has a series or one time, core/v1 has two."""
    series = event.series.lastObservedTime if event.series else None
    return series or event.lastTimestamp or event.eventTime or event.firstTimestamp or event.metadata.creationTimestamp


def _node(event: Event, message: str) -> str:
    """Return the node of an event: its object, the kubelet that sent it, or one named in its message."""
    if event.involvedObject.kind == "Node":
        return cut(event.involvedObject.name, NAME_CHARACTERS)
    if event.source and event.source.component == "kubelet":
        return cut(event.source.host, NAME_CHARACTERS)
    if event.reportingComponent == "kubelet":
        return cut(event.reportingInstance, NAME_CHARACTERS)
    found = _ON_NODE.search(message) if event.reason == "Preempted" else None
    return found["node"] if found else ""
