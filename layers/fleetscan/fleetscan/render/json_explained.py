"""The answer to "why did my pod die?" as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Sequence

from fleetscan.model.kubernetes import ClusterEvent, PodStory
from fleetscan.render.escape import printable
from fleetscan.render.json_kubernetes import event, story

SCHEMA = 1
_CHARACTERS = 300


def render(pod: str, stories: Sequence[PodStory], events: Sequence[ClusterEvent], looked: Sequence[str]) -> str:
    """Return what is known as indented JSON, ended by a newline; empty lists where nothing is."""
    document = {
        "schema": SCHEMA,
        "pod": printable(pod, _CHARACTERS),
        "stories": [story(one) for one in stories],
        "events": [event(one) for one in events],
        "looked_in": [printable(one, _CHARACTERS) for one in looked],
    }
    return json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False) + "\n"
