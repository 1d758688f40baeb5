"""The audit of a DaemonSet: who keeps it up to date, and how old its image is at least."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from lightkube.models.apps_v1 import DaemonSet as ApiDaemonSet
from lightkube.models.meta_v1 import ObjectMeta
from msgspec import convert

from fleetscan.kubernetes.daemonset import audited
from fleetscan.kubernetes.management import last_image_change, manager
from fleetscan.model.kubernetes import DaemonSet, Manager

IMAGE: dict[str, Any] = {
    "f:spec": {"f:template": {"f:spec": {"f:containers": {'k:{"name":"scope"}': {"f:image": {}}}}}}
}
STATUS: dict[str, Any] = {"f:status": {"f:numberReady": {}}}
ANNOTATION: dict[str, Any] = {"f:spec": {"f:template": {"f:metadata": {"f:annotations": {"f:restartedAt": {}}}}}}
LABEL = "app.kubernetes.io/managed-by"


def wrote(name: str, time: str | None = "2024-01-05T00:00:00Z", fields: object = IMAGE, **entry: Any) -> dict[str, Any]:  # noqa: ANN401 - further fields
    """Return an entry of managed fields."""
    return {"manager": name, "operation": "Update", "time": time, "fieldsType": "FieldsV1", "fieldsV1": fields} | entry


def metadata(**fields: Any) -> ObjectMeta:  # noqa: ANN401 - fields of metadata
    """Return metadata."""
    return convert({"name": "scope", "namespace": "weave"} | fields, ObjectMeta)


OWNER = {"apiVersion": "x/v1", "kind": "Installation", "name": "default", "uid": "o", "controller": True}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"annotations": {"meta.helm.sh/release-name": "scope"}}, Manager.HELM),
        ({"labels": {LABEL: "Helm"}}, Manager.HELM),
        ({"labels": {LABEL: "Helm"}, "managedFields": [wrote("eks")]}, Manager.EKS_ADDON),
        ({"managedFields": [wrote("eks")]}, Manager.EKS_ADDON),
        (
            {"annotations": {"meta.helm.sh/release-name": "s"}, "managedFields": [wrote("eks")]},
            Manager.HELM,
        ),
        ({"annotations": {"argocd.argoproj.io/tracking-id": "x"}, "labels": {LABEL: "Helm"}}, Manager.ARGO_CD),
        ({"labels": {"argocd.argoproj.io/instance": "x"}}, Manager.ARGO_CD),
        ({"managedFields": [wrote("argocd-controller")]}, Manager.ARGO_CD),
        (
            {"labels": {"helm.toolkit.fluxcd.io/name": "x"}, "annotations": {"meta.helm.sh/release-name": "x"}},
            Manager.FLUX,
        ),
        ({"labels": {"kustomize.toolkit.fluxcd.io/name": "x"}}, Manager.FLUX),
        ({"ownerReferences": [OWNER], "labels": {LABEL: "Helm"}}, Manager.OPERATOR),
        ({"ownerReferences": [OWNER | {"controller": False}]}, Manager.NOBODY),
        ({"labels": {LABEL: "pulumi"}}, Manager.OTHER),
        ({"managedFields": [wrote("Terraform")]}, Manager.OTHER),
        ({"managedFields": [wrote("kubectl-client-side-apply"), wrote("kubectl-edit")]}, Manager.NOBODY),
        ({"managedFields": [wrote("kubectl"), wrote("eks", fields=ANNOTATION)]}, Manager.NOBODY),
        ({"managedFields": [wrote("before-first-apply")]}, Manager.NOBODY),
        ({}, Manager.NOBODY),
    ],
)
def test_who_keeps_it_up_to_date(fields: dict[str, Any], expected: Manager) -> None:
    """By owner, annotations, labels and who wrote the image. Who is known to nobody but to itself is no nobody."""
    assert expected == manager(metadata(**fields))


def test_the_last_write_of_whoever_owns_the_image_is_reported() -> None:
    """Not that of a status, of a restart, or of somebody who says no time."""
    fields = [
        wrote("kubectl-client-side-apply", "2024-01-05T00:00:00Z"),
        wrote("kubectl-set", "2024-03-01T00:00:00Z"),
        wrote("kubectl-rollout", "2026-01-01T00:00:00Z", ANNOTATION),
        wrote("kube-controller-manager", "2026-11-24T00:00:00Z", STATUS, subresource="status"),
        wrote("someone", None),
    ]
    expected = (datetime(2024, 3, 1, tzinfo=UTC), "kubectl-set")

    assert expected == last_image_change(metadata(managedFields=fields))


@pytest.mark.parametrize(
    "fields",
    [
        None,
        {},
        {"f:spec": None},
        {"f:spec": {"f:template": []}},
        {"f:spec": {"f:template": {"f:spec": {"f:containers": {"k": 1}}}}},
    ],
)
def test_managed_fields_of_any_shape_are_no_image(fields: object) -> None:
    """They are free JSON."""
    assert last_image_change(metadata(managedFields=[wrote("x", fields=fields)])) == (None, "")


def test_an_old_daemonset_that_nobody_keeps_is_reported_in_full() -> None:
    """That of the incident."""
    given = convert(
        {
            "metadata": {
                "name": "weave-scope-agent",
                "namespace": "weave",
                "creationTimestamp": "2024-01-05T00:00:00Z",
                "managedFields": [wrote("kubectl-client-side-apply")],
            },
            "spec": {
                "selector": {},
                "template": {"spec": {"containers": [{"name": "scope", "image": "weaveworks/scope:1.13.2"}]}},
            },
            "status": {
                "currentNumberScheduled": 16,
                "desiredNumberScheduled": 16,
                "numberMisscheduled": 0,
                "numberReady": 15,
            },
        },
        ApiDaemonSet,
    )
    expected = DaemonSet(
        cluster="live",
        namespace="weave",
        name="weave-scope-agent",
        created_at=datetime(2024, 1, 5, tzinfo=UTC),
        desired=16,
        ready=15,
        images=("weaveworks/scope:1.13.2",),
        manager=Manager.NOBODY,
        changed_at=datetime(2024, 1, 5, tzinfo=UTC),
        changed_by="kubectl-client-side-apply",
    )

    assert expected == audited(given, "live")
