"""The instance exceeded a network allowance of EC2: packets were delayed or dropped outside of the node.

What it means: since the scan before, the network card (ENA) counted packets that EC2 queued or dropped, because the
instance used more than its type has of bandwidth, packets per second, tracked connections, or packets to link-local
services (DNS, instance metadata, time).

Why it hurts: it is invisible on the node: no interface error, no full table. DNS lookups time out after 5 seconds, new
connections hang, requests are slow, and every other metric is fine.

What to do: for link-local: run NodeLocal DNSCache, and lower ndots or use names that end with a dot, for one lookup
becomes five. For connections: reuse them, and use security groups that need no tracking. For packets and bandwidth:
spread the pods over more nodes, or take a larger or a network-optimized instance type.

Source: AWS, "Monitor network performance for your Amazon EC2 instance"; the EKS best practices guide (monitoring
network performance); eks-node-monitoring-agent (LinkLocalExceeded, ConntrackExceeded, PPSExceeded,
BandwidthInExceeded, BandwidthOutExceeded); containers-roadmap issue 2530. A burst of bandwidth is normal: it counts
only where it went on from one scan to the next.
"""

from __future__ import annotations

from fleetscan.capture.procfs.allowances import Allowances
from fleetscan.diagnosis.measures.exceeded import BANDWIDTH_IN, BANDWIDTH_OUT, CONNTRACK, LINKLOCAL, PACKETS, growth
from fleetscan.diagnosis.rule import Rule
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import count, duration


@immutable
class Limits:
    """The thresholds of the rule."""

    linklocal_total: int = 1
    """Packets to link-local services since the last scan, from this number on (eks-node-monitoring-agent)."""
    conntrack_total: int = 1
    """Packets of connections that could not be tracked, from this number on (eks-node-monitoring-agent)."""
    packets_total: int = 1
    """Packets beyond the rate of packets, from this number on (eks-node-monitoring-agent)."""
    bandwidth_total: int = 1
    """Packets beyond the bandwidth, in one direction and in each of the two last intervals, from this number on
    (eks-node-monitoring-agent; that two intervals must have them is our own choice)."""


DEFAULTS = Limits()

_INTERVALS = 2

SHOWN = 4
"""So many interfaces are named."""


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare what the counters grew by since the last scan with the thresholds."""
    allowances = window.last[Allowances]
    if not allowances.read:
        raise AbsentError("no network interface counts packets beyond an allowance (ENA)")
    if not allowances.interfaces:
        return None
    grown = growth(window)
    at_once = {LINKLOCAL: limits.linklocal_total, CONNTRACK: limits.conntrack_total, PACKETS: limits.packets_total}
    found = [(each, grown.newest[each], limit) for each, limit in at_once.items() if grown.newest[each] >= limit]
    if len(grown.intervals) == _INTERVALS:
        found += [
            (each, grown.newest[each], limits.bandwidth_total)
            for each in (BANDWIDTH_IN, BANDWIDTH_OUT)
            if all(interval[each] >= limits.bandwidth_total for interval in grown.intervals)
        ]
    if not found:
        return None
    _, measured, limit = found[0]
    names = [one.interface for one in allowances.interfaces if any(each.of_interface(one) for each, _, _ in found)]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    parts = ", ".join(f"{count(number)} beyond the allowance of {each.name}" for each, number, _ in found)
    return Evidence(
        severity=Severity.WARNING,
        text=f"packets that EC2 queued or dropped within {duration(grown.seconds)}: {parts} "
        f"(threshold {count(limit)}); counted on {', '.join(names[:SHOWN])}{more}",
        measured=float(measured),
        limit=float(limit),
    )


RULE = Rule(
    id="network_allowance_exceeded",
    severity=Severity.WARNING,
    title="Network allowance of the instance exceeded (ENA)",
    remedy=(
        "    ethtool -S eth0 | grep allowance_exceeded\n"
        "Shows, on the node, the counters of one interface; run it twice, some seconds apart.\n"
        "    kubectl get configmap coredns -n kube-system -o yaml\n"
        "Shows whether DNS answers are cached; NodeLocal DNSCache answers on the node, if link-local is exceeded.\n"
        "Otherwise spread the pods over more nodes, or change the node group to an instance type with a larger "
        "allowance."
    ),
    limits=DEFAULTS,
    check=check,
)
