"""What the Kubernetes API reports of one node, or the reason why it was not read."""

from __future__ import annotations

from fleetscan.immutable import immutable
from fleetscan.model import Sample
from fleetscan.model.kubernetes import NodeView, ScheduledPods

NOT_ASKED = "no access to the Kubernetes API; docs/kubernetes-access.md says how to grant it"
"""The reason of every skipped rule that needs the API; a report shows it once."""

PODS_NOT_ASKED = "the Kubernetes API is asked for the pods of a node only if the node is not healthy"


@immutable
class ListedDaemonSets:
    """A source that exists if the node's cluster has DaemonSets that were listed, so that a rule is skipped otherwise.

    Every EKS cluster has some by default, so that none at all is said as such and is no matter of health.
    """

    count: int


@immutable
class InCluster:
    """The sources of one node that come from the API server."""

    view: NodeView | None = None
    pods: ScheduledPods | None = None
    daemonsets: ListedDaemonSets | None = None
    why_no_view: str = NOT_ASKED
    why_no_pods: str = NOT_ASKED
    why_no_daemonsets: str = NOT_ASKED

    def beside(self, sample: Sample) -> Sample:
        """Return the sample with these sources, or with the reason where one is absent."""
        every = (
            (NodeView, self.view, self.why_no_view),
            (ScheduledPods, self.pods, self.why_no_pods),
            (ListedDaemonSets, self.daemonsets, self.why_no_daemonsets),
        )
        return sample.with_values(
            *(value for _, value, _ in every if value is not None),
            absent={kind: reason for kind, value, reason in every if value is None},
        )
