"""A worker exists and could not be asked.

What it means: EC2 says that the node runs, but the collection brought no answer: the SSM agent is not registered,
lost its connection, did not answer in time, or the command failed.

Why it hurts: nothing is known of this node. A node that is too overloaded to answer looks the same as one whose
role lacks a policy, so this is not "well".

A node that answered within the last day and is silent now is critical: the role and the network were good then, EC2
says that it runs, so it is the node.

What to do: for a node that never registered, add AmazonSSMManagedInstanceCore to its role and a way to the SSM
endpoints. For a node that answered before, look at its load and its pressure from outside, and drain it if it does
not come back.

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
"""One node is one too many."""

_SILENT = frozenset({CaptureStatus.TIMED_OUT, CaptureStatus.CONNECTION_LOST})
"""How a node is silent. One that is not registered any more or refuses the command is not overloaded."""

_WORDS = {
    CaptureStatus.TIMED_OUT: "no response before the timeout",
    CaptureStatus.FAILED: "the collection command failed",
    CaptureStatus.CONNECTION_LOST: "connection to Systems Manager lost",
    CaptureStatus.NOT_REGISTERED: "not registered with Systems Manager",
}


@immutable
class Limits:
    """From where on it fires."""

    silent_seconds: int = 24 * 3_600
    """A node that has been silent for longer is known to be, and nobody is woken for it again [inference]."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Tell why a node that could be asked gave no answer."""
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
    """Return how long ago the node answered; None where that is long ago or nothing is remembered."""
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
