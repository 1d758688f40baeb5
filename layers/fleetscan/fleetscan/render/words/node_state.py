"""The status of a node in Kubernetes, in one sentence: readiness, other conditions, taints, heartbeat."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from fleetscan.diagnosis.knowledge.node_conditions import hinted_bad, node_conditions
from fleetscan.model.kubernetes import Condition, NodeView, Status
from fleetscan.quantities import duration
from fleetscan.render.words.escape import name, sanitized

CONDITIONS = 4
TAINTS = 4
"""More than these are a list and not a sentence; all of them are in the JSON."""
WORDS_CHARACTERS = 120

_READY = "Ready"
"""The kubelet's own condition."""
_DAY = timedelta(days=1)


def state(view: NodeView) -> str:
    """Return what Kubernetes says of a node, without a full stop: what is not known is left out."""
    return "; ".join(
        (
            _readiness(view.condition(_READY), view.at),
            *_other_conditions(view),
            *_taints(view),
            *(["cordoned"] if view.is_cordoned else []),
            *_heartbeat(view),
        )
    )


def _readiness(ready: Condition | None, at: datetime) -> str:
    if ready is None:
        return "no Ready condition"
    if ready.status is Status.TRUE:
        return f"Ready{_since(ready.since, at)}"
    return f"NotReady ({ready.status.value}){_since(ready.since, at)}{_words(ready)}"


def _other_conditions(view: NodeView) -> Iterable[str]:
    """Yield the other conditions that are not as they should be; without a heartbeat all are unknown: one sentence."""
    ready = view.condition(_READY)
    is_silent = ready is not None and ready.status is Status.UNKNOWN
    bad = [one for one in view.conditions if one.kind != _READY and _is_bad(one, is_silent=is_silent)]
    for one in bad[:CONDITIONS]:
        yield f"{name(one.kind)} is {one.status.value}{_since(one.since, view.at)}{_words(one)}"
    if len(bad) > CONDITIONS:
        yield f"and {len(bad) - CONDITIONS} more conditions"


def _is_bad(one: Condition, *, is_silent: bool) -> bool:
    if one.status is Status.UNKNOWN:
        return not is_silent
    known = node_conditions().get(one.kind)
    return one.status is (known.bad if known else hinted_bad(one.kind))


def _taints(view: NodeView) -> Iterable[str]:
    named = [f"{name(one.key)}:{name(one.effect)}" for one in view.taints[:TAINTS]]
    more = len(view.taints) - TAINTS
    if named:
        yield f"tainted {', '.join(named)}{f' and {more} more' if more > 0 else ''}"


def _heartbeat(view: NodeView) -> Iterable[str]:
    """Yield when the kubelet sent its last heartbeat."""
    if view.heartbeat_age_seconds is not None:
        yield f"last heartbeat {duration(view.heartbeat_age_seconds)} ago"


def _since(since: datetime | None, at: datetime) -> str:
    if since is None:
        return ""
    when = f"{since:%H:%M:%S} UTC" if at - since < _DAY else f"{since:%Y-%m-%d}"
    return f" since {when}, for {duration(max((at - since).total_seconds(), 0.0))}"


def _words(one: Condition) -> str:
    said = sanitized(one.message or one.reason, WORDS_CHARACTERS)
    return f" ({said})" if said else ""
