"""Pods of this node were evicted, killed or lost with it.

What it means: within the last hour pods ended here that did not end by themselves: the kubelet evicted them for lack
of memory or disk, the kernel killed a container, or Kubernetes deleted them because the node was not ready.

Why it hurts: each of them is an interruption, and the pod that ends is seldom the one that is to blame. What remains of
it in Kubernetes is an event, for an hour.

What to do: the report tells of each pod why it died, as far as that is known; `fleetscan explain pod NAMESPACE/NAME`
tells it again later.

Source: the incident: the first question was "what killed my pod", and its events were gone. Pods that make room for one
of a higher priority, or that end with a node that shuts down in order, are not counted. Only with access to the
Kubernetes API.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity, Window
from fleetscan.model.kubernetes import Ending, NodeView, PodEnd
from fleetscan.quantities import counted

PODS_LIMIT = 1
"""Each one is worth a line."""

WINDOW = timedelta(hours=1)
"""As long as Kubernetes itself keeps an event."""

PODS_NAMED = 3
"""More names than these are a list and not a sentence."""

WORDS = {
    Ending.EVICTED: "evicted by the kubelet",
    Ending.NODE_LOST: "deleted because the node was NotReady",
    Ending.OOM_KILLED: "OOM-killed",
}
"""Endings that count."""


def check(window: Window, _limits: NoLimits = NO_LIMITS) -> Evidence | None:
    """Name the pods. Those that died are nobody's suspects, so there are none."""
    view = window.last[NodeView]
    ends = [one for one in view.ends if one.ending in WORDS and (one.at is None or one.at > view.at - WINDOW)]
    if len(ends) < PODS_LIMIT:
        if view.why_no_ends:
            raise AbsentError(view.why_no_ends)
        return None
    is_own_limit = all(one.ending is Ending.OOM_KILLED for one in ends)
    return Evidence(
        # A container at its own limit is noise for the node, as for oom_kill_pod.
        severity=Severity.INFO if is_own_limit else Severity.WARNING,
        text=f"{counted(len(ends), 'pod')} in the last hour: {_tally(ends)}; {_names(ends)}",
        measured=float(len(ends)),
        limit=float(PODS_LIMIT),
    )


def _tally(ends: Sequence[PodEnd]) -> str:
    numbers = Counter(one.ending for one in ends)
    return ", ".join(f"{numbers[ending]} {words}" for ending, words in WORDS.items() if numbers[ending])


def _names(ends: Sequence[PodEnd]) -> str:
    latest = [*dict.fromkeys(one.title for one in reversed(ends))]
    more = len(latest) - PODS_NAMED
    return ", ".join(latest[:PODS_NAMED]) + (f" and {more} more" if more > 0 else "")


RULE = Rule(
    id="pods_evicted",
    severity=Severity.WARNING,
    title="Pods evicted, OOM-killed, or deleted because the node was NotReady",
    remedy=("    fleetscan explain pod NAMESPACE/NAME\nShows why a pod was terminated, days later too."),
    limits=NO_LIMITS,
    check=check,
)
