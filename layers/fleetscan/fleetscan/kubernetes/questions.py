"""What is asked of a cluster's API: one table, which the manifest of the project allows line by line.

``selector`` pairs become a field selector, so that the API server leaves out what nobody wants. A question is *paged*,
which the API server answers from its storage, 250 objects at a time, or *cached*, which it answers whole from memory,
with an index for the pods of a node; a list by index from storage would read every pod of the cluster for each node.
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
    """One list that is asked for."""

    kind: Kind
    what: str
    """In words, for a sentence: "The list of ... "."""
    namespace: str = ""
    """Empty for the whole cluster."""
    selector: tuple[tuple[str, str], ...] = ()
    """Fields that must have a value."""
    without: tuple[tuple[str, Iterable[str]], ...] = ()
    """Fields that must have none of some values."""
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
"""Asked once in each scan; the pods of a node only where there is a reason to."""


def pods_of(node: str) -> Question:
    """Ask for the pods on one node, finished ones too."""
    return Question(kind="Pod", what=f"pods on {node}", selector=(("spec.nodeName", node),), is_cached=True)
