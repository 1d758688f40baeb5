"""The owner of an object: its owner reference that is marked as controller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleetscan.kubernetes.bounds import NAME_CHARACTERS, cut

if TYPE_CHECKING:
    from lightkube.models.meta_v1 import ObjectMeta

TEMPLATE_HASH = "pod-template-hash"
"""Set by the deployment controller on a ReplicaSet and its pods; the ReplicaSet's name ends in it."""


def owner(metadata: ObjectMeta) -> tuple[str, str]:
    """Return kind and name of the controller, or two empty texts.

    The owner of a Deployment's pod is a ReplicaSet named after the Deployment and the hash of its pod template, which
    the pod has as a label: so the Deployment is known without a request.
    """
    reference = next((one for one in metadata.ownerReferences or () if one.controller), None)
    if reference is None:
        return "", ""
    kind, name = cut(reference.kind, NAME_CHARACTERS), cut(reference.name, NAME_CHARACTERS)
    suffix = f"-{(metadata.labels or {}).get(TEMPLATE_HASH, '')}"
    if kind == "ReplicaSet" and suffix != "-" and name.endswith(suffix):
        return "Deployment", name.removesuffix(suffix)
    return kind, name
