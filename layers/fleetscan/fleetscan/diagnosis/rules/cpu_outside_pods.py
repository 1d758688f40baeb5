"""The CPUs are busy, but the pods are not: the kernel or host processes use the CPU.

What it means: the CPUs are at least 80% busy, and the cgroup of all pods used less than a quarter of that. The
kernel (reclaiming memory, interrupts) or processes outside Kubernetes used the rest.

Why it hurts: `kubectl top` shows idle pods, so the reason is not visible there, while the pods and the kubelet get
too little CPU. In the incident the pods used 0.085 of 2 CPUs and the node was at 100% all day.

What to do: find out which of the two it is. Much system time together with memory pressure (PSI) is the kernel that
reclaims memory: read the memory findings first. Otherwise look for the process outside the pods.

Source: the incident, step 4. The limits are our own; the 5-minute load average tells a lasting state from a short
burst, because unpacking one image can keep a small node busy for seconds.
"""

from __future__ import annotations

from typing import ClassVar

from fleetscan.capture.procfs.host import Host
from fleetscan.capture.procfs.loadavg import Loadavg
from fleetscan.diagnosis.measures.cpu_time import cpu_time
from fleetscan.diagnosis.measures.pod_cpus import pod_cpus
from fleetscan.diagnosis.rule import Rule, known
from fleetscan.diagnosis.thresholds import SharedLimits
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import percent


@immutable
class Limits(SharedLimits):
    """The thresholds of the rule."""

    rule: ClassVar[str] = "cpu_outside_pods"
    busy_ratio: float = 0.80
    """The rule looks only at nodes that are at least this busy (own choice; the incident: 1.0)."""
    pods_ratio: float = 0.25
    """It fires when the pods use less than this share of the busy time (own choice; the incident: 0.04)."""
    lasting_load5_per_cpu: float = 1.0
    """With a lower 5-minute load average it may be a short burst, so it is information only (own choice)."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare the CPU time of the pods' cgroup with the busy time of the whole node over the same window."""
    taken = cpu_time(window)
    cpus = known(window.last[Host].cpus, "the number of CPUs")
    used_by_pods = pod_cpus(window)
    busy_cpus = taken.busy_ratio * cpus
    if taken.busy_ratio < limits.busy_ratio:
        return None
    pods_ratio = used_by_pods / busy_cpus
    if pods_ratio >= limits.pods_ratio:
        return None
    load = window.last.get(Loadavg)
    is_lasting = load is not None and load.load5 / cpus >= limits.lasting_load5_per_cpu
    text = (
        f"the CPUs are {percent(taken.busy_ratio)} busy ({busy_cpus:.2f} of {cpus} CPUs), pods use {used_by_pods:.3f} "
        f"CPUs ({percent(pods_ratio)} of that, threshold {percent(limits.pods_ratio)}): the kernel or host processes "
        "use the rest"
    )
    if not is_lasting:
        text += "; this may be a short burst: the 5-minute load average is " + (
            f"{load.load5:.2f}" if load else "unknown"
        )
    return Evidence(
        severity=Severity.WARNING if is_lasting else Severity.INFO,
        text=text,
        measured=pods_ratio,
        limit=limits.pods_ratio,
    )


RULE = Rule(
    id="cpu_outside_pods",
    severity=Severity.WARNING,
    title="High CPU usage outside pods",
    remedy=(
        "    top -b -n 1 -o %CPU | head -20\n"
        "    systemd-cgtop --iterations=1 --order=cpu | head\n"
        "Show, on the node, which processes and services use the CPU. With high memory pressure (PSI) it is the kernel "
        "that reclaims memory (kswapd): fix the memory finding first."
    ),
    limits=DEFAULTS,
    check=check,
)
