"""The kernel forwards no packets (net.ipv4.ip_forward is 0): pods cannot reach anything outside their node.

What it means: a worker passes the packets of its pods on between their interfaces and its own. The kernel does that
only with net.ipv4.ip_forward=1, and here it is 0.

Why it hurts: pods that are not on the host's network reach no other pod, no Service and no DNS, and answer to nobody.
The node itself is reachable and Ready.

What to do: set it, then find what reset it: a hardening script, a file in /etc/sysctl.d, or an agent that applies a CIS
benchmark for servers.

Source: eks-node-monitoring-agent (NetworkSysctl); Kubernetes, container runtimes, "Enable IPv4 packet forwarding";
Documentation/networking/ip-sysctl.rst, ip_forward.
"""

from __future__ import annotations

from fleetscan.capture.procfs.host import Host
from fleetscan.capture.procfs.services import Services
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity, Window

FORWARDING_LIMIT = 1
"""What the setting must be (Kubernetes, container runtimes)."""


def check(window: Window, _limits: NoLimits = NO_LIMITS) -> Evidence | None:
    """Look at the setting of a node on which a kubelet runs."""
    if window.last[Host].forwards_packets is not False:
        return None
    if not any(one.name == "kubelet" for one in window.last[Services].services):
        raise AbsentError("no kubelet runs: the machine may be no worker, and need not forward packets")
    return Evidence(
        severity=Severity.WARNING,
        text="net.ipv4.ip_forward is 0 (must be 1): packets of pods are not forwarded",
        measured=0.0,
        limit=float(FORWARDING_LIMIT),
    )


RULE = Rule(
    id="ip_forwarding_disabled",
    severity=Severity.WARNING,
    title="IP forwarding disabled (net.ipv4.ip_forward)",
    remedy=(
        "    sysctl -w net.ipv4.ip_forward=1\n"
        "Switches it on, until the next boot or until somebody resets it.\n"
        "    grep -rs ip_forward /etc/sysctl.conf /etc/sysctl.d /run/sysctl.d /usr/lib/sysctl.d\n"
        "Shows, on the node, which file sets it."
    ),
    limits=NO_LIMITS,
    check=check,
)
