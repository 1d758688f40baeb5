"""Pods: those that the nodes' trees have, with the same names and ids, and those that failed and are still listed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from simulator.fleet import FailedPod, Fleet, FleetNode, Workload
from simulator.kubernetes.stamps import ago, uid
from simulator.tree.pods import Pod, digest
from simulator.tree.pods import pods as pods_of

_GRACE_SECONDS = 30
_KILLED_EXIT_CODE = 137


def pods(fleet: Fleet, now: datetime) -> list[dict[str, Any]]:
    """Return every pod of the fleet."""
    running = [_running(fleet, node, pod, now) for node in fleet.nodes for pod in pods_of(fleet, node)]
    return running + [_failed(fleet, pod, now) for pod in fleet.failed_pods]


def owned_by(name: str, workload: Workload) -> tuple[dict[str, Any], dict[str, str]]:
    """Return owner reference and labels of a workload's pods."""
    labels = {"app.kubernetes.io/name": name}
    if workload.daemonset:
        return _reference("apps/v1", "DaemonSet", name, uid("daemonset", workload.namespace, name)), labels | {
            "controller-revision-hash": digest(name, "revision")[:10],
            "pod-template-generation": "1",
        }
    template = digest(name)[:10]
    replica_set = f"{name}-{template}"
    return _reference("apps/v1", "ReplicaSet", replica_set, uid("replicaset", replica_set)), labels | {
        "pod-template-hash": template
    }


def containers(name: str, workload: Workload) -> list[dict[str, Any]]:
    """Return the one container of a workload's pods, with what it asks for."""
    asks: dict[str, Any] = {"cpu": f"{max(workload.millicores, 10)}m"} if workload.quality != "besteffort" else {}
    if workload.request_mib:
        asks["memory"] = f"{workload.request_mib}Mi"
    resources: dict[str, Any] = {"requests": asks} if asks else {}
    if workload.limit_mib:
        resources["limits"] = {"memory": f"{workload.limit_mib}Mi"}
    return [{"name": name, "image": workload.image, "resources": resources, "imagePullPolicy": "IfNotPresent"}]


def _running(fleet: Fleet, node: FleetNode, pod: Pod, now: datetime) -> dict[str, Any]:
    name, workload, kubelet = pod.workload_name, pod.workload, node.kubelet
    started = ago(now, days=node.uptime_days)
    metadata = _metadata(fleet, name, workload, pod=pod.name, pod_uid=pod.uid, created=started)
    if name in kubelet.deleting:
        metadata["deletionTimestamp"] = ago(now, minutes=kubelet.deleting[name], seconds=-_GRACE_SECONDS)
        metadata["deletionGracePeriodSeconds"] = _GRACE_SECONDS
    is_ready = kubelet.ready == "True"
    state: dict[str, Any] = {"running": {"startedAt": started}}
    last: dict[str, Any] = {}
    if name in kubelet.oom_killed:
        killed = ago(now, minutes=kubelet.oom_killed[name])
        state = {"running": {"startedAt": killed}}
        last = {
            "terminated": {
                "containerID": f"containerd://{digest(pod.uid, 'last')}",
                "exitCode": _KILLED_EXIT_CODE,
                "finishedAt": killed,
                "reason": "OOMKilled",
                "startedAt": started,
            }
        }
    return {
        "metadata": metadata,
        "spec": _spec(name, workload, node.private_dns_name),
        "status": {
            "phase": "Running",
            "qosClass": {"guaranteed": "Guaranteed", "burstable": "Burstable", "besteffort": "BestEffort"}[
                workload.quality
            ],
            "startTime": started,
            "conditions": [
                {"type": "Initialized", "status": "True", "lastTransitionTime": started},
                {"type": "Ready", "status": str(is_ready), "lastTransitionTime": started},
                {"type": "ContainersReady", "status": "True", "lastTransitionTime": started},
                {"type": "PodScheduled", "status": "True", "lastTransitionTime": started},
            ],
            "containerStatuses": [
                {
                    "name": name,
                    "containerID": f"containerd://{pod.container_id}",
                    "image": workload.image,
                    "imageID": f"{workload.image.partition(':')[0]}@sha256:{digest(workload.image)}",
                    "lastState": last,
                    "ready": True,
                    "restartCount": 1 if last else 0,
                    "started": True,
                    "state": state,
                }
            ],
        },
    }


def _failed(fleet: Fleet, pod: FailedPod, now: datetime) -> dict[str, Any]:
    workload, node = fleet.workloads[pod.workload], fleet.node(pod.node)
    over = ago(now, minutes=pod.minutes_ago)
    started = ago(now, days=min(node.uptime_days, 1.0), minutes=pod.minutes_ago)
    return {
        "metadata": _metadata(
            fleet, pod.workload, workload, pod=pod.name, pod_uid=uid("pod", pod.name), created=started
        ),
        "spec": _spec(pod.workload, workload, node.private_dns_name),
        "status": {
            "phase": "Failed",
            "reason": pod.reason,
            "message": pod.message,
            "startTime": started,
            "conditions": [
                {
                    "type": "DisruptionTarget",
                    "status": "True",
                    "reason": "TerminationByKubelet",
                    "message": pod.message,
                    "lastTransitionTime": over,
                },
                {"type": "Ready", "status": "False", "reason": "PodFailed", "lastTransitionTime": over},
            ],
        },
    }


def _metadata(fleet: Fleet, name: str, workload: Workload, *, pod: str, pod_uid: str, created: str) -> dict[str, Any]:
    reference, labels = owned_by(name, workload)
    return {
        "name": pod,
        "generateName": f"{reference['name']}-",
        "namespace": workload.namespace,
        "uid": pod_uid,
        "resourceVersion": "48101112",
        "creationTimestamp": created,
        "labels": labels | {"eks.amazonaws.com/cluster": fleet.cluster},
        "ownerReferences": [reference],
    }


def _spec(name: str, workload: Workload, node: str) -> dict[str, Any]:
    return {
        "containers": containers(name, workload),
        "dnsPolicy": "ClusterFirst",
        "enableServiceLinks": True,
        "hostNetwork": workload.host_network,
        "nodeName": node,
        "priority": 0,
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "serviceAccountName": name,
        "terminationGracePeriodSeconds": _GRACE_SECONDS,
    }


def _reference(api_version: str, kind: str, name: str, owner_uid: str) -> dict[str, Any]:
    return {
        "apiVersion": api_version,
        "kind": kind,
        "name": name,
        "uid": owner_uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }
