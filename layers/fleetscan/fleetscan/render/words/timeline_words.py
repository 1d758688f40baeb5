"""Why pods were terminated, in words: a timeline for those that are alike, evidence apart from the cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from fleetscan import quantities
from fleetscan.immutable import immutable
from fleetscan.model.kubernetes import PodTimeline
from fleetscan.render.words.escape import name, sanitized

POD_CHARACTERS = 160
TEXT_CHARACTERS = 600
NAMED = 3
"""Further pods of one timeline that are named."""

_UNKNOWN = "not known: "


@immutable
class Timeline:
    """What led to the termination of a pod, and the other pods with the same timeline."""

    story: PodTimeline
    others: tuple[str, ...] = ()


@immutable
class TimelineStep:
    """One step of a timeline, cleaned."""

    time: str
    """``02:08:31``; empty where it is not known."""
    label: str
    """``terminated``, ``cause``, ``evidence`` or ``unknown``."""
    text: str


def timelines(stories: Iterable[PodTimeline]) -> tuple[Timeline, ...]:
    """Return the timelines in the order given, one for those with the same steps before the termination."""
    alike: dict[tuple[object, ...], list[PodTimeline]] = defaultdict(list)
    for pod_timeline in stories:
        own = "" if pod_timeline.links[1:] else pod_timeline.end.title
        alike[pod_timeline.cluster, pod_timeline.end.ending, pod_timeline.links[1:], own].append(pod_timeline)
    return tuple(
        Timeline(story=several[0], others=tuple(dict.fromkeys(one.end.title for one in several[1:])))
        for several in alike.values()
    )


def title(timeline: Timeline, now: datetime, *, with_cluster: bool = False) -> str:
    """Return which pod it is about and how long ago it ended: ``live/main-service-x2x9q and 2 more pods, 4 h ago``."""
    pod = name(timeline.story.end.title, POD_CHARACTERS)
    where = f" in {name(timeline.story.cluster)}" if with_cluster and timeline.story.cluster else ""
    more = f" and {quantities.counted(len(timeline.others), 'more pod')}" if timeline.others else ""
    ended_at = timeline.story.links[0].at if timeline.story.links else None
    return f"{pod}{more}{where}{'' if ended_at is None else ', ' + age(ended_at, now)}"


def others(timeline: Timeline) -> str:
    """Return the further pods with the same timeline; empty where there is none."""
    if not timeline.others:
        return ""
    more = len(timeline.others) - NAMED
    named = ", ".join(name(one, POD_CHARACTERS) for one in timeline.others[:NAMED])
    return f"same timeline: {named}{f' and {more:,} more' if more > 0 else ''}"


def steps(pod_timeline: PodTimeline) -> Sequence[TimelineStep]:
    """Return the steps of a timeline, oldest first. A step without a time is right before what it led to."""
    dated: list[tuple[datetime, bool, int]] = []
    at = datetime.max.replace(tzinfo=UTC)
    for number, link in enumerate(pod_timeline.links):
        at = link.at or at
        dated.append((at, number == 0, number))
    return [_step(pod_timeline, number) for _, _, number in sorted(dated)]


def age(at: datetime, now: datetime) -> str:
    """Return how long ago something was: ``4 h 2 min ago``."""
    seconds = (now - at).total_seconds()
    return f"{quantities.duration(seconds)} ago" if seconds >= 1 else "just now"


def _step(pod_timeline: PodTimeline, number: int) -> TimelineStep:
    link = pod_timeline.links[number]
    text = sanitized(link.text, TEXT_CHARACTERS)
    shown = text.removeprefix(_UNKNOWN) if not link.is_known else text
    return TimelineStep(
        time="" if link.at is None else f"{link.at:%H:%M:%S}", label=_label(pod_timeline, number), text=shown
    )


def _label(pod_timeline: PodTimeline, number: int) -> str:
    """Return the label of a step: the steps begin with the termination and end with the cause, if it is known."""
    if number == 0:
        return "terminated"
    if not pod_timeline.links[number].is_known:
        return "unknown"
    return "cause" if number == len(pod_timeline.links) - 1 else "evidence"
