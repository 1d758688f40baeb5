"""DaemonSets, with the traces that whatever keeps them up to date leaves on an object."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from simulator.fleet import Fleet, Workload
from simulator.kubernetes.pod_objects import containers
from simulator.kubernetes.stamps import ago, uid

_WRITERS: Mapping[str, tuple[str, str]] = {
    "nobody": ("kubectl-client-side-apply", "Update"),
    "helm": ("helm", "Update"),
    "argo_cd": ("argocd-controller", "Apply"),
    "flux": ("kustomize-controller", "Apply"),
    "eks_addon": ("eks", "Apply"),
    "operator": ("manager", "Update"),
}
"""Field manager and operation under which each writes."""


def daemonsets(fleet: Fleet, now: datetime) -> list[dict[str, Any]]:
    """Return every DaemonSet of the fleet."""
    return [_daemonset(fleet, name, workload, now) for name, workload in fleet.workloads.items() if workload.daemonset]


def _daemonset(fleet: Fleet, name: str, workload: Workload, now: datetime) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": name}
    lost = sum(node.kubelet.ready != "True" for node in fleet.nodes)
    desired = len(fleet.nodes)
    return {
        "metadata": {
            "name": name,
            "namespace": workload.namespace,
            "uid": uid("daemonset", workload.namespace, name),
            "resourceVersion": "48213011",
            "generation": 1,
            "creationTimestamp": ago(now, days=workload.age_days),
            "labels": labels | _labels(name, workload),
            "annotations": {"deprecated.daemonset.template.generation": "1"} | _annotations(name, workload),
            **_owner(workload),
            "managedFields": _managed_fields(name, workload, now),
        },
        "spec": {
            "revisionHistoryLimit": 10,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "containers": containers(name, workload),
                    "dnsPolicy": "ClusterFirst",
                    "hostNetwork": workload.host_network,
                    "restartPolicy": "Always",
                    "schedulerName": "default-scheduler",
                    "serviceAccountName": name,
                    "terminationGracePeriodSeconds": 30,
                    "tolerations": [{"operator": "Exists"}],
                },
            },
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
        },
        "status": {
            "currentNumberScheduled": desired,
            "desiredNumberScheduled": desired,
            "numberAvailable": desired - lost,
            "numberMisscheduled": 0,
            "numberReady": desired - lost,
            "numberUnavailable": lost,
            "observedGeneration": 1,
            "updatedNumberScheduled": desired,
        },
    }


def _labels(name: str, workload: Workload) -> dict[str, str]:
    match workload.managed_by:
        # EKS applies its add-ons from charts: they bear Helm's label without a release of Helm.
        case "helm" | "eks_addon":
            return {"app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": f"{name}-1.0.0"}
        case "flux":
            return {"kustomize.toolkit.fluxcd.io/name": name, "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}
        case _:
            return {}


def _annotations(name: str, workload: Workload) -> dict[str, str]:
    match workload.managed_by:
        case "nobody":
            return {"kubectl.kubernetes.io/last-applied-configuration": "{}\n"}
        case "helm":
            return {"meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": workload.namespace}
        case "argo_cd":
            return {"argocd.argoproj.io/tracking-id": f"{name}:apps/DaemonSet:{workload.namespace}/{name}"}
        case _:
            return {}


def _owner(workload: Workload) -> dict[str, Any]:
    if workload.managed_by != "operator":
        return {}
    reference = {
        "apiVersion": "operator.example.com/v1",
        "kind": "Installation",
        "name": "default",
        "uid": uid("operator", workload.namespace),
        "controller": True,
        "blockOwnerDeletion": True,
    }
    return {"ownerReferences": [reference]}


def _managed_fields(name: str, workload: Workload, now: datetime) -> list[dict[str, Any]]:
    manager, operation = _WRITERS[workload.managed_by]
    changed = workload.age_days if workload.changed_days is None else workload.changed_days
    owned: dict[str, Any] = {
        "f:spec": {
            "f:template": {
                "f:spec": {"f:containers": {f'k:{{"name":"{name}"}}': {".": {}, "f:image": {}, "f:name": {}}}}
            }
        }
    }
    return [
        {
            "manager": manager,
            "operation": operation,
            "apiVersion": "apps/v1",
            "time": ago(now, days=changed),
            "fieldsType": "FieldsV1",
            "fieldsV1": owned,
        },
        {
            "manager": "kube-controller-manager",
            "operation": "Update",
            "apiVersion": "apps/v1",
            "time": ago(now, minutes=20),
            "fieldsType": "FieldsV1",
            "fieldsV1": {"f:status": {"f:numberReady": {}}},
            "subresource": "status",
        },
    ]
