"""Converts a DaemonSet for the audit: age, pod counts, images, who manages it, and when its images changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleetscan.kubernetes.bounds import NAME_CHARACTERS, cut
from fleetscan.kubernetes.management import last_image_change, manager
from fleetscan.kubernetes.pod import images, memory_limit_bytes
from fleetscan.model.kubernetes import DaemonSet

if TYPE_CHECKING:
    from lightkube.models.apps_v1 import DaemonSet as ApiDaemonSet


def audited(daemonset: ApiDaemonSet, cluster: str) -> DaemonSet | None:
    """Return one DaemonSet of a cluster; None for an object without a name or a pod template."""
    metadata, spec, status = daemonset.metadata, daemonset.spec, daemonset.status
    pod = spec.template.spec
    if metadata is None or pod is None:
        return None
    changed_at, changed_by = last_image_change(metadata)
    return DaemonSet(
        cluster=cluster,
        namespace=cut(metadata.namespace, NAME_CHARACTERS),
        name=cut(metadata.name, NAME_CHARACTERS),
        created_at=metadata.creationTimestamp,
        desired=max(0, status.desiredNumberScheduled) if status else 0,
        ready=max(0, status.numberReady) if status else 0,
        images=images(pod),
        manager=manager(metadata),
        changed_at=changed_at,
        changed_by=changed_by,
        memory_limit_bytes=memory_limit_bytes(pod),
    )
