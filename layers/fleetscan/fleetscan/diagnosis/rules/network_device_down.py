"""A network card has no link or is switched off, or the loopback interface is not there.

What it means: the kernel says of a network card (eth1, ens6 and the like) that it is not up: somebody or something
switched it off, or it has no carrier. Or the interface lo is missing or switched off.

Why it hurts: the VPC CNI gives addresses of every elastic network interface to pods; pods with an address of this one
are cut off. Without lo nothing on the node can talk to itself: probes on localhost, ports of the runtime and of agents.

What to do: an interface that was attached a moment ago is set up by the VPC CNI within seconds. One that nobody manages
(tagged node.k8s.amazonaws.com/no_manage) may be down on purpose. Otherwise switch it on; if that fails, replace the
node.

Source: eks-node-monitoring-agent (InterfaceNotUp, InterfaceNotRunning and MissingLoopbackInterface, which it calls
fatal); Documentation/networking/operstates.rst.
"""

from __future__ import annotations

from fleetscan.capture.procfs.interfaces import Interfaces, Link
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.model import Evidence, Severity, Window

INTERFACES_LIMIT = 1
"""One interface is enough: a network card of a node that works is up."""

_SHOWN = 4


def check(window: Window, _limits: NoLimits = NO_LIMITS) -> Evidence | None:
    """Look at the loopback interface, then at the network cards."""
    read = window.last[Interfaces]
    links = [_words(one) for one in read.links[:_SHOWN]]
    if len(read.links) > _SHOWN:
        links.append(f"{len(read.links) - _SHOWN} more")
    total = len(read.links)
    if read.loopback is not None:
        how = "does not exist" if read.loopback == "missing" else "is switched off"
        links.insert(0, f"the loopback interface lo {how}: nothing on the node can reach itself")
        total += 1
    if total < INTERFACES_LIMIT:
        return None
    return Evidence(
        severity=Severity.WARNING if read.loopback is None else Severity.CRITICAL,
        text="; ".join(links),
        measured=float(total),
        limit=float(INTERFACES_LIMIT),
    )


def _words(one: Link) -> str:
    if one.link == "disabled":
        return f"{one.name} is switched off (not IFF_UP): pods with its addresses are cut off"
    return f"{one.name} has no link (operstate {one.link}): pods with its addresses are cut off"


RULE = Rule(
    id="network_device_down",
    severity=Severity.CRITICAL,
    title="Network interface down (no link, or switched off)",
    remedy=(
        "    ip -br link show | grep -v ' UP '\n"
        "Shows, on the node, which interfaces are not up.\n"
        "    ip link set dev eth1 up\n"
        "Switches one on, until the next boot.\n"
        "    kubectl drain NODE --ignore-daemonsets --delete-emptydir-data\n"
        "Moves the pods away, if it stays down. Then replace the node."
    ),
    limits=NO_LIMITS,
    check=check,
)
