"""Memory cgroups leak: there are far more of them than the node's pods explain.

What it means: each container, pod and service has a cgroup. A deleted cgroup stays as a dying cgroup as long as a
page or a kernel object is still charged to it. Old kernels (3.10 to 4.x) keep a whole set of slab caches for each.

Why it hurts: dying cgroups hold memory that no running container uses, and every walk over all cgroups, such as the
kubelet's, gets slower. On old kernels new containers fail in the end with "no space left on device".

What to do: find what starts and stops all the time: a crash loop, a probe that runs containers, a timer. A newer
kernel frees the objects of deleted cgroups; on this one only a reboot does.

Source: oomd pull request 117 (1,000 cgroups). Caches: moby 37722, kubernetes 61937, coreos/bugs 1927. That 8 cgroups
per pod are normal, and the counts of kernel objects, are our own figures.
"""

from __future__ import annotations

from dataclasses import replace

from fleetscan.capture.procfs.cgroups import Cgroups
from fleetscan.capture.procfs.pods import Pods
from fleetscan.capture.procfs.slabinfo import Slabinfo
from fleetscan.diagnosis.measures.kernel_caches import DeadCgroups, dead_cgroups
from fleetscan.diagnosis.rule import Rule, known
from fleetscan.diagnosis.traits import Family
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Cause, Evidence, Severity, Window
from fleetscan.quantities import count, percent

CGROUPS_OF_A_POD = 8
"""Up to this number for each pod the pods explain the cgroups: pod, sandbox, some containers [inference]."""

MOSTLY_DYING_RATIO = 0.5
"""From this share of dying cgroups on, containers that start and stop all the time are the cause [inference]."""


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_total: int = 1_000
    """Memory cgroups, dying ones among them (oomd pull request 117)."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Count the memory cgroups, and look for kernel objects that only deleted cgroups leave in such numbers."""
    info = window.last.get(Slabinfo)
    dead = None if info is None else dead_cgroups(info)
    try:
        counted = _counted(window, limits)
    except AbsentError:
        if dead is None:
            raise
        counted = None
    if dead is None:
        return counted
    if counted is None:
        return _of_objects(dead)
    return replace(counted, text=f"{counted.text}; {dead.words}", cause=Cause.CONTAINER_CHURN)


def _counted(window: Window, limits: Limits) -> Evidence | None:
    cgroups = window.last[Cgroups]
    total = known(cgroups.memory_total, "the number of memory cgroups")
    pods = window.last.get(Pods)
    if total < limits.warning_total or (pods is not None and total <= CGROUPS_OF_A_POD * pods.count):
        return None
    of_pods = "" if pods is None else f" on a node with {count(pods.count)} pods"
    dying = cgroups.dying_total
    is_churn = dying is not None and dying >= MOSTLY_DYING_RATIO * total
    gone = "" if dying is None else f", {count(dying)} of them ({percent(dying / total)}) deleted but not freed (dying)"
    return Evidence(
        severity=Severity.WARNING,
        text=f"{count(total)} memory cgroups{of_pods}{gone} (threshold {count(limits.warning_total)})",
        measured=total,
        limit=limits.warning_total,
        cause=Cause.CONTAINER_CHURN if is_churn else Cause.UNATTRIBUTED,
    )


def _of_objects(dead: DeadCgroups) -> Evidence:
    return Evidence(
        severity=Severity.WARNING,
        text=f"{dead.words}: left over from memory cgroups of deleted containers",
        measured=dead.objects,
        limit=dead.limit,
        cause=Cause.CONTAINER_CHURN,
    )


RULE = Rule(
    id="cgroups_leaking",
    severity=Severity.WARNING,
    title="Memory cgroups leaking (dying cgroups)",
    remedy=(
        "    kubectl get pods --all-namespaces --sort-by='.status.containerStatuses[0].restartCount'\n"
        "    systemctl list-units --state=activating,failed\n"
        "    systemctl list-timers\n"
        "Show what restarts often: containers, then on the node services and timers. Stop or fix it.\n"
        "    kubectl drain NODE --ignore-daemonsets --delete-emptydir-data\n"
        "Moves the pods to other nodes. Then replace the node with a newer AMI: only a reboot frees dying cgroups."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.KERNEL_MEMORY,
)
