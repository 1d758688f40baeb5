"""The kubelet or the container runtime itself uses much memory.

What it means: the kubelet, containerd, dockerd or crio has grown to a tenth of the node's memory or more. On a healthy
node each of them has 50 to 300 MB, more with many pods.

Why it hurts: this memory belongs to no pod, so no pod metric and no limit shows it. On EKS only a small part of a node
is reserved for the system; what the runtime takes beyond it is missing for pods, and if the kernel kills the runtime
for it, no container can be started or stopped.

What to do: restart the service: containers go on meanwhile, because shims hold them. If it grows again, look for many
shims, many terminated containers or a stuck log reader, and update the AMI.

Source: containerd issues 8292 (41 of 62 GiB) and 9678 (on EKS, nodes replaced twice a week). The 10% and the floor are
our own figures. From 25% on it is critical if little memory is left, memory runs out or tasks wait for it.
"""

from __future__ import annotations

from typing import Annotated

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.capture.procfs.services import Service, Services
from fleetscan.diagnosis.measures.danger import DANGER_LIMITS, DangerLimits, reached
from fleetscan.diagnosis.rule import Rule, known
from fleetscan.diagnosis.thresholds import AtLeast
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Suspect, Window
from fleetscan.quantities import percent, size

_MIB = 2**20


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_ratio: float = 0.10
    """Share of MemTotal, together with warning_bytes [inference]."""
    warning_bytes: int = 512 * _MIB
    """A tenth of a small node is less than a healthy kubelet may use [inference]."""
    critical_ratio: Annotated[float, AtLeast("warning_ratio")] = 0.25
    """Share of MemTotal that is critical with a present danger [inference]."""
    danger: DangerLimits = DANGER_LIMITS


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare the resident memory of each service with MemTotal, and report the largest."""
    services = window.last[Services].services
    if not services:
        raise AbsentError("neither the kubelet nor a container runtime was found among the processes")
    total_bytes = known(window.last[Meminfo].total_bytes, "MemTotal")
    largest = max(services, key=lambda service: service.rss_bytes)
    ratio = largest.rss_bytes / total_bytes
    crossed = reached(
        ratio,
        warning_ratio=limits.warning_ratio,
        critical_ratio=limits.critical_ratio,
        window=window,
        limits=limits.danger,
    )
    if crossed is None or largest.rss_bytes < limits.warning_bytes:
        return None
    return Evidence(
        severity=crossed.severity,
        text=f"{largest.name} (pid {largest.pid}) uses {size(largest.rss_bytes)} of {size(total_bytes)} "
        f"({percent(ratio)}, threshold {percent(crossed.limit)}){crossed.danger}",
        measured=ratio,
        limit=crossed.limit,
        suspects=(_suspect(largest, ratio),),
    )


def _suspect(service: Service, ratio: float) -> Suspect:
    reason = f"uses {size(service.rss_bytes)} outside of pods (pid {service.pid})"
    return Suspect(kind="process", name=service.name, reason=reason, share=min(1.0, ratio))


RULE = Rule(
    id="runtime_memory_high",
    severity=Severity.CRITICAL,
    title="Kubelet or container runtime uses much memory",
    remedy=(
        "    systemctl restart containerd\n"
        "Run it on the node, with the name of the service that the finding names: it frees the memory, and containers "
        "go on meanwhile.\n"
        "    ps -eo pid,rss,etime,comm --sort=-rss | grep -E 'kubelet|containerd|dockerd|crio' | head\n"
        "Shows what they use. If it grows again, replace the node with a newer AMI."
    ),
    limits=DEFAULTS,
    check=check,
)
