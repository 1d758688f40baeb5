"""The kernel OOM-killed one of the node's own services at the memory limit of its cgroup.

What it means: the cgroup in which the kubelet, the container runtime or the SSM agent runs has a memory limit, and it
was full. Such a limit is a reserve that the kubelet enforces (`kubeReservedCgroup`, `systemReservedCgroup`) or a
`MemoryMax` of the unit. No pod reached a limit, and the node may have had memory left.

Why it hurts: without its kubelet the node becomes NotReady and loses its pods, and without its runtime no container
starts. systemd starts the service again, and it is killed again while the reserve is too small.

What to do: give the reserve more memory, or leave `kube-reserved` and `system-reserved` out of
`enforceNodeAllocatable`, which is the default: then a reserve is kept free of pods and limits nothing.

Source: amazon-eks-ami pull request 419, in which a reserve of 93 MiB killed the kubelet and dockerd over and over; the
documentation of Kubernetes recommends to enforce reserves with extreme caution.
"""

from __future__ import annotations

from datetime import timedelta

from fleetscan.diagnosis.measures.oom_kills import oom_kills, processes
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.diagnosis.traits import Killed
from fleetscan.model import Evidence, Severity, Window
from fleetscan.model.oom import OomKill, Scope
from fleetscan.quantities import counted, duration

KILLS_LIMIT = 1
"""One kill is enough: the service is lost until it is started again."""

SERVICES_NAMED = 3
"""So many names are in the finding."""


def check(window: Window, _limits: NoLimits = NO_LIMITS) -> Evidence | None:
    """Look for kills of the last 24 hours at the limit of a cgroup of services, and name these and the cgroup."""
    kills = [kill for kill in oom_kills(window) if kill.scope is Scope.SERVICE]
    if len(kills) < KILLS_LIMIT:
        return None
    killed = processes(kills)
    names = [*dict.fromkeys(_name(kill) for kill in kills)]
    more = len(names) - SERVICES_NAMED
    return Evidence(
        severity=Severity.CRITICAL,
        text=f"the kernel OOM-killed {counted(killed, 'process', 'processes')} of the node's own services within 24 h "
        f"at {_limit(kills[0])}, the last {duration(kills[0].age_seconds)} ago: {', '.join(names[:SERVICES_NAMED])}"
        f"{f' and {more} more' if more > 0 else ''}; no pod reached a limit",
        measured=float(killed),
        limit=float(KILLS_LIMIT),
    )


def _name(kill: OomKill) -> str:
    command = kill.command or "a process"
    if kill.service is None or kill.service.startswith(command):
        return kill.service or command
    return f"{command} of {kill.service}"


def _limit(kill: OomKill) -> str:
    if kill.limit is None:
        return f"a memory limit of {kill.group}" if kill.group else "a memory limit of theirs"
    if kill.limit.endswith(".service"):
        return f"the memory limit of {kill.limit} (MemoryMax of the unit)"
    reserve = "systemReservedCgroup" if "system" in kill.limit else "kubeReservedCgroup"
    return f"the memory limit of {kill.limit}, the slice that is reserved for them ({reserve})"


RULE = Rule(
    id="oom_kill_service",
    severity=Severity.CRITICAL,
    title="OOM kill: the kubelet, the runtime or another service of the node reached the limit of its cgroup",
    remedy=(
        "    systemctl status kubelet containerd\n"
        "Shows, on the node, whether they run, and in which slice.\n"
        "    grep -A 8 -E 'enforceNodeAllocatable|[rR]eserved' /etc/kubernetes/kubelet/config.json\n"
        "Shows the reserves and whether they are enforced. Raise kubeReserved and systemReserved, or enforce `pods` "
        "only."
    ),
    limits=NO_LIMITS,
    check=check,
    is_failing_now=False,
    lasts=timedelta(hours=24),
    killed=Killed.AT_SERVICES_LIMIT,
)
