"""Was a process OOM-killed? The usual explanation when a pod is terminated."""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan.capture.procfs.kernel_log import KernelLog
from fleetscan.capture.procfs.uptime import Uptime
from fleetscan.capture.procfs.vmstat import Vmstat
from fleetscan.diagnosis.investigation.hypothesis import Answer, Hypothesis, no, unknown, yes
from fleetscan.diagnosis.measures.oom_kills import is_of_container, oom_kills, processes
from fleetscan.diagnosis.rules import oom_kill_allocatable, oom_kill_node, oom_kill_pod, oom_kill_service
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.errors import AbsentError
from fleetscan.model import Finding, Window
from fleetscan.model.oom import OomKill, Scope
from fleetscan.quantities import count, duration

_WORST_FIRST = (Scope.NODE, Scope.SERVICE, Scope.ALLOCATABLE, Scope.OWN, Scope.OTHER, Scope.UNKNOWN)
"""What is reported first: what endangers the whole node."""


def _examine(window: Window, _findings: Sequence[Finding], _limits: NoLimits) -> Answer:
    vmstat = window.last.get(Vmstat)
    counted = None if vmstat is None else vmstat.oom_kills_total
    try:
        kills = oom_kills(window)
    except AbsentError as absent:
        if counted is None:
            raise
        return unknown(f"the oom_kill counter is {count(counted)} since boot, but the time is unknown: {absent}")
    if kills:
        return yes(_kills_in_words(kills))
    log = ", and the kernel log of 24 h shows none" if KernelLog in window.last else ""
    if counted == 0:
        return no(f"the kernel's oom_kill counter is 0 since boot{_boot(window)}{log}")
    since = "" if counted is None else f" ({count(counted)} earlier since boot{_boot(window)})"
    return no(f"the kernel log of 24 h shows none{since}")


def _kills_in_words(kills: Sequence[OomKill]) -> str:
    worst = min(kills, key=lambda kill: (_WORST_FIRST.index(kill.scope), kill.age_seconds))
    number = f"{processes(kills)} in 24 h, the last {duration(kills[0].age_seconds)} ago"
    others = "" if worst is kills[0] else f"; the worst {duration(worst.age_seconds)} ago"
    return f"{number}{others}: {worst.victim}, {_where(worst)}"


def _where(kill: OomKill) -> str:
    match kill.scope:
        case Scope.NODE:
            return "the node was out of memory"
        case Scope.SERVICE:
            return f"{kill.limit or kill.group or 'the cgroup of a service'} reached the limit of the node's services"
        case Scope.ALLOCATABLE:
            return "all pods together reached their memory limit"
        case Scope.OWN:
            return f"{'a container' if is_of_container(kill.limit) else 'a pod'} reached its memory limit"
        case Scope.OTHER:
            return f"{kill.limit or kill.group} reached its memory limit"
        case Scope.UNKNOWN:
            return "a memory limit was reached, and the kernel log does not show whose"


def _boot(window: Window) -> str:
    uptime = window.last.get(Uptime)
    return "" if uptime is None else f" {duration(uptime.uptime_seconds)} ago"


OOM_KILL = Hypothesis(
    id="oom_kill",
    question="Was a process OOM-killed?",
    examine=_examine,
    limits=NO_LIMITS,
    rules=(oom_kill_node.RULE.id, oom_kill_allocatable.RULE.id, oom_kill_service.RULE.id, oom_kill_pod.RULE.id),
)
