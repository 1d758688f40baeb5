"""The answer to "why did my pod die?" as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Sequence

from fleetscan.model.kubernetes import ClusterEvent, PodStory
from fleetscan.model.observation import Observation
from fleetscan.render.json.kubernetes import Value, event, story
from fleetscan.render.words.escape import printable

SCHEMA = 1
_CHARACTERS = 300
_ITEMS = 1_000


def render(
    pod: str,
    stories: Sequence[PodStory],
    events: Sequence[ClusterEvent],
    looked: Sequence[str],
    *,
    seen: Sequence[Observation] = (),
    problems: Sequence[str] = (),
) -> str:
    """Return what is known as indented JSON, ended by a newline; empty lists where nothing is."""
    document = {
        "schema": SCHEMA,
        "pod": printable(pod, _CHARACTERS),
        "stories": [story(one) for one in stories],
        "events": [event(one) for one in events],
        "seen": [_sighting(one) for one in seen[:_ITEMS]],
        "looked_in": [printable(one, _CHARACTERS) for one in looked],
        "problems": [printable(one, _CHARACTERS) for one in problems[:_ITEMS]],
    }
    return json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _sighting(one: Observation) -> dict[str, Value]:
    return {
        "pod": printable(one.pod, _CHARACTERS),
        "cluster": printable(one.cluster, _CHARACTERS),
        "node": printable(one.node, _CHARACTERS),
        "at": one.at.isoformat(),
        "severity": None if one.severity is None else one.severity.value,
        "rules": [printable(rule, _CHARACTERS) for rule in one.rules[:_ITEMS]],
    }
