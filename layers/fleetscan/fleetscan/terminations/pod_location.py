"""The node that a terminated pod was on, among the nodes of one cluster, and how that is known.

The event of a pod that is deleted from a lost node names neither the node nor the pod's id. What nodes say of their
containers may fill the gap, as long as they agree: a pod that several nodes claim is taken to be on none of them, and a
node that was never silent is not the one that a pod was lost with, whatever it shows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta

from fleetscan.immutable import immutable
from fleetscan.model import Diagnosis, Report
from fleetscan.model.kubernetes import ClusterView, Ending, PodEnd
from fleetscan.terminations.events import other_taints, silence_before

DETECTION_DELAY = timedelta(minutes=15)
"""A pod is deleted five minutes after its node was lost, unless it has another toleration; a NotReady time that began
long before has nothing to do with it."""


@immutable
class PodLocations:
    """The nodes of one cluster in one scan, looked up by pod and by name."""

    view: ClusterView
    nodes: Sequence[Diagnosis]
    """Those of the cluster that Kubernetes knows."""
    by_name: Mapping[str, Diagnosis] = field(default_factory=dict)
    by_pod: Mapping[str, Diagnosis] = field(default_factory=dict)
    """``namespace/name`` -> the only node whose own containers show the pod, or of which Kubernetes says so."""

    def ends(self) -> Iterable[PodEnd]:
        """Yield every termination, those first that name their node."""
        of_nodes = (end for one in self.nodes if one.kubernetes for end in one.kubernetes.ends)
        return sorted((*of_nodes, *self.view.ends), key=lambda end: (not end.node, not end.uid))

    def node_of(self, end: PodEnd, died_at: datetime) -> tuple[Diagnosis | None, str]:
        """Return the node that a pod was on and, where Kubernetes does not say it, how that is known."""
        if end.node:
            return self.by_name.get(end.node), ""
        seen = self.by_pod.get(end.title)
        if seen is not None and (end.ending.family is not Ending.NODE_LOST or _was_silent(seen, died_at)):
            return seen, "its containers were seen there"
        if end.ending.family is Ending.NODE_LOST and not any(map(_has_other_taint, self.nodes)):
            silent = [one for one in self.nodes if _was_silent(one, died_at)]
            if len(silent) == 1:
                return silent[0], "no other node of the cluster was silent then"
        return None, ""


def pod_locations(report: Report, view: ClusterView) -> PodLocations:
    """Return the nodes of one cluster of a report."""
    nodes = [one for one in report.diagnoses if one.node.cluster == view.cluster and one.kubernetes is not None]
    shown: list[tuple[str, Diagnosis]] = []
    told: list[tuple[str, Diagnosis]] = []
    for one in nodes:
        pods = {pod for image in one.presence.images for pod in image.pods}
        shown += ((pod, one) for pod in pods.difference(one.presence.unlisted_pods))
        told += ((end.title, one) for end in (one.kubernetes.ends if one.kubernetes else ()) if end.node)
    # Where Kubernetes says that pods of one name ended on several nodes, it is none of them that is meant.
    ended = {pod for pod, _ in told}
    by_pod = {pod: one for pod, one in _undisputed(shown).items() if pod not in ended} | _undisputed(told)
    by_name = {one.kubernetes.name: one for one in nodes if one.kubernetes is not None}
    return PodLocations(view=view, nodes=nodes, by_name=by_name, by_pod=by_pod)


def _has_other_taint(diagnosis: Diagnosis) -> bool:
    """Return whether a pod may have been deleted from this node for another taint than that of a lost one."""
    return diagnosis.kubernetes is not None and bool(other_taints(diagnosis.kubernetes))


def _undisputed(claims: Iterable[tuple[str, Diagnosis]]) -> dict[str, Diagnosis]:
    """Return the claims that no other node makes: conflicting ones are believed of neither."""
    by_pod: dict[str, dict[str, Diagnosis]] = defaultdict(dict)
    for pod, one in claims:
        by_pod[pod][one.node.instance_id] = one
    return {pod: next(iter(found.values())) for pod, found in by_pod.items() if len(found) == 1}


def _was_silent(diagnosis: Diagnosis, died_at: datetime) -> bool:
    silence = None if diagnosis.kubernetes is None else silence_before(diagnosis.kubernetes, died_at)
    return silence is not None and died_at - silence.begun_at <= DETECTION_DELAY
