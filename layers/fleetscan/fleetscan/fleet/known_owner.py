"""Owners of pods from the Kubernetes API, in addition to those that are inferred from names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from fleetscan.fleet.signature_group import Group
from fleetscan.fleet.workload import Kind, Owner
from fleetscan.immutable import immutable
from fleetscan.model.kubernetes import DaemonSet, Manager
from fleetscan.quantities import age

_AGE = "its age is unknown"


@immutable(kw_only=False)
class KnownOwners:
    """The DaemonSets of one cluster by namespace and name; none if the API was not read."""

    daemonsets: Mapping[tuple[str, str], DaemonSet]
    at: datetime | None
    """When the API was read; None if it was not."""

    def is_unknown(self, owner: Owner | None, kind: Kind) -> bool:
        """Whether a DaemonSet is none that the API lists. Every EKS cluster has some: no list is no answer."""
        is_listed = kind is not Kind.DAEMONSET or self.daemonset(owner) is not None
        return bool(self.daemonsets) and not is_listed

    def daemonset(self, owner: Owner | None) -> DaemonSet | None:
        """Return the DaemonSet that an inferred owner is; None where it is none, or nobody was asked."""
        return None if owner is None or owner.is_bare else self.daemonsets.get((owner.namespace, owner.name))

    def age_words(self, owner: Owner | None) -> str:
        """Return how old it is and who takes care of it, or that this is not known."""
        if self.at is None:
            return f"{_AGE} (needs access to the Kubernetes API)"
        found = self.daemonset(owner)
        if found is None or found.created_at is None:
            return _AGE
        old = age((self.at - found.created_at).total_seconds())
        if found.manager is not Manager.NOBODY:
            return f"it is {old} old and managed by {found.manager}"
        by = f": applied by {found.changed_by}" if found.changed_by else ""
        return f"it is {old} old and unmanaged (no Helm, GitOps or operator){by}"


def known_owners(group: Group, daemonsets: Iterable[DaemonSet]) -> KnownOwners:
    """Return the owners that the API knows in a group's cluster."""
    found = {(one.namespace, one.name): one for one in daemonsets if one.cluster == group.cluster}
    views = (one.kubernetes for one in (*group.affected, *group.others) if one.kubernetes is not None)
    at = max((view.at for view in views), default=None)
    return KnownOwners(found if at else {}, at)
