"""What of a Kubernetes object is kept: the fields that are read here, and no others.

The rest of an object is its owner's: environment variables, commands, annotations. A recording has no use for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

type Fields = Mapping[str, Fields | None]
"""Field -> its own fields, or None where it is kept whole; ``*`` stands for any name. Lists are kept item by item."""

_OWNERS: Final[Fields] = {"apiVersion": None, "kind": None, "name": None, "uid": None, "controller": None}
_IMAGE_WRITES: Final[Fields] = {"f:spec": {"f:template": {"f:spec": {"f:containers": {"*": {"f:image": {}}}}}}}
_METADATA: Final[Fields] = {
    "name": None,
    "namespace": None,
    "uid": None,
    "creationTimestamp": None,
    "deletionTimestamp": None,
    "deletionGracePeriodSeconds": None,
    "ownerReferences": _OWNERS,
    "annotations": {"argocd.argoproj.io/tracking-id": None, "meta.helm.sh/release-name": None},
    "labels": {
        "argocd.argoproj.io/instance": None,
        "kustomize.toolkit.fluxcd.io/name": None,
        "helm.toolkit.fluxcd.io/name": None,
        "app.kubernetes.io/managed-by": None,
        "pod-template-hash": None,
    },
    "managedFields": {"manager": None, "time": None, "subresource": None, "fieldsV1": _IMAGE_WRITES},
}
_AMOUNTS: Final[Fields] = {"memory": None, "cpu": None}
_RESOURCES: Final[Fields] = {"limits": _AMOUNTS, "requests": _AMOUNTS}
_CONTAINER: Final[Fields] = {"name": None, "image": None, "restartPolicy": None, "resources": _RESOURCES}
_POD_SPEC: Final[Fields] = {
    "nodeName": None,
    "containers": _CONTAINER,
    "initContainers": _CONTAINER,
    "resources": _RESOURCES,
}
_CONDITION: Final[Fields] = {
    "type": None,
    "status": None,
    "lastTransitionTime": None,
    "lastHeartbeatTime": None,
    "reason": None,
    "message": None,
}
_STATE: Final[Fields] = {"terminated": {"exitCode": None, "reason": None, "finishedAt": None}}
_CONTAINER_STATUS: Final[Fields] = {
    "name": None,
    "image": None,
    "imageID": None,
    "ready": None,
    "restartCount": None,
    "state": _STATE,
    "lastState": _STATE,
}

FIELDS: Final[Mapping[str, Fields]] = {
    "nodes": {
        "metadata": {"name": None},
        "spec": {
            "providerID": None,
            "unschedulable": None,
            "taints": {"key": None, "value": None, "effect": None, "timeAdded": None},
        },
        "status": {"allocatable": {"memory": None}, "conditions": _CONDITION},
    },
    "leases": {"metadata": {"name": None}, "spec": {"renewTime": None}},
    "events": {
        "metadata": {"name": None, "namespace": None, "uid": None, "creationTimestamp": None},
        "involvedObject": {"kind": None, "name": None, "namespace": None, "uid": None},
        "reason": None,
        "message": None,
        "type": None,
        "count": None,
        "firstTimestamp": None,
        "lastTimestamp": None,
        "eventTime": None,
        "series": {"count": None, "lastObservedTime": None},
        "reportingComponent": None,
        "reportingInstance": None,
        "source": {"component": None, "host": None},
    },
    "daemonsets": {
        "metadata": _METADATA,
        # A DaemonSet without a selector is refused by the client; what it selects is not read.
        "spec": {"selector": {}, "template": {"spec": _POD_SPEC}},
        "status": {
            "currentNumberScheduled": None,
            "desiredNumberScheduled": None,
            "numberMisscheduled": None,
            "numberReady": None,
        },
    },
    "pods": {
        "metadata": _METADATA,
        "spec": _POD_SPEC,
        "status": {
            "phase": None,
            "reason": None,
            "message": None,
            "conditions": _CONDITION,
            "containerStatuses": _CONTAINER_STATUS,
        },
    },
}
"""Resource -> fields of one object."""


def pruned(resource: str, item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an object of a resource with the fields that are kept, whatever else it has."""
    kept = _pruned(FIELDS[resource], item)
    return kept if isinstance(kept, dict) else {}


def _pruned(fields: Fields | None, value: Any) -> Any:  # noqa: ANN401 - what JSON holds
    if fields is None:
        # A whole field is a word or a number: nothing is hidden below it.
        return value if isinstance(value, str | int | float | bool) else None
    if isinstance(value, list | tuple):
        return [_pruned(fields, one) for one in value if isinstance(one, Mapping)]
    if not isinstance(value, Mapping):
        return None
    return {
        name: _pruned(fields[name] if name in fields else fields["*"], one)
        for name, one in value.items()
        if isinstance(name, str) and (name in fields or "*" in fields) and one is not None
    }
