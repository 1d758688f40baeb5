"""What the API server of a small cluster with problems says, in the shape that Kubernetes gives it: kind -> objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SOMEBODY = "i-00000000000000001"
"""Stands for the instance id of the untrusted node."""

_AT, _EARLY = "2026-01-06T11:50:00Z", "2024-01-06T11:50:00Z"
_NAME = "ip-10-0-0-1.compute.internal"
_OWNER = [{"kind": "DaemonSet", "name": "agent", "uid": "d1", "apiVersion": "apps/v1", "controller": True}]
_LIMITS = {"limits": {"memory": "1Gi", "cpu": "500m"}, "requests": {"memory": "64Mi", "cpu": "0.1"}}
_SPEC = {"nodeName": _NAME, "containers": [{"name": "a", "image": "docker.io/acme/agent:1", "resources": _LIMITS}]}
_KILLED = {"exitCode": 137, "reason": "OOMKilled", "finishedAt": _AT}
_STATUS = {
    "name": "a", "image": "x", "imageID": "x", "ready": True, "restartCount": 3, "lastState": {"terminated": _KILLED}
}  # fmt: skip
_CONDITION = {
    "type": "Ready", "status": "False", "lastTransitionTime": _AT, "reason": "KubeletNotReady", "message": "down"
}  # fmt: skip
OBJECTS: Mapping[str, Any] = {
    "Node": [
        {
            "metadata": {"name": _NAME},
            "spec": {
                "providerID": f"aws:///eu-west-1a/{SOMEBODY}",
                "taints": [{"key": "node.kubernetes.io/not-ready", "effect": "NoExecute", "timeAdded": _AT}],
            },
            "status": {"allocatable": {"memory": "3800Mi"}, "conditions": [_CONDITION]},
        }
    ],
    "Lease": [{"metadata": {"name": _NAME}, "spec": {"renewTime": "2026-01-06T11:50:00.000000Z"}}],
    "Event": [
        {
            "metadata": {"uid": "e1", "name": "x", "creationTimestamp": _AT},
            "involvedObject": {"kind": kind, "name": about, "uid": "n", "namespace": "live"},
            "reason": reason, "message": "Node is not ready", "firstTimestamp": _AT, "lastTimestamp": _AT, "count": 3,
        }
        for kind, about, reason in (("Node", _NAME, "NodeNotReady"), ("Pod", "main-0", "TaintManagerEviction"))
    ],
    "DaemonSet": [
        {
            "metadata": {"name": "agent", "namespace": "acme", "uid": "d1", "creationTimestamp": _EARLY},
            "spec": {"selector": {}, "template": {"spec": _SPEC}},
            "status": {
                "desiredNumberScheduled": 16, "numberReady": 3, "currentNumberScheduled": 16, "numberMisscheduled": 0,
            },
        }
    ],
    "Pod": [
        {
            "metadata": {"name": "agent-x", "namespace": "acme", "uid": "p1", "ownerReferences": _OWNER},
            "spec": _SPEC,
            "status": {"phase": "Running", "containerStatuses": [_STATUS]},
        },
        {
            "metadata": {"name": "main-0", "namespace": "live", "uid": "p2"},
            "spec": _SPEC,
            "status": {"phase": "Failed", "reason": "Evicted", "message": "low on resource: memory", "startTime": _AT},
        },
    ],
}  # fmt: skip
