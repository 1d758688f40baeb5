"""The node is NotReady.

What it means: the node's Ready condition is False, which the kubelet itself reports, or Unknown: the kubelet has
sent no heartbeat for 40 s. After five more minutes the pods on it are deleted, and start elsewhere if there is room.

Why it hurts: pods are terminated for a reason that no pod metric shows. The kubelet is a process like any other: if
tasks wait for memory most of the time it misses its heartbeats.

What to do: the other findings of the node show what slows the kubelet down. Reboot or replace a node that does not
respond over Systems Manager either; EKS replaces it after 30 minutes if node auto repair is on.

Source: kubernetes-mixin's KubeNodeNotReady (15 minutes); EKS user guide, node health. Needs access to the Kubernetes
API.
"""

from __future__ import annotations

from datetime import timedelta

from fleetscan.diagnosis.rule import Rule
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.model.kubernetes import Condition, NodeView, Status
from fleetscan.quantities import duration

REPAIR_SECONDS = 30 * 60
"""When EKS replaces a NotReady node, where node auto repair is on (EKS user guide)."""

SHOWN_CHARACTERS = 160
"""Of the condition's message, which may be long: a kubelet may quote the error of a plugin."""

NOT_READY_LIMIT = 1
"""The measured value is 1 while it lasts: the age grows with every scan and would be reported as escalated each
time."""


@immutable
class Limits:
    """The thresholds of the rule."""

    critical_seconds: int = 15 * 60
    """Critical from this age on (kubernetes-mixin); a warning at once, because pods are deleted after five minutes."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Read the Ready condition and how long it has had its status."""
    view = window.last[NodeView]
    ready = view.condition("Ready")
    if ready is None:
        raise AbsentError("the node reports no Ready condition")
    if ready.status is Status.TRUE:
        return None
    age_seconds = None if ready.since is None else max((view.at - ready.since).total_seconds(), 0.0)
    return Evidence(
        severity=Severity.CRITICAL if (age_seconds or 0) >= limits.critical_seconds else Severity.WARNING,
        text=f"Ready is {ready.status}{_since(ready, age_seconds)}{_words(ready)}{_beat(view)}{_repair(age_seconds)}",
        measured=float(NOT_READY_LIMIT),
        limit=float(NOT_READY_LIMIT),
    )


def _since(ready: Condition, age_seconds: float | None) -> str:
    if ready.since is None or age_seconds is None:
        return ", start time unknown"
    return f" since {ready.since:%H:%M:%S} UTC, for {duration(age_seconds)}"


def _words(ready: Condition) -> str:
    said = ": ".join(word for word in (ready.reason, ready.message) if word)[:SHOWN_CHARACTERS]
    return f" ({said})" if said else ""


def _beat(view: NodeView) -> str:
    """Return when the kubelet last renewed its lease; nothing where that is unknown."""
    age_seconds = view.heartbeat_age_seconds
    return "" if age_seconds is None else f"; last heartbeat {duration(age_seconds)} ago"


def _repair(age_seconds: float | None) -> str:
    left_seconds = REPAIR_SECONDS - (age_seconds or 0)
    return f"; EKS replaces the node in {duration(left_seconds)} if node auto repair is on" if left_seconds > 0 else ""


RULE = Rule(
    id="node_not_ready",
    severity=Severity.CRITICAL,
    title="Node NotReady",
    remedy=(
        "    kubectl get pods --all-namespaces --field-selector spec.nodeName=NODE -o wide\n"
        "Shows the pods on the node: they are deleted five minutes after it became NotReady.\n"
        "    aws ec2 reboot-instances --instance-ids INSTANCE_ID\n"
        "Reboots the node. Do it if the node does not respond and no other finding shows the cause."
    ),
    limits=DEFAULTS,
    check=check,
    lasts=timedelta(minutes=15),
)
