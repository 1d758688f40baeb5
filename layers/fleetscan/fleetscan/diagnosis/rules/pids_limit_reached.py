"""A limit of processes (pids.max) was reached: the kernel refused to make another process or thread.

What it means: a pod has as many processes and threads as the kubelet's `podPidsLimit` allows, or all pods together have
as many as the node reserves for them, or a service of the node has reached its own limit (TasksMax).

Why it hurts: `fork` fails with "Resource temporarily unavailable", and so does every new thread. A pod at its limit
cannot even run its probes. When it is all pods together, or the container runtime, no pod can start on the node.

What to do: look for what makes so many processes or threads in the pod that is named: zombies that nobody waits for, or
a pool of threads without a limit. The kernel logs it once for each cgroup, so a line from yesterday may still be true.

Source: kernel/cgroup/pids.c; kubelet's podPidsLimit; systemd.resource-control(5), TasksMax.
"""

from __future__ import annotations

import re
from typing import Annotated

from fleetscan.capture.procfs.kernel_log import KernelEvent
from fleetscan.capture.procfs.pods import Pods
from fleetscan.capture.procfs.slices import Slice, Slices
from fleetscan.diagnosis.measures.kernel_events import in_a_day, is_present, lines_in_a_day, recent_events
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import AtLeast
from fleetscan.diagnosis.traits import Family
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import count, percent, ratio

_PATH = re.compile(r" in (/[^ ,]*)(?:,pod=([A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,253}))?$")
_POD = re.compile(r"[-/]pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12})")
_ALL_PODS = re.compile(r"/kubepods(?:\.slice)?(?:/(?:kubepods-)?(?:burstable|besteffort)(?:\.slice)?)?")
_SERVICES = re.compile(r"/(?:system|runtime|podruntime)(?:\.slice)?/.*(?:kubelet|containerd|docker|crio)")
_SLICE = "kubepods.slice"


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_total: int = 1
    """Lines in 24 hours: the kernel logs one for each cgroup and no more (kernel/cgroup/pids.c)."""
    warning_ratio: float = 0.9
    """Tasks of all pods, as a share of the limit that they have together [inference]."""
    critical_ratio: Annotated[float, AtLeast("warning_ratio")] = 1.0
    """Tasks of all pods, as a share of their limit: no further one is made (kernel/cgroup/pids.c)."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare the tasks of all pods with their limit, then look for rejected forks in the kernel log."""
    slices = window.last.get(Slices)
    pods = next((one for one in (() if slices is None else slices.slices) if one.name == _SLICE), None)
    if pods is not None and (full := _all_pods(pods, limits)) is not None:
        return full
    events = recent_events(window, "fork_rejected")
    if not events or (total := lines_in_a_day(window, events)) < limits.warning_total:
        return None
    grave = [event for event in events if is_present(event) and _is_grave(event)]
    shown = grave or events
    return Evidence(
        severity=Severity.CRITICAL if grave else Severity.WARNING,
        text=f"{_who(window, shown[0])} reached its limit of processes: {in_a_day(window, shown)}",
        measured=float(total),
        limit=float(limits.warning_total),
    )


def _all_pods(pods: Slice, limits: Limits) -> Evidence | None:
    used = ratio(pods.pids, pods.pids_limit)
    if used is None or used < limits.warning_ratio:
        return None
    is_full = used >= limits.critical_ratio
    threshold = limits.critical_ratio if is_full else limits.warning_ratio
    return Evidence(
        severity=Severity.CRITICAL if is_full else Severity.WARNING,
        text=f"all pods together have {count(pods.pids or 0)} of {count(pods.pids_limit or 0)} processes and threads "
        f"({percent(used)}, threshold {percent(threshold)}): at the limit none can start another",
        measured=used,
        limit=threshold,
    )


def _is_grave(event: KernelEvent) -> bool:
    path = _PATH.search(event.text)
    return path is not None and (_ALL_PODS.fullmatch(path[1]) is not None or _SERVICES.match(path[1]) is not None)


def _who(window: Window, event: KernelEvent) -> str:
    path = _PATH.search(event.text)
    if path is None:
        return "a cgroup"
    if path[2]:
        return f"pod {path[2]}"
    if (uid := _POD.search(path[1])) is not None:
        plain = uid[1].replace("_", "-")
        pods = window.last.get(Pods)
        return f"pod {next((pod.name for pod in (() if pods is None else pods.pods) if pod.uid == plain), plain)}"
    return "all pods together" if _ALL_PODS.fullmatch(path[1]) else path[1]


RULE = Rule(
    id="pids_limit_reached",
    severity=Severity.CRITICAL,
    title="Limit of processes reached (pids.max)",
    remedy=(
        "    ps -eLo pid,ppid,stat,comm,cgroup | grep POD_UID | awk '{print $4}' | sort | uniq -c | sort -rn | head\n"
        "Shows, on the node, what the processes and threads of the pod are. Raise podPidsLimit in the kubelet's"
        " configuration only if the pod needs them."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.PROCESS_TABLES,
)
