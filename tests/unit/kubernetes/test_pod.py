"""A pod: what it asked for, where its ceiling is, who owns it."""

from __future__ import annotations

from typing import Any

import pytest
from lightkube.models.core_v1 import Pod
from lightkube.models.meta_v1 import ObjectMeta
from msgspec import convert

from fleetscan.kubernetes.owner import owner
from fleetscan.kubernetes.pod import scheduled
from fleetscan.model.kubernetes import ScheduledPod

MIB = 1 << 20


def pod(*containers: dict[str, Any], **spec: Any) -> Pod:  # noqa: ANN401 - fields of a pod's spec
    """Return a pod with containers of these resources."""
    return convert(
        {
            "metadata": {
                "name": "main-service-7d9c8b6f5d-abcde",
                "namespace": "live",
                "uid": "p-1",
                "labels": {"pod-template-hash": "7d9c8b6f5d"},
                "ownerReferences": [reference("ReplicaSet", "main-service-7d9c8b6f5d")],
            },
            "spec": {
                "nodeName": "node-1",
                "containers": [
                    {"name": f"c{at}", "image": f"image-{at}", "resources": resources}
                    for at, resources in enumerate(containers)
                ],
            }
            | spec,
            "status": {
                "phase": "Running",
                "containerStatuses": [
                    {"name": "c0", "image": "i", "imageID": "", "ready": True, "restartCount": 3},
                    {"name": "c1", "image": "i", "imageID": "", "ready": True, "restartCount": 1},
                ],
            },
        },
        Pod,
    )


def reference(kind: str, name: str, *, controller: bool = True) -> dict[str, Any]:
    """Return an owner reference."""
    return {"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": "o-1", "controller": controller}


def test_a_pod_with_two_containers_is_their_sum() -> None:
    """Requests, limits and restarts of both."""
    expected = ScheduledPod(
        namespace="live",
        name="main-service-7d9c8b6f5d-abcde",
        uid="p-1",
        node="node-1",
        owner_kind="Deployment",
        owner_name="main-service",
        images=("image-0", "image-1"),
        memory_request_bytes=600 * MIB,
        memory_limit_bytes=1_536 * MIB,
        cpu_request_millicores=350,
        restarts=4,
    )

    assert expected == scheduled(
        pod(
            {"requests": {"memory": "500Mi", "cpu": "100m"}, "limits": {"memory": "1Gi"}},
            {"requests": {"memory": "100Mi", "cpu": "0.25"}, "limits": {"memory": "512Mi"}},
        )
    )


def asked(found: ScheduledPod | None) -> tuple[int | None, int | None]:
    """Return memory request and limit of a pod that is there."""
    assert found is not None
    return found.memory_request_bytes, found.memory_limit_bytes


@pytest.mark.parametrize(
    ("containers", "expected"),
    [
        (({},), (None, None)),
        (({"requests": {"memory": "500Mi"}},), (500 * MIB, None)),
        (({"limits": {"memory": "1Gi"}}, {}), (None, None)),
        (({"limits": {"memory": "lots"}},), (None, None)),
        (({"requests": {"memory": "1Mi"}}, {"requests": {"memory": "x"}}), (MIB, None)),
    ],
)
def test_one_container_without_a_limit_has_no_ceiling(
    containers: tuple[dict[str, Any], ...], expected: tuple[int | None, int | None]
) -> None:
    """None is not set, and never zero; what cannot be understood is not set."""
    assert expected == asked(scheduled(pod(*containers)))


def test_a_pod_s_own_limit_goes_before_its_containers() -> None:
    """Kubernetes 1.34 knows resources of the pod as a whole."""
    found = scheduled(pod({}, {}, resources={"requests": {"memory": "1Gi"}, "limits": {"memory": "2Gi"}}))

    assert asked(found) == (1_024 * MIB, 2_048 * MIB)


def test_a_sidecar_counts_and_an_init_container_does_not() -> None:
    """An init container that always restarts runs as long as the pod."""
    limits = {"limits": {"memory": "100Mi"}}
    found = scheduled(
        pod(
            limits,
            initContainers=[
                {"name": "once", "image": "once", "resources": {}},
                {"name": "mesh", "image": "mesh", "restartPolicy": "Always", "resources": limits},
            ],
        )
    )

    assert found is not None
    assert (found.memory_limit_bytes, found.images) == (200 * MIB, ("image-0", "mesh"))


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_pod_that_is_over_holds_no_place(phase: str) -> None:
    """Its node has its memory back."""
    over = pod({})
    assert over.status is not None
    over.status.phase = phase

    assert scheduled(over) is None


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({}, ("", "")),
        ({"ownerReferences": [reference("DaemonSet", "agent")]}, ("DaemonSet", "agent")),
        ({"ownerReferences": [reference("Node", "node-1", controller=False)]}, ("", "")),
        ({"ownerReferences": [reference("ReplicaSet", "bare-abc")]}, ("ReplicaSet", "bare-abc")),
        (
            {"ownerReferences": [reference("ReplicaSet", "other-abc")], "labels": {"pod-template-hash": "xyz"}},
            ("ReplicaSet", "other-abc"),
        ),
        (
            {"ownerReferences": [reference("ReplicaSet", "web-abc")], "labels": {"pod-template-hash": "abc"}},
            ("Deployment", "web"),
        ),
    ],
)
def test_the_owner_is_the_controller(metadata: dict[str, Any], expected: tuple[str, str]) -> None:
    """A Deployment is known by the hash that its ReplicaSet's name ends in, and by nothing less."""
    assert expected == owner(convert(metadata, ObjectMeta))
