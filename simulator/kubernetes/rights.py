"""What RBAC allows, read from manifests: roles that are bound to a group, in the whole cluster or in a namespace.

As Kubernetes decides it: a request is allowed when one rule of one bound role names its group, resource and verb; a
RoleBinding reaches no further than its namespace. Rules for names and for URLs are not used here and allow nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from simulator.project_file import project_file

MANIFEST = project_file("manifests/kubernetes-access.yaml")
"""The project's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """One thing that a group may do."""

    subject: str
    verb: str
    api_group: str
    resource: str
    namespace: str
    """Empty for the whole cluster."""


def rights(documents: Iterable[Mapping[str, Any]]) -> frozenset[Right]:
    """Return all that some manifests give to groups."""
    documents = list(documents)
    roles = {
        (document["kind"], document["metadata"].get("namespace", ""), document["metadata"]["name"]): document["rules"]
        for document in documents
        if document["kind"] in {"ClusterRole", "Role"}
    }
    return frozenset(
        Right(subject=subject["name"], verb=verb, api_group=group, resource=resource, namespace=namespace)
        for document in documents
        if document["kind"] in {"ClusterRoleBinding", "RoleBinding"}
        for namespace in [document["metadata"].get("namespace", "")]
        for reference in [document["roleRef"]]
        for rule in roles[(reference["kind"], namespace if reference["kind"] == "Role" else "", reference["name"])]
        if not {"resourceNames", "nonResourceURLs"} & set(rule)
        for subject in document["subjects"]
        if subject["kind"] == "Group"
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    )


def of_the_project() -> frozenset[Right]:
    """Return what the project's manifest gives."""
    with MANIFEST.open() as file:
        return rights(yaml.safe_load_all(file))


def is_allowed(
    given: frozenset[Right], *, subject: str, verb: str, api_group: str, resource: str, namespace: str
) -> bool:
    """Whether a group may do something in a namespace, or in the whole cluster."""
    return any(
        Right(subject=subject, verb=verb, api_group=api_group, resource=resource, namespace=where) in given
        for where in {"", namespace}
    )
