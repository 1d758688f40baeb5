"""A cluster or node group has lost most of its workers between two scans.

What it means: more than half of the workers that the last scan saw in a cluster, or in one node group of it, do not run
any more, and no others have taken their place.

Why it hurts: a node that is gone has no findings, so the fewer nodes are left the healthier a fleet looks. What the
lost nodes had is not resolved by their disappearance: as long as the loss lasts, their findings stay open.

What to do: find out what ended the instances: the Auto Scaling group's activities, Spot interruptions, node repair, a
Karpenter disruption, somebody's `terraform apply`. A loss that was meant, such as a scale-down at night, is over when
the workers are back, or after a day, when the smaller number counts as the cluster's size. Mute the rule for a node
group that is scaled down every night.

Source: our own figures [inference]. A Cluster Autoscaler or Karpenter removes a few nodes at a time, a rolling update
replaces what it removes. It is a matter of the cluster and not of one node, so this rule never fires on a node: the
fleet gets one finding per cluster or node group (`fleet/lost_workers.py`). The rule is skipped where no history is
kept.
"""

from __future__ import annotations

from fleetscan.diagnosis.rule import Rule
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.model.memory import History


@immutable
class Limits:
    """The thresholds of the rule."""

    lost_ratio: float = 0.5
    """More than this share of the workers is missing [inference]."""
    cluster_total: int = 2
    """At least so many workers of a cluster are missing [inference]."""
    group_total: int = 3
    """At least so many of a node group: small groups come and go while the cluster stays [inference]."""
    accepted_hours: int = 24
    """After this time the smaller number counts as the size of the cluster or group [inference]."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Check only that a history is kept: workers that are gone are no problem of this node."""
    del limits
    window.last[History]
    return None


RULE = Rule(
    id="workers_lost",
    severity=Severity.WARNING,
    title="Cluster or node group lost most of its workers",
    remedy=(
        "    aws autoscaling describe-scaling-activities --auto-scaling-group-name GROUP --max-items 20\n"
        "Shows which instances were ended and why. The name of the group is the instances' tag "
        "aws:autoscaling:groupName.\n"
        "    kubectl get events --all-namespaces --field-selector involvedObject.kind=Node --sort-by=.lastTimestamp\n"
        "Shows what Kubernetes and Karpenter did to the nodes within the last hour."
    ),
    limits=DEFAULTS,
    check=check,
    has_lost_nodes=True,
)
