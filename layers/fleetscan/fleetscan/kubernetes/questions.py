"""The lists that are requested from a cluster's API; the project's manifest grants exactly these.

``selector`` pairs become a field selector, so that the API server filters. A question is *paged* (served from etcd, 250
objects at a time) or *cached* (served whole from the watch cache, with an index for the pods of a node; from etcd such
a list would read every pod of the cluster for each node).
docs/adr/0012-how-little-is-asked.md has the numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from fleetscan.immutable import immutable
from fleetscan.kubernetes.event import ROUTINE_POD_REASONS

LEASE_NAMESPACE = "kube-node-lease"

type Kind = Literal["Node", "Lease", "Event", "DaemonSet", "Pod"]


@immutable
class Question:
    """One list to request."""

    kind: Kind
    what: str
    """For a sentence: "The list of ... "."""
    namespace: str = ""
    """Empty for the whole cluster."""
    selector: tuple[tuple[str, str], ...] = ()
    """Fields that must have a value."""
    without: tuple[tuple[str, Iterable[str]], ...] = ()
    """Fields that must not have any of these values."""
    is_cached: bool = False

    @property
    def group(self) -> str:
        """The API group of the kind."""
        return _RESOURCES[self.kind][0]

    @property
    def resource(self) -> str:
        """The kind as RBAC and paths name it."""
        return _RESOURCES[self.kind][1]


_RESOURCES = {
    "Node": ("", "nodes"),
    "Lease": ("coordination.k8s.io", "leases"),
    "Event": ("", "events"),
    "DaemonSet": ("apps", "daemonsets"),
    "Pod": ("", "pods"),
}

NODES = Question(kind="Node", what="nodes")
LEASES = Question(kind="Lease", what="node leases", namespace=LEASE_NAMESPACE)
NODE_EVENTS = Question(kind="Event", what="events of nodes", selector=(("involvedObject.kind", "Node"),))
POD_EVENTS = Question(
    kind="Event",
    what="events of pods",
    selector=(("involvedObject.kind", "Pod"),),
    without=(("reason", ROUTINE_POD_REASONS),),
)
DAEMONSETS = Question(kind="DaemonSet", what="DaemonSets")
FAILED_PODS = Question(kind="Pod", what="failed pods", selector=(("status.phase", "Failed"),), is_cached=True)

QUESTIONS = (NODES, LEASES, NODE_EVENTS, POD_EVENTS, DAEMONSETS, FAILED_PODS)
"""Requested once per scan; the pods of a node only for nodes with problems."""


def pods_of(node: str) -> Question:
    """Return the question for the pods on one node, finished ones too."""
    return Question(kind="Pod", what=f"pods on {node}", selector=(("spec.nodeName", node),), is_cached=True)
