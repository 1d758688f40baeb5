"""A network device is not released (unregister_netdevice): something in the kernel still holds it.

What it means: when a pod ends, the kernel unregisters its network device. It logs this line every ten seconds as
long as something still refers to the device, which is a bug of the kernel or of a driver.

Why it hurts: the kernel holds a lock meanwhile, so no other pod's network can be set up or removed: new pods stay in
ContainerCreating, and the node has to be rebooted.

What to do: cordon and drain the node, reboot it, and update the AMI. If it happens again, look at what is special
about the node: IPv6, network policies, a driver.

Source: node-problem-detector's UnregisterNetDevice (3 in 20 minutes); moby issue 5618.
"""

from __future__ import annotations

from typing import Annotated

from fleetscan.diagnosis.measures.kernel_events import recent_events, warning_of_a_day
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import AtLeast
from fleetscan.diagnosis.traits import KERNEL_LOG, Family
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import duration

BURST_SECONDS = 20 * 60


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_total: int = 1
    """Lines in 24 hours: one may be a slow release [inference]."""
    critical_total: Annotated[int, AtLeast("warning_total")] = 3
    """Lines within 20 minutes: from three on the device is not released (node-problem-detector UnregisterNetDevice)."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Count the lines of the last 24 hours, and those of the last 20 minutes."""
    events = recent_events(window, "netdevice_stuck")
    now = [event for event in events if event.age_seconds <= BURST_SECONDS]
    if len(now) >= limits.critical_total:
        newest = f"the last {duration(events[0].age_seconds)} ago: {events[0].text}"
        return Evidence(
            severity=Severity.CRITICAL,
            text=f"{len(now)} lines in the kernel log within 20 min (threshold {limits.critical_total}), {newest}",
            measured=float(len(now)),
            limit=float(limits.critical_total),
        )
    return warning_of_a_day(window, limits.warning_total, "netdevice_stuck")


RULE = Rule(
    id="netdevice_stuck",
    severity=Severity.CRITICAL,
    title="Network device not released (unregister_netdevice)",
    remedy=(
        "    kubectl drain NODE --ignore-daemonsets --delete-emptydir-data\n"
        "    aws ec2 reboot-instances --instance-ids INSTANCE_ID\n"
        "Move the pods to other nodes and reboot the node: only that releases the device. Then update the AMI."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.KERNEL_COMPLAINTS,
    required=(KERNEL_LOG,),
)
