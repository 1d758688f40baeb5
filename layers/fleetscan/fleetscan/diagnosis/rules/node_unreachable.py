"""The node is unreachable: it did not respond over Systems Manager (SSM).

What it means: EC2 reports the node as running, but the collection got no response: the SSM agent is not registered,
lost its connection, did not respond before the timeout, or the command failed.

Why it hurts: the state of this node is unknown. A node that is too overloaded to respond looks the same as one whose
role lacks a policy, so unknown is not healthy.

A node that responded within the last day and does not now is critical: its role and network worked then and EC2
reports it as running, so the node itself is the likely cause.

What to do: for a node that never registered, add AmazonSSMManagedInstanceCore to its role and a route to the SSM
endpoints. For a node that responded before, look at its metrics in EC2, and drain it if it does not come back.

Source: Systems Manager user guide, troubleshooting managed node availability. A node that was terminated during the
scan is gone and not unreachable.
"""

from __future__ import annotations

from fleetscan.diagnosis.rule import Rule
from fleetscan.immutable import immutable
from fleetscan.model import CaptureStatus, Coverage, Evidence, Severity, Window
from fleetscan.model.memory import History
from fleetscan.quantities import duration

NODES_LIMIT = 1
"""One node is enough."""

_SILENT = frozenset({CaptureStatus.TIMED_OUT, CaptureStatus.CONNECTION_LOST})
"""Statuses of a node that may be overloaded; one that is not registered or refuses the command is not."""

_WORDS = {
    CaptureStatus.TIMED_OUT: "no response before the timeout",
    CaptureStatus.FAILED: "the collection command failed",
    CaptureStatus.CONNECTION_LOST: "connection to Systems Manager lost",
    CaptureStatus.NOT_REGISTERED: "not registered with Systems Manager",
}


@immutable
class Limits:
    """The thresholds of the rule."""

    silent_seconds: int = 24 * 3_600
    """Critical if the node responded within this time; after it, a warning [inference]."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Report why a node that can be scanned did not respond."""
    coverage = window.last[Coverage]
    words = _WORDS.get(coverage.status)
    if words is None:
        return None
    text = f"{words}: {coverage.reason}" if coverage.reason else words
    silent_seconds = _silent_seconds(window, limits) if coverage.status in _SILENT else None
    if silent_seconds is not None:
        text += f"; the node last responded {duration(silent_seconds)} ago and EC2 reports it as running"
    return Evidence(
        severity=Severity.WARNING if silent_seconds is None else Severity.CRITICAL,
        text=text,
        measured=float(NODES_LIMIT),
        limit=float(NODES_LIMIT),
    )


def _silent_seconds(window: Window, limits: Limits) -> int | None:
    """Return how long ago the node responded; None if that is long ago or there is no history."""
    history = window.last.get(History)
    if history is None or not history.readings:
        return None
    seconds = history.at_epoch_seconds - history.readings[-1].at_epoch_seconds
    return seconds if 0 <= seconds <= limits.silent_seconds else None


RULE = Rule(
    id="node_unreachable",
    severity=Severity.CRITICAL,
    title="Node unreachable: no response over Systems Manager (SSM)",
    remedy=(
        "    aws ssm describe-instance-information --filters Key=InstanceIds,Values=INSTANCE_ID\n"
        "Shows when the SSM agent last connected. If it never did: the node's role needs "
        "AmazonSSMManagedInstanceCore, its "
        "network a route to the SSM endpoints.\n"
        "    aws ec2 describe-instance-status --instance-ids INSTANCE_ID\n"
        "Shows the EC2 status checks. If they fail, or the node responded before: reboot or replace it."
    ),
    limits=DEFAULTS,
    check=check,
    is_about_coverage=True,
)
