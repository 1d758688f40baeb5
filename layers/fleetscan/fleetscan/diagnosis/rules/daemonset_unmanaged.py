"""A DaemonSet is older than a year and nobody manages it.

What it means: no label, annotation or field manager of it speaks of Helm, Argo CD, Flux, an EKS add-on or an operator:
somebody applied it by hand, more than a year ago.

Why it hurts: what runs on every node and is updated by nobody multiplies its next bug by the number of nodes, and
whoever applied it may have left. The incident's agent was two years and 326 days old.

What to do: ask the three questions of the incident: is it still needed, is it maintained, when was it updated last? The
report's table of DaemonSets has the answers that can be had from here. Delete it, or put it under whatever manages the
others.

Source: the incident. The year is ours. Information only, and a matter of the cluster: that a DaemonSet runs says
nothing about one node, so on a node this rule never fires; one finding for each DaemonSet is made of the cluster's own
list (`fleet/unmanaged_daemonsets.py`), and where that list was not to be had the rule is skipped. Only with access to
the Kubernetes API.
"""

from __future__ import annotations

from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.model import Evidence, Severity, Window
from fleetscan.model.in_cluster import ListedDaemonSets

OLD_DAYS = 365
"""A year without anybody in charge [inference]."""


def check(window: Window, _limits: NoLimits = NO_LIMITS) -> Evidence | None:
    """Ask only whether the DaemonSets were listed: none of them is this node's own trouble."""
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
