"""What is known of pods of one name: timelines, events and observations, merged from the table and the last report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from fleetscan.immutable import immutable
from fleetscan.model import Diagnosis, Report, Severity
from fleetscan.model.death import ClusterPast
from fleetscan.model.kubernetes import ClusterEvent, PodEnd, PodTimeline
from fleetscan.model.observation import Observation
from fleetscan.terminations.events import merged
from fleetscan.terminations.timeline import pod_timeline

SAME = timedelta(hours=1)
"""Two deaths of one name and kind that are closer are one, told by an event and by the pod."""


@immutable
class PodRecords:
    """What is known of the pods that were asked for."""

    stories: tuple[PodTimeline, ...] = ()
    """The latest death first."""
    events: tuple[ClusterEvent, ...] = ()
    """Of these pods, oldest first."""
    seen: tuple[Observation, ...] = ()
    """Those of these pods that were there at the last scan and of which no death is known."""
    problems: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether anything at all is known."""
        return bool(self.stories or self.events or self.seen)


def pod_records(pod: str, cluster: str, past: ClusterPast, report: Report | None) -> PodRecords:
    """Return what is known of a pod, or of all whose ``namespace/name`` begins so or whose owner is called so.

    ``cluster`` narrows it to one cluster; empty for all. If there is a pod of exactly that name, only it is returned.
    """
    found = [pod_timeline(death) for death in past.deaths]
    for one in () if report is None else report.stories:
        if not any(_is_same(one, there) for there in found):
            found.append(one)
    fitting = [one for one in found if (not cluster or one.cluster == cluster) and _is_meant(one.end, pod)]
    views = () if report is None else report.clusters
    events = merged(
        *(several for name, several in past.events.items() if not cluster or name == cluster),
        *(view.events for view in views if not cluster or view.cluster == cluster),
    )
    of_pods = [one for one in events if one.kind == "Pod" and _title(one).startswith(pod)]
    there = [] if report is None else _observations(report, pod, cluster)
    if pod in {*(one.end.title for one in fitting), *map(_title, of_pods), *(one.pod for one in there)}:
        fitting = [one for one in fitting if one.end.title == pod]
        of_pods = [one for one in of_pods if _title(one) == pod]
        there = [one for one in there if one.pod == pod]
    dead = {(one.cluster, one.end.title) for one in fitting}
    return PodRecords(
        stories=tuple(sorted(fitting, key=_moment, reverse=True)),
        events=tuple(of_pods),
        seen=tuple(one for one in there if (one.cluster, one.pod) not in dead),
        problems=past.problems,
    )


def _observations(report: Report, pod: str, cluster: str) -> list[Observation]:
    """Return where pods whose name begins so were seen, those on the worst nodes first.

    Their containers were seen on the node, whether Kubernetes was queried or not.
    """
    of_cluster = (one for one in report.diagnoses if not cluster or one.node.cluster == cluster)
    found = {
        (one.node.cluster, title): _observation(report, one, title)
        for one in of_cluster
        for image in one.presence.images
        for title in image.pods
        if title.startswith(pod)
    }
    return [one for _, one in sorted(found.items(), key=lambda item: (-_rank(item[1].severity), item[0]))]


def _observation(report: Report, diagnosis: Diagnosis, pod: str) -> Observation:
    node = diagnosis.node
    return Observation(
        pod=pod,
        cluster=node.cluster,
        node=node.private_dns_name.partition(".")[0] or node.instance_id,
        at=report.started_at,
        severity=diagnosis.severity,
        rules=tuple(one.rule for one in diagnosis.findings if one.severity is not Severity.INFO),
    )


def _rank(severity: Severity | None) -> int:
    return -1 if severity is None else severity.rank


def _title(event: ClusterEvent) -> str:
    return f"{event.namespace}/{event.name}"


def _is_meant(end: PodEnd, pod: str) -> bool:
    return end.title.startswith(pod) or f"{end.namespace}/{end.owner_name}" == pod


def _is_same(one: PodTimeline, other: PodTimeline) -> bool:
    if (one.cluster, one.end.title) != (other.cluster, other.end.title):
        return False
    if one.end.ending.family is not other.end.ending.family:
        return False
    if one.end.uid and one.end.uid == other.end.uid:
        return True
    here, there = one.links[0].at if one.links else None, other.links[0].at if other.links else None
    return here is None or there is None or abs(here - there) <= SAME


def _moment(one: PodTimeline) -> float:
    at = one.links[0].at if one.links else None
    return at.timestamp() if at else 0.0


def sources(table: str, report: Report | None, *, bucket: str = "") -> Sequence[str]:
    """Return the names of the sources that were searched."""
    place = f"in bucket {bucket}" if bucket else "on this machine"
    return [
        *([f"table {table}"] if table else []),
        *([] if report is None else [f"the report of {report.started_at:%Y-%m-%d %H:%M} UTC {place}"]),
    ]
