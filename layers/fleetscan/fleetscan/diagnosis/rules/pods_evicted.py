"""Pods of this node were evicted by the kubelet, OOM-killed, or deleted because the node was NotReady.

What it means: within the last hour pods on this node were terminated from outside: the kubelet evicted them because
memory or disk ran low or the pod was over its own disk limit, the kernel killed a container, or Kubernetes deleted them
because the node was NotReady.

Why it hurts: each of them is an interruption, and the terminated pod is seldom the cause. Kubernetes keeps only an
event of it, for 60 minutes unless the cluster is set otherwise.

What to do: the report shows for each pod why it was terminated, as far as that is known; `fleetscan explain pod
NAMESPACE/NAME` shows it again later.

Source: the incident: the first question was "what killed my pod", and its events were gone. Not counted are pods that
were drained (Karpenter says Evicted of them too), that were preempted by a pod of higher priority, that ended with an
orderly shutdown of the node or for a taint that somebody set, and those that the kubelet did not admit, which never
ran. Needs access to the Kubernetes API.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from fleetscan.diagnosis.measures.oom_kills import oom_kills
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity, Window
from fleetscan.model.kubernetes import Ending, NodeView, PodEnd
from fleetscan.model.oom import Scope
from fleetscan.quantities import counted

PODS_LIMIT = 1
"""One is enough."""

WINDOW = timedelta(hours=1)
"""As long as Kubernetes keeps an event unless the cluster is set otherwise."""

PODS_NAMED = 3
"""So many names are in the finding."""

WORDS = {
    Ending.EVICTED: "evicted by the kubelet",
    Ending.NODE_LOST: "deleted because the node was NotReady",
    Ending.OOM_KILLED: "OOM-killed",
    Ending.OWN_DISK_LIMIT: "evicted at its own disk limit",
}
"""The terminations that count."""

_OFTEN_OWN = frozenset({Ending.OOM_KILLED, Ending.OWN_DISK_LIMIT})
"""A pod's own affair, unless the node was short of memory."""


def check(window: Window, _limits: NoLimits = NO_LIMITS) -> Evidence | None:
    """Name the pods. They are not the cause, so there are no suspects."""
    view = window.last[NodeView]
    ends = [one for one in view.ends if one.ending in WORDS and (one.at is None or one.at > view.at - WINDOW)]
    if len(ends) < PODS_LIMIT:
        if view.why_no_ends:
            raise AbsentError(view.why_no_ends)
        return None
    are_own = all(one.ending in _OFTEN_OWN for one in ends)
    return Evidence(
        # A container at its own limit is noise for the node, as for oom_kill_pod; OOMKilled alone does not prove that.
        severity=Severity.INFO if are_own and not _was_node_short(window) else Severity.WARNING,
        text=f"{counted(len(ends), 'pod')} in the last hour: {_tally(ends)}; {_names(ends)}",
        measured=float(len(ends)),
        limit=float(PODS_LIMIT),
    )


def _was_node_short(window: Window) -> bool:
    """Return whether the kernel log shows a kill of that time that was no pod's own affair."""
    try:
        kills = oom_kills(window)
    except AbsentError:
        return False
    recent = [kill for kill in kills if kill.age_seconds <= WINDOW.total_seconds()]
    return any(kill.scope in {Scope.NODE, Scope.ALLOCATABLE, Scope.SERVICE} for kill in recent)


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
