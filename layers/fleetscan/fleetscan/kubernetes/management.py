"""Who manages an object (Argo CD, Flux, Helm, an add-on ...), and when its images last changed.

Kubernetes records for each field manager which fields it set and when it last changed any of them
(``metadata.managedFields``). That time is at or after the last change of the image by that manager, so the image
is *at least* that old.
https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

from fleetscan.kubernetes.bounds import REASON_CHARACTERS, cut
from fleetscan.model.kubernetes import Manager

if TYPE_CHECKING:
    from lightkube.models.meta_v1 import ObjectMeta

_ARGO_ANNOTATION: Final = "argocd.argoproj.io/tracking-id"
_ARGO_LABEL: Final = "argocd.argoproj.io/instance"
_FLUX_LABELS: Final = ("kustomize.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/name")
_HELM_ANNOTATION: Final = "meta.helm.sh/release-name"
_MANAGED_BY: Final = "app.kubernetes.io/managed-by"

_FIELD_MANAGERS: Final = {
    "argocd-controller": Manager.ARGO_CD,
    "argocd-application-controller": Manager.ARGO_CD,
    "kustomize-controller": Manager.FLUX,
    "helm-controller": Manager.FLUX,
    "eks": Manager.EKS_ADDON,
    "helm": Manager.HELM,
}
"""Field manager -> tool. EKS applies add-ons from charts, so its objects have Helm's label without Helm."""
_BY_HAND: Final = ("kubectl", "k9s", "lens", "before-first-apply")
_CONTROL_PLANE: Final = ("kube-controller-manager", "kube-scheduler", "kubelet", "kube-apiserver")

_IMAGES: Final = ("f:spec", "f:template", "f:spec", "f:containers")


def manager(metadata: ObjectMeta) -> Manager:
    """Return who manages an object, by its owner, annotations, labels and managed fields."""
    annotations, labels = metadata.annotations or {}, metadata.labels or {}
    writers = tuple(_writers(metadata))
    known = {_FIELD_MANAGERS.get(name) for name in writers}
    has_release = _HELM_ANNOTATION in annotations
    # The order matters: an operator may copy the labels of its own object to what it creates; Argo CD, Flux and EKS
    # apply charts with Helm's label, EKS without a release.
    signs = (
        (Manager.OPERATOR, any(one.controller for one in metadata.ownerReferences or ())),
        (Manager.ARGO_CD, _ARGO_ANNOTATION in annotations or _ARGO_LABEL in labels or Manager.ARGO_CD in known),
        (Manager.FLUX, any(label in labels for label in _FLUX_LABELS) or Manager.FLUX in known),
        (Manager.EKS_ADDON, Manager.EKS_ADDON in known and not has_release),
        (Manager.HELM, has_release or labels.get(_MANAGED_BY) == "Helm" or Manager.HELM in known),
        (Manager.OTHER, bool(labels.get(_MANAGED_BY)) or not all(_is_by_hand(name) for name in writers)),
    )
    return next((one for one, is_it in signs if is_it), Manager.NOBODY)


def last_image_change(metadata: ObjectMeta) -> tuple[datetime | None, str]:
    """Return the newest time at which a manager that owns an image wrote, and its name; None if unknown."""
    writes = [
        (entry.time, cut(entry.manager, REASON_CHARACTERS))
        for entry in metadata.managedFields or ()
        if entry.time and not entry.subresource and _owns_an_image(entry.fieldsV1)
    ]
    return max(writes, default=(None, ""))


def _owns_an_image(fields: object) -> bool:
    for step in _IMAGES:
        fields = fields.get(step) if isinstance(fields, Mapping) else None
    containers = fields.values() if isinstance(fields, Mapping) else ()
    return any(isinstance(container, Mapping) and "f:image" in container for container in containers)


def _writers(metadata: ObjectMeta) -> Iterator[str]:
    """Yield the managers that set an image; managers of annotations or status alone do not count."""
    for entry in metadata.managedFields or ():
        if entry.manager and not entry.subresource and _owns_an_image(entry.fieldsV1):
            yield entry.manager


def _is_by_hand(name: str) -> bool:
    return name.startswith((*_BY_HAND, *_CONTROL_PLANE))
