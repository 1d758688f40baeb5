"""Nodes and their leases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from simulator.fleet import Fleet, FleetNode
from simulator.kubernetes.stamps import ago, micro_ago, uid

_VERSION = "v1.29.10-eks-7f9249a"
_RESERVED_MIB = 548
"""What EKS reserves on a small node: 255 MiB and 11 MiB for each pod, and the eviction threshold of 100 MiB."""
_PRESSURES = (
    ("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
)


def nodes(fleet: Fleet, now: datetime) -> list[dict[str, Any]]:
    """Return every node of the fleet."""
    return [_node(fleet, node, now) for node in fleet.nodes]


def leases(fleet: Fleet, now: datetime) -> list[dict[str, Any]]:
    """Return the heartbeat of every node."""
    return [
        {
            "metadata": {
                "name": node.private_dns_name,
                "namespace": "kube-node-lease",
                "uid": uid("lease", node.instance_id),
                "resourceVersion": "48213800",
                "creationTimestamp": ago(now, days=node.uptime_days),
                "ownerReferences": [
                    {
                        "apiVersion": "v1",
                        "kind": "Node",
                        "name": node.private_dns_name,
                        "uid": uid("node", node.instance_id),
                    }
                ],
            },
            "spec": {
                "holderIdentity": node.private_dns_name,
                "leaseDurationSeconds": 40,
                "renewTime": micro_ago(now, seconds=node.kubelet.lease_seconds),
            },
        }
        for node in fleet.nodes
    ]


def _node(fleet: Fleet, node: FleetNode, now: datetime) -> dict[str, Any]:
    name, address = node.private_dns_name, node.private_dns_name.partition(".")[0].removeprefix("ip-").replace("-", ".")
    system = fleet.system_of(node)
    capacity = {
        "cpu": str(node.cpus),
        "ephemeral-storage": "20893676Ki",
        "memory": f"{node.memory.total_mib * 1024}Ki",
        "pods": "17",
    }
    spec: dict[str, Any] = {"providerID": f"aws:///{node.zone}/{node.instance_id}"}
    if taints := _taints(node, now):
        spec["taints"] = taints
    if node.kubelet.cordoned:
        spec["unschedulable"] = True
    return {
        "metadata": {
            "name": name,
            "uid": uid("node", node.instance_id),
            "resourceVersion": "48213876",
            "creationTimestamp": ago(now, days=node.uptime_days),
            "labels": {
                "eks.amazonaws.com/nodegroup": node.node_group,
                "kubernetes.io/arch": "arm64" if node.architecture == "arm64" else "amd64",
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "node.kubernetes.io/instance-type": node.instance_type,
                "topology.kubernetes.io/region": fleet.region,
                "topology.kubernetes.io/zone": node.zone,
            },
            "annotations": {"volumes.kubernetes.io/controller-managed-attach-detach": "true"},
        },
        "spec": spec,
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": address},
                {"type": "InternalDNS", "address": name},
                {"type": "Hostname", "address": name},
            ],
            "allocatable": capacity | {"memory": f"{max(node.memory.total_mib - _RESERVED_MIB, 1) * 1024}Ki"},
            "capacity": capacity,
            "conditions": _conditions(node, now),
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "images": [
                {"names": [workload.image], "sizeBytes": 40_000_000} for workload in fleet.workloads_of(node).values()
            ],
            "nodeInfo": {
                "architecture": "arm64" if node.architecture == "arm64" else "amd64",
                "bootID": uid("boot", node.instance_id),
                "containerRuntimeVersion": "containerd://1.7.27",
                "kernelVersion": system.kernel,
                "kubeProxyVersion": _VERSION,
                "kubeletVersion": _VERSION,
                "machineID": uid("machine", node.instance_id).replace("-", ""),
                "operatingSystem": "linux",
                "osImage": f"{system.platform} {system.platform_version}",
                "systemUUID": uid("system", node.instance_id),
            },
        },
    }


def _conditions(node: FleetNode, now: datetime) -> list[dict[str, str]]:
    """Return the four conditions of a kubelet; when it is not heard of, the node controller makes all unknown."""
    kubelet = node.kubelet
    started = ago(now, days=node.uptime_days)
    since = started if kubelet.since_minutes is None else ago(now, minutes=kubelet.since_minutes)
    heartbeat = ago(now, seconds=kubelet.lease_seconds)
    if kubelet.ready == "Unknown":
        return [
            {
                "type": kind,
                "status": "Unknown",
                "lastHeartbeatTime": heartbeat,
                "lastTransitionTime": since,
                "reason": "NodeStatusUnknown",
                "message": "Kubelet stopped posting node status.",
            }
            for kind in (*(kind for kind, _, _ in _PRESSURES), "Ready")
        ]
    conditions = [
        {
            "type": kind,
            "status": "False",
            "lastHeartbeatTime": heartbeat,
            "lastTransitionTime": started,
            "reason": reason,
            "message": message,
        }
        for kind, reason, message in _PRESSURES
    ]
    if kubelet.memory_pressure:
        conditions[0] |= {
            "status": "True",
            "lastTransitionTime": since,
            "reason": "KubeletHasInsufficientMemory",
            "message": "kubelet has insufficient memory available",
        }
    is_ready = kubelet.ready == "True"
    return [
        *conditions,
        {
            "type": "Ready",
            "status": kubelet.ready,
            "lastHeartbeatTime": heartbeat,
            "lastTransitionTime": since,
            "reason": "KubeletReady" if is_ready else "KubeletNotReady",
            "message": "kubelet is posting ready status" if is_ready else "PLEG is not healthy",
        },
    ]


def _taints(node: FleetNode, now: datetime) -> list[dict[str, str]]:
    kubelet = node.kubelet
    since = ago(now, minutes=kubelet.since_minutes or 0)
    taints = []
    if kubelet.ready != "True":
        key = "node.kubernetes.io/unreachable" if kubelet.ready == "Unknown" else "node.kubernetes.io/not-ready"
        taints += [{"key": key, "effect": effect, "timeAdded": since} for effect in ("NoSchedule", "NoExecute")]
    if kubelet.memory_pressure:
        taints.append({"key": "node.kubernetes.io/memory-pressure", "effect": "NoSchedule", "timeAdded": since})
    if kubelet.cordoned:
        taints.append({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule", "timeAdded": since})
    return taints
