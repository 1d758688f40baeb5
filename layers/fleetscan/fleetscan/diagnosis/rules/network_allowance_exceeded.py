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

from collections.abc import Mapping

from fleetscan.capture.procfs.allowances import Allowances
from fleetscan.diagnosis.measures.since_last import readings_of_boot
from fleetscan.diagnosis.rule import Rule
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.model.memory import History, Reading
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

_LINKLOCAL = "link-local services (DNS, instance metadata, time)"
_CONNTRACK = "tracked connections (conntrack)"
_PACKETS = "packets per second"
_IN = "inbound bandwidth"
_OUT = "outbound bandwidth"


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare what the counters grew by since the last scan with the thresholds."""
    now = sums(window.last[Allowances])
    if not any(now.values()):
        return None
    intervals, seconds = _intervals(window, now)
    grown = intervals[-1]
    least = {_LINKLOCAL: limits.linklocal_total, _CONNTRACK: limits.conntrack_total, _PACKETS: limits.packets_total}
    found = {name: grown[name] for name, limit in least.items() if grown[name] >= limit}
    for name in (_IN, _OUT):
        if len(intervals) > 1 and all(interval[name] >= limits.bandwidth_total for interval in intervals):
            found[name] = grown[name]
    if not found:
        return None
    first = next(iter(found))
    parts = ", ".join(f"{count(number)} beyond the allowance of {name}" for name, number in found.items())
    return Evidence(
        severity=Severity.WARNING,
        text=f"packets that EC2 queued or dropped within {duration(seconds)}: {parts}",
        measured=float(found[first]),
        limit=float({**least, _IN: limits.bandwidth_total, _OUT: limits.bandwidth_total}[first]),
    )


def sums(allowances: Allowances) -> Mapping[str, int]:
    """Return the counters over all interfaces."""
    return {
        _LINKLOCAL: sum(one.linklocal for one in allowances.interfaces),
        _CONNTRACK: sum(one.conntrack for one in allowances.interfaces),
        _PACKETS: sum(one.packets_per_second for one in allowances.interfaces),
        _IN: sum(one.bandwidth_in for one in allowances.interfaces),
        _OUT: sum(one.bandwidth_out for one in allowances.interfaces),
    }


def _intervals(window: Window, now: Mapping[str, int]) -> tuple[list[Mapping[str, int]], float]:
    """Return the growth in the last intervals between scans, at most two, and the length of the newest."""
    history = window.last.get(History)
    before = [(one.at_epoch_seconds, kept) for one in readings_of_boot(window) if (kept := _kept(one)) is not None]
    if history is not None and before:
        counts = [kept for _, kept in before[-2:]] + [now]
        return [_growth(old, new) for old, new in zip(counts, counts[1:], strict=False)], max(
            0, history.at_epoch_seconds - before[-1][0]
        )
    first = window.first.get(Allowances)
    if first is not None and window.seconds:
        return [_growth(sums(first), now)], window.seconds
    raise AbsentError("no earlier scan since the boot counted the network allowances")


def _kept(one: Reading) -> Mapping[str, int] | None:
    values = {
        _LINKLOCAL: one.linklocal_exceeded_total,
        _CONNTRACK: one.conntrack_exceeded_total,
        _PACKETS: one.packets_exceeded_total,
        _IN: one.bandwidth_in_exceeded_total,
        _OUT: one.bandwidth_out_exceeded_total,
    }
    known = {name: value for name, value in values.items() if value is not None}
    return known if len(known) == len(values) else None


def _growth(before: Mapping[str, int], after: Mapping[str, int]) -> Mapping[str, int]:
    """Return what each counter grew by; 0 where an interface with its counter went away."""
    return {name: max(0, after[name] - before[name]) for name in after}


RULE = Rule(
    id="network_allowance_exceeded",
    severity=Severity.WARNING,
    title="Network allowance of the instance exceeded (ENA)",
    remedy=(
        "    ethtool -S eth0 | grep allowance_exceeded\n"
        "Shows, on the node, the counters of one interface; run it twice, some seconds apart.\n"
        "    kubectl get configmap coredns -n kube-system -o yaml\n"
        "Shows whether DNS answers are cached. NodeLocal DNSCache keeps lookups on the node, if link-local is exceeded.\n"
        "Otherwise spread the pods over more nodes, or change the node group to an instance type with a larger "
        "allowance."
    ),
    limits=DEFAULTS,
    check=check,
)
