"""Why pods died, in words: stories that are alike as one, each step with its time and what kind of step it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from fleetscan import quantities
from fleetscan.immutable import immutable
from fleetscan.model.kubernetes import Link, PodStory
from fleetscan.render.words.escape import name, printable

POD_CHARACTERS = 160
TEXT_CHARACTERS = 600
NAMED = 3
"""Further pods of one story that are named."""

_UNKNOWN = "not known: "


@immutable
class Timeline:
    """One story, and the other pods that it is the story of: a node seldom takes one pod with it."""

    story: PodStory
    others: tuple[str, ...] = ()


@immutable
class TimelineStep:
    """One step of a story, cleaned."""

    time: str
    """``02:08:31``; empty where it is not known."""
    label: str
    """``died``, ``because`` or ``unknown``."""
    text: str


def timelines(stories: Iterable[PodStory]) -> tuple[Timeline, ...]:
    """Return the stories in their order, those with the same chain behind the death as one."""
    alike: dict[tuple[object, ...], list[PodStory]] = defaultdict(list)
    for story in stories:
        own = "" if story.links[1:] else story.end.title
        alike[story.cluster, story.end.ending, story.links[1:], own].append(story)
    return tuple(
        Timeline(story=several[0], others=tuple(dict.fromkeys(one.end.title for one in several[1:])))
        for several in alike.values()
    )


def title(timeline: Timeline, now: datetime, *, with_cluster: bool = False) -> str:
    """Return which pod it is about and how long ago it died: ``live/main-service-x2x9q and 2 more pods, 4 h ago``."""
    pod = name(timeline.story.end.title, POD_CHARACTERS)
    where = f" in {name(timeline.story.cluster)}" if with_cluster and timeline.story.cluster else ""
    more = f" and {quantities.counted(len(timeline.others), 'more pod')}" if timeline.others else ""
    died_at = timeline.story.links[0].at if timeline.story.links else None
    return f"{pod}{more}{where}{'' if died_at is None else ', ' + age(died_at, now)}"


def others(timeline: Timeline) -> str:
    """Return the further pods that this is the story of; empty where it is that of one."""
    if not timeline.others:
        return ""
    more = len(timeline.others) - NAMED
    named = ", ".join(name(one, POD_CHARACTERS) for one in timeline.others[:NAMED])
    return f"the same goes for {named}{f' and {more:,} more' if more > 0 else ''}"


def steps(story: PodStory) -> Sequence[TimelineStep]:
    """Return the steps of a story, the death first."""
    return [_step(number, link) for number, link in enumerate(story.links)]


def age(at: datetime, now: datetime) -> str:
    """Return how long ago something was: ``4 h 2 min ago``."""
    seconds = (now - at).total_seconds()
    return f"{quantities.duration(seconds)} ago" if seconds >= 1 else "just now"


def _step(number: int, link: Link) -> TimelineStep:
    text = printable(link.text, TEXT_CHARACTERS)
    label = "died" if number == 0 else "because" if link.is_known else "unknown"
    shown = text.removeprefix(_UNKNOWN) if not link.is_known else text
    return TimelineStep(time="" if link.at is None else f"{link.at:%H:%M:%S}", label=label, text=shown)
