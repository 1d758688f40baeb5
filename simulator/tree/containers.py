"""What containerd and kubelet leave on a node's disk about its containers: bundles and log names."""

from __future__ import annotations

import json

from simulator.tree.pods import Pod

_BUNDLES = "containerd/io.containerd.runtime.v2.task/k8s.io"


def bundle_files(pods: tuple[Pod, ...]) -> dict[str, str]:
    """Return the OCI bundles below /run; the CRI annotations name pod, namespace, container and image."""
    files = {}
    for pod in pods:
        for kind, identity in (("container", pod.container_id), ("sandbox", pod.sandbox_id)):
            files[f"{_BUNDLES}/{identity}/config.json"] = json.dumps(_bundle(pod, kind), separators=(",", ":"))
    return files


def log_files(pods: tuple[Pod, ...]) -> dict[str, str]:
    """Return the names below /var/log/containers that kubelet links to container logs."""
    return {
        f"containers/{pod.name}_{pod.workload.namespace}_{pod.workload_name}-{pod.container_id}.log": "" for pod in pods
    }


def _bundle(pod: Pod, kind: str) -> dict[str, object]:
    annotations = {
        "io.kubernetes.cri.container-type": kind,
        "io.kubernetes.cri.sandbox-id": pod.sandbox_id,
        "io.kubernetes.cri.sandbox-name": pod.name,
        "io.kubernetes.cri.sandbox-namespace": pod.workload.namespace,
        "io.kubernetes.cri.sandbox-uid": pod.uid,
    }
    if kind == "container":
        annotations["io.kubernetes.cri.container-name"] = pod.workload_name
        annotations["io.kubernetes.cri.image-name"] = pod.workload.image
    return {
        "ociVersion": "1.1.0",
        "process": {"user": {"uid": 0, "gid": 0}, "args": [f"/{pod.workload.command}"], "cwd": "/"},
        "root": {"path": "rootfs"},
        "hostname": pod.name,
        "annotations": annotations,
    }
