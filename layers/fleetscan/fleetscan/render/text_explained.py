"""The answer to "why did my pod die?" as plain text: the stories that are known, or what is not known and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fleetscan.model.kubernetes import ClusterEvent, PodStory
from fleetscan.render import amounts, layout
from fleetscan.render.blocks import Block
from fleetscan.render.escape import name, printable
from fleetscan.render.story_words import POD_CHARACTERS, tales, title
from fleetscan.render.text_kubernetes import chain

STORIES = 5
EVENTS = 10
_COLUMN = 23


def explained(
    pod: str, stories: Sequence[PodStory], events: Sequence[ClusterEvent], looked: Sequence[str], now: datetime
) -> str:
    """Return all that is known as text of at most 100 columns; ``looked`` says where it was looked for."""
    where = " and ".join(printable(one) for one in looked) or "nowhere: there is no report on this machine"
    if not stories and not events:
        nothing = layout.paragraph(f"Nothing is known of {name(pod, POD_CHARACTERS)}.")
        nothing += layout.paragraph(
            f"Looked in {where}. A death is known only where a scan with access to the Kubernetes API ran within the "
            "hour after it; it is forgotten after 14 days."
        )
        return _text(nothing)
    lines: list[Block] = []
    if stories:
        deaths = amounts.count(len(stories), "death")
        order = ", the latest first" if len(stories) > 1 else ""
        lines += layout.paragraph(f"{deaths} known of {name(pod, POD_CHARACTERS)}{order}. Times are UTC.")
    else:
        lines += layout.paragraph(f"No death is known of {name(pod, POD_CHARACTERS)}, but Kubernetes told of it.")
    every = tales(stories)
    for one in every[:STORIES]:
        day = next((link.at for link in one.story.links if link.at), None)
        lines += layout.heading(f"{title(one, now)}{f', on {day:%Y-%m-%d}' if day else ''}"[: layout.WIDTH])
        lines += chain(one)
    if rest := sum(1 + len(one.others) for one in every[STORIES:]):
        lines += ["", f"and {amounts.count(rest, 'more death')}: see --json"]
    if events:
        lines += layout.heading("What Kubernetes said of it")
        for event in events[-EVENTS:]:
            times = f" ({event.count:,} times)" if event.count > 1 else ""
            words = f"{name(event.reason)}{times}: {printable(event.message)}"
            lines += layout.labelled(f"{event.at:%m-%d %H:%M:%S}", words, indent="    ", column=_COLUMN)
    lines += ["", *layout.paragraph(f"From {where}.")]
    return _text(lines)


def _text(lines: Sequence[Block]) -> str:
    return "\n".join(layout.squeezed(lines)).strip("\n") + "\n"
