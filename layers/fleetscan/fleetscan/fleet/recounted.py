"""Stories about pods of one name, gathered from all that was kept: those in a table and those in a report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from fleetscan.fleet.cluster_events import merged
from fleetscan.fleet.story import story
from fleetscan.immutable import immutable
from fleetscan.model import Report
from fleetscan.model.death import ClusterPast
from fleetscan.model.kubernetes import ClusterEvent, PodEnd, PodStory

SAME = timedelta(hours=1)
"""Two deaths of one name and kind that are closer are one, told by an event and by the pod."""


@immutable
class Recounted:
    """What is known of the pods that were asked for."""

    stories: tuple[PodStory, ...] = ()
    """The latest death first."""
    events: tuple[ClusterEvent, ...] = ()
    """Of these pods, oldest first."""
    problems: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether anything at all is known."""
        return bool(self.stories or self.events)


def recounted(pod: str, cluster: str, past: ClusterPast, report: Report | None) -> Recounted:
    """Return what is known of a pod, or of all whose ``namespace/name`` begins so or whose owner is called so.

    ``cluster`` narrows it to one cluster; empty for all. Where there is a pod of just that name, it is meant.
    """
    told = [story(death) for death in past.deaths]
    for one in () if report is None else report.stories:
        if not any(_is_same(one, there) for there in told):
            told.append(one)
    fitting = [one for one in told if (not cluster or one.cluster == cluster) and _is_meant(one.end, pod)]
    exact = [one for one in fitting if one.end.title == pod]
    stories = sorted(exact or fitting, key=_moment, reverse=True)
    views = () if report is None else report.clusters
    events = merged(
        *(several for name, several in past.events.items() if not cluster or name == cluster),
        *(view.events for view in views if not cluster or view.cluster == cluster),
    )
    of_pods = tuple(one for one in events if one.kind == "Pod" and f"{one.namespace}/{one.name}".startswith(pod))
    return Recounted(stories=tuple(stories), events=of_pods, problems=past.problems)


def _is_meant(end: PodEnd, pod: str) -> bool:
    return end.title.startswith(pod) or f"{end.namespace}/{end.owner_name}" == pod


def _is_same(one: PodStory, other: PodStory) -> bool:
    if (one.cluster, one.end.title, one.end.ending) != (other.cluster, other.end.title, other.end.ending):
        return False
    if one.end.uid and one.end.uid == other.end.uid:
        return True
    here, there = one.links[0].at if one.links else None, other.links[0].at if other.links else None
    return here is None or there is None or abs(here - there) <= SAME


def _moment(one: PodStory) -> float:
    at = one.links[0].at if one.links else None
    return at.timestamp() if at else 0.0


def sources(table: str, report: Report | None) -> Sequence[str]:
    """Return where was looked, in words."""
    return [
        *([f"table {table}"] if table else []),
        *([] if report is None else [f"the report of {report.started_at:%Y-%m-%d %H:%M} UTC on this machine"]),
    ]
