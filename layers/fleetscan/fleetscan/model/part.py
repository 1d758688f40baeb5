"""The result of one invocation: nodes evaluated one by one, not yet compared, nothing published."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from fleetscan.immutable import immutable
from fleetscan.model import Diagnosis
from fleetscan.model.kubernetes import ClusterView
from fleetscan.model.target import Target


@immutable
class Part:
    """A scan before its fleet-wide conclusion. A Region is one part; a fleet too large for one function has many."""

    started_at: datetime
    diagnoses: tuple[Diagnosis, ...] = ()
    """One for every node of the part, in no particular order."""
    empty_clusters: tuple[str, ...] = ()
    """EKS clusters in which no EC2 worker could be seen."""
    notes: tuple[str, ...] = ()
    """What was not read and why, one sentence each."""
    clusters: tuple[ClusterView, ...] = ()
    """What the Kubernetes API reported, one for each cluster whose API was read."""


def of_target(part: Part, target: Target, home: Target) -> Part:
    """Return the part with clusters under names that stay different when many targets come together."""

    def full(cluster: str) -> str:
        return target.full_name(cluster, home) if cluster else cluster

    return replace(
        part,
        diagnoses=tuple(replace(one, node=replace(one.node, cluster=full(one.node.cluster))) for one in part.diagnoses),
        empty_clusters=tuple(full(cluster) for cluster in part.empty_clusters),
        clusters=tuple(replace(view, cluster=full(view.cluster)) for view in part.clusters),
    )
