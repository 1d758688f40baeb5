"""Pods get no IP address: the VPC CNI has none left to give.

What it means: within the last 20 minutes the VPC CNI plugin logged that it found no free address: the subnet has none
left, or the instance holds all addresses that its type allows.

Why it hurts: new pods stay in ContainerCreating. Running pods go on, so the node looks healthy while every rollout to
it hangs.

What to do: see how many addresses the subnet has left. Prefix delegation (ENABLE_PREFIX_DELEGATION) gives an instance
16 times as many; a larger or a second subnet (custom networking) helps a full subnet; a lower WARM_IP_TARGET gives
back what nodes hold in reserve.

Source: the VPC CNI's log (ipamd.log: InsufficientFreeAddressesInSubnet, no available IP addresses); the EKS user guide
on "failed to assign an IP address to container"; eks-node-monitoring-agent (IPAMDNoIPs).
"""

from __future__ import annotations

from fleetscan.capture.procfs.pods import Pods
from fleetscan.diagnosis.measures.journal_events import LINES_OF_20_MINUTES, event, journal_of
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.model import Evidence, Severity, Window
from fleetscan.model.kubernetes import NodeView
from fleetscan.quantities import count, counted

LINES_LIMIT = 1
"""One line is enough: the plugin had no address for a pod."""


def check(window: Window, _limits: NoLimits = NO_LIMITS) -> Evidence | None:
    """Look for the plugin's complaint."""
    found = event(journal_of(window), "address_missing")
    if found is None or found.count < LINES_LIMIT:
        return None
    return Evidence(
        severity=Severity.WARNING,
        text=f"the VPC CNI had no address for a pod, {counted(found.count, 'line')} {LINES_OF_20_MINUTES}: "
        f"{found.text}{_pods(window)}",
        measured=float(found.count),
        limit=float(LINES_LIMIT),
    )


def _pods(window: Window) -> str:
    """Return the pods beside what the node takes: with room for more it is the subnet that has no address left."""
    pods, view = window.last.get(Pods), window.last.get(NodeView)
    if pods is None:
        return ""
    most = None if view is None else view.allocatable_pods
    of_most = "" if most is None else f" of at most {count(most)}"
    return f"; the node runs {counted(pods.count, 'pod')}{of_most}"


RULE = Rule(
    id="pod_addresses_exhausted",
    severity=Severity.WARNING,
    title="No IP address left for pods (VPC CNI)",
    remedy=(
        "    aws ec2 describe-subnets --subnet-ids SUBNET --query 'Subnets[].AvailableIpAddressCount'\n"
        "Shows how many addresses the node's subnet has left.\n"
        "    kubectl set env daemonset aws-node -n kube-system ENABLE_PREFIX_DELEGATION=true WARM_PREFIX_TARGET=1\n"
        "Gives new nodes prefixes of 16 addresses, on instances of the Nitro system, if the subnet has room."
    ),
    limits=NO_LIMITS,
    check=check,
)
