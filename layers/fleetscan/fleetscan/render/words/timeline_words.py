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
class Tale:
    """One story, and the other pods that it is the story of: a node seldom takes one pod with it."""

    story: PodStory
    others: tuple[str, ...] = ()


@immutable
class Told:
    """One step of a story, cleaned."""

    time: str
    """``02:08:31``; empty where it is not known."""
    label: str
    """``died``, ``because`` or ``unknown``."""
    text: str


def tales(stories: Iterable[PodStory]) -> tuple[Tale, ...]:
    """Return the stories in their order, those with the same chain behind the death as one."""
    alike: dict[tuple[object, ...], list[PodStory]] = defaultdict(list)
    for story in stories:
        own = "" if story.links[1:] else story.end.title
        alike[story.cluster, story.end.ending, story.links[1:], own].append(story)
    return tuple(
        Tale(story=several[0], others=tuple(dict.fromkeys(one.end.title for one in several[1:])))
        for several in alike.values()
    )


def title(tale: Tale, now: datetime, *, with_cluster: bool = False) -> str:
    """Return which pod it is about and how long ago it died: ``live/main-service-x2x9q and 2 more pods, 4 h ago``."""
    pod = name(tale.story.end.title, POD_CHARACTERS)
    where = f" in {name(tale.story.cluster)}" if with_cluster and tale.story.cluster else ""
    more = f" and {quantities.counted(len(tale.others), 'more pod')}" if tale.others else ""
    died_at = tale.story.links[0].at if tale.story.links else None
    return f"{pod}{more}{where}{'' if died_at is None else ', ' + age(died_at, now)}"


def others(tale: Tale) -> str:
    """Return the further pods that this is the story of; empty where it is that of one."""
    if not tale.others:
        return ""
    more = len(tale.others) - NAMED
    named = ", ".join(name(one, POD_CHARACTERS) for one in tale.others[:NAMED])
    return f"the same goes for {named}{f' and {more:,} more' if more > 0 else ''}"


def steps(story: PodStory) -> Sequence[Told]:
    """Return the steps of a story, the death first."""
    return [_step(number, link) for number, link in enumerate(story.links)]


def age(at: datetime, now: datetime) -> str:
    """Return how long ago something was: ``4 h 2 min ago``."""
    seconds = (now - at).total_seconds()
    return f"{quantities.duration(seconds)} ago" if seconds >= 1 else "just now"


def _step(number: int, link: Link) -> Told:
    text = printable(link.text, TEXT_CHARACTERS)
    label = "died" if number == 0 else "because" if link.is_known else "unknown"
    shown = text.removeprefix(_UNKNOWN) if not link.is_known else text
    return Told(time="" if link.at is None else f"{link.at:%H:%M:%S}", label=label, text=shown)
