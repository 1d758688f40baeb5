"""Why a pod was terminated, as plain text: the timelines that are known, or what is not known and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fleetscan.model.kubernetes import ClusterEvent, PodTimeline
from fleetscan.model.observation import Observation
from fleetscan.render.text import layout
from fleetscan.render.text.blocks import Block
from fleetscan.render.text.kubernetes import chain
from fleetscan.render.words import amounts
from fleetscan.render.words.escape import name, sanitized
from fleetscan.render.words.timeline_words import POD_CHARACTERS, age, timelines, title

TERMINATIONS = 5
EVENTS = 10
OBSERVATIONS = 3
RULES = 3
_COLUMN = 23

_WHEN_KNOWN = (
    "A termination is known only if a scan with access to the Kubernetes API ran while Kubernetes still kept its "
    "events, which is 60 minutes unless the cluster is set otherwise (docs/kubernetes-access.md says how to allow it); "
    "it is kept for 14 days."
)


def explained(
    pod: str,
    found: Sequence[PodTimeline],
    events: Sequence[ClusterEvent],
    looked: Sequence[str],
    now: datetime,
    *,
    seen: Sequence[Observation] = (),
) -> str:
    """Return all that is known as text of at most 100 columns; ``looked`` names the sources that were searched."""
    lines: list[Block] = list(layout.paragraph(_opening(pod, found, is_seen=bool(events or seen))))
    every = timelines(found)
    for one in every[:TERMINATIONS]:
        day = next((link.at for link in one.story.links if link.at), None)
        lines += layout.heading(f"{title(one, now)}{f', on {day:%Y-%m-%d}' if day else ''}"[: layout.WIDTH])
        lines += chain(one)
    if rest := sum(1 + len(one.others) for one in every[TERMINATIONS:]):
        lines += ["", f"and {amounts.count(rest, 'more termination')}: see --json"]
    if seen:
        lines += layout.heading("Present in the last scan") if found or events else []
        lines += _observations(seen, now)
    if events:
        lines += layout.heading("Kubernetes events")
        lines += _said(events[-EVENTS:])
    lines += ["", *layout.paragraph(_closing(looked, is_known=bool(found)))]
    return "\n".join(layout.squeezed(lines)).strip("\n") + "\n"


def _opening(pod: str, found: Sequence[PodTimeline], *, is_seen: bool) -> str:
    who = name(pod, POD_CHARACTERS)
    if not found:
        return f"{'No termination of' if is_seen else 'Nothing is known of'} {who}{' is known' if is_seen else ''}."
    order = ", latest first" if len(found) > 1 else ""
    return f"{amounts.count(len(found), 'termination')} known of {who}{order}. Times are UTC."


def _observations(seen: Sequence[Observation], now: datetime) -> list[Block]:
    lines: list[Block] = []
    for one in seen[:OBSERVATIONS]:
        words = f"{name(one.pod, POD_CHARACTERS)} was present when {name(one.node)} was scanned, {age(one.at, now)}"
        lines += layout.paragraph(f"{words}{_of_node(one)}.", hanging="  ")
    if len(seen) > OBSERVATIONS:
        lines.append(f"and {amounts.count(len(seen) - OBSERVATIONS, 'more pod')}: see --json")
    return lines


def _of_node(one: Observation) -> str:
    """Return what was found on the node that a pod is on: the next to be terminated there may be it."""
    if not one.rules or one.severity is None:
        return ""
    more = len(one.rules) - RULES
    named = ", ".join(name(rule) for rule in one.rules[:RULES])
    return f"; the node is {one.severity.value}: {named}{f' and {more:,} more' if more > 0 else ''}"


def _said(events: Sequence[ClusterEvent]) -> list[Block]:
    """Return a line for each event, with the pod's name where they are about several."""
    pods = {(one.namespace, one.name) for one in events}
    lines: list[Block] = []
    for event in events:
        who = f"{name(event.name, POD_CHARACTERS)}, " if len(pods) > 1 else ""
        times = f" ({event.count:,} times)" if event.count > 1 else ""
        words = f"{who}{name(event.reason)}{times}: {sanitized(event.message)}"
        lines += layout.labelled(f"{event.at:%m-%d %H:%M:%S}", words, indent="    ", column=_COLUMN)
    return lines


def _closing(looked: Sequence[str], *, is_known: bool) -> str:
    where = " and ".join(sanitized(one) for one in looked)
    if is_known:
        return f"Sources: {where}."
    if not looked:
        return f"No source: there is no report to read, and no table was named (--table). {_WHEN_KNOWN}"
    return f"Sources: {where}. {_WHEN_KNOWN}"
