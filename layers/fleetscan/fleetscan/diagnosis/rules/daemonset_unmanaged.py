"""A DaemonSet is older than a year and unmanaged.

What it means: none of its labels, annotations and field managers belongs to Helm, Argo CD, Flux, an EKS add-on or an
operator: somebody applied it by hand, more than a year ago.

Why it hurts: it runs on every node and nobody updates it, so its next bug hits every node, and whoever applied it
may have left. The incident's agent was two years and 326 days old.

What to do: ask the incident's three questions: is it still needed, is it maintained, when was it last updated? The
report's table of DaemonSets answers what can be known from outside. Delete it, or put it under Helm or GitOps like
the others.

Source: the incident. The year is our own figure. Information only. It is a matter of the cluster and not of one
node, so this rule never fires on a node: the fleet gets one finding per DaemonSet from the cluster's own list
(`fleet/unmanaged_daemonsets.py`). The rule is skipped where that list could not be read. Needs access to the
Kubernetes API.
"""

from __future__ import annotations

from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.model import Evidence, Severity, Window
from fleetscan.model.in_cluster import ListedDaemonSets

OLD_DAYS = 365
"""A year [inference]."""


def check(window: Window, _limits: NoLimits = NO_LIMITS) -> Evidence | None:
    """Check only that the DaemonSets were listed: none of them is a problem of this node."""
    window.last[ListedDaemonSets]
    return None


RULE = Rule(
    id="daemonset_unmanaged",
    severity=Severity.INFO,
    title="Unmanaged DaemonSet older than a year (no Helm, GitOps or operator)",
    remedy=(
        "    kubectl get daemonset NAME -n NAMESPACE -o yaml --show-managed-fields\n"
        "Shows its configuration and every field manager. Ask whether anybody still needs it; then delete it, or put "
        "it "
        "under Helm or GitOps."
    ),
    limits=NO_LIMITS,
    check=check,
    is_inventory=True,
)
