"""The node's Ready condition is flapping.

What it means: the node became NotReady three times or more within 15 minutes. In between it looks healthy.

Why it hurts: each time it is Ready the scheduler sends pods to it again, and each time it stays NotReady for too
long its pods are deleted. An alert on "NotReady for 15 minutes" never fires.

What to do: cordon it, and find out why its kubelet misses heartbeats; the other findings of the node show that.

Source: kubernetes-mixin's KubeNodeReadinessFlapping (more than two changes in 15 minutes). Kubernetes counts
repeated events in one object; if its first and last time are more than 15 minutes apart it counts as one here,
because it is unknown how many of them were recent. The kubelet and the node controller may each write an event about
the same change, so only the one that wrote more of them is counted. Needs access to the Kubernetes API.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from fleetscan.diagnosis.rule import Rule
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.model.kubernetes import ClusterEvent, NodeView

WINDOW = timedelta(minutes=15)

REASON = "NodeNotReady"
"""The reason of the events that the node controller writes, and the kubelet if it notices it itself."""


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_total: int = 3
    """Times NotReady in 15 minutes: more than two (kubernetes-mixin)."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Count the NodeNotReady events of the last 15 minutes, of the kubelet and of the node controller apart."""
    view = window.last[NodeView]
    late = [one for one in view.events if one.reason == REASON and one.at > view.at - WINDOW]
    by_source: Counter[str] = Counter()
    for one in late:
        by_source[one.source] += _times(one)
    flaps = max(by_source.values(), default=0)
    if flaps < limits.warning_total:
        if view.why_no_events:
            raise AbsentError(view.why_no_events)
        return None
    last = max(one.at for one in late)
    return Evidence(
        severity=Severity.WARNING,
        text=f"NotReady {flaps} times within 15 min (threshold {limits.warning_total}), "
        f"the last time at {last:%H:%M:%S} UTC",
        measured=float(flaps),
        limit=float(limits.warning_total),
    )


def _times(event: ClusterEvent) -> int:
    is_recent = event.first_at is not None and event.at - event.first_at <= WINDOW
    return max(event.count, 1) if is_recent else 1


RULE = Rule(
    id="node_flapping",
    severity=Severity.WARNING,
    title="Ready condition is flapping",
    remedy=(
        "    kubectl cordon NODE\n"
        "Keeps new pods off the node.\n"
        "    journalctl -u kubelet --since -30min --no-pager | grep -i -E 'lease|deadline|PLEG|timeout' | tail -40\n"
        "Shows, on the node, why the kubelet missed its heartbeats."
    ),
    limits=DEFAULTS,
    check=check,
    lasts=timedelta(minutes=15),
)
