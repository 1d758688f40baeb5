"""The node is ready, then not, then ready again.

What it means: within a quarter of an hour the node stopped being ready three times or more. Between two of them it
looks well to everybody.

Why it hurts: each time the scheduler sends pods to it again, and each time those that stay away too long are deleted.
No alert on "not ready for 15 minutes" ever fires.

What to do: cordon it, and look at what its kubelet waits for; the other findings of the node say that.

Source: kubernetes-mixin's KubeNodeReadinessFlapping (more than two changes in 15 minutes). Kubernetes counts repeated
events in one; where its first and last time are further apart than a quarter of an hour it counts here once, for
nobody knows how many of them were late. Of one and the same change the kubelet and the node controller may each write
an event, so it is the one who wrote most that counts. Only with access to the Kubernetes API.
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
"""What the node controller says each time, and the kubelet where it knows it itself."""


@immutable
class Limits:
    """From where on it fires."""

    warning_total: int = 3
    """More than two in a quarter of an hour (kubernetes-mixin)."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Count how often kubelet or node controller, each by itself, said NodeNotReady in the last quarter of an hour."""
    view = window.last[NodeView]
    late = [one for one in view.events if one.reason == REASON and one.at > view.at - WINDOW]
    told: Counter[str] = Counter()
    for one in late:
        told[one.source] += _times(one)
    flaps = max(told.values(), default=0)
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
