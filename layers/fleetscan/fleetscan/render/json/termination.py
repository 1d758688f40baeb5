"""The answer to "why did my pod die?" as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Sequence

from fleetscan.model.kubernetes import ClusterEvent, PodTimeline
from fleetscan.model.observation import Observation
from fleetscan.render.json.kubernetes import Value, event, termination
from fleetscan.render.words.escape import sanitized

SCHEMA = 1
_CHARACTERS = 300
_ITEMS = 1_000


def render(
    pod: str,
    found: Sequence[PodTimeline],
    events: Sequence[ClusterEvent],
    looked: Sequence[str],
    *,
    seen: Sequence[Observation] = (),
    problems: Sequence[str] = (),
) -> str:
    """Return what is known as indented JSON, ended by a newline; empty lists where nothing is."""
    document = {
        "schema": SCHEMA,
        "pod": sanitized(pod, _CHARACTERS),
        "stories": [termination(one) for one in found],
        "events": [event(one) for one in events],
        "seen": [_observation(one) for one in seen[:_ITEMS]],
        "looked_in": [sanitized(one, _CHARACTERS) for one in looked],
        "problems": [sanitized(one, _CHARACTERS) for one in problems[:_ITEMS]],
    }
    return json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _observation(one: Observation) -> dict[str, Value]:
    return {
        "pod": sanitized(one.pod, _CHARACTERS),
        "cluster": sanitized(one.cluster, _CHARACTERS),
        "node": sanitized(one.node, _CHARACTERS),
        "at": one.at.isoformat(),
        "severity": None if one.severity is None else one.severity.value,
        "rules": [sanitized(rule, _CHARACTERS) for rule in one.rules[:_ITEMS]],
    }
