"""Was a process OOM-killed? The usual explanation when a pod is terminated."""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan.capture.procfs.kernel_log import KernelLog
from fleetscan.capture.procfs.uptime import Uptime
from fleetscan.capture.procfs.vmstat import Vmstat
from fleetscan.diagnosis.investigation.hypothesis import Answer, Hypothesis, no, unknown, yes
from fleetscan.diagnosis.measures.oom_kills import OomKill, oom_kills
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.errors import AbsentError
from fleetscan.model import Finding, Window
from fleetscan.quantities import count, duration


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
    on_node = [kill for kill in kills if kill.is_global]
    newest = (on_node or kills)[0]
    victim = newest.command or "a process"
    pod = f" of pod {newest.pod}" if newest.pod else ""
    where = "the node was out of memory" if newest.is_global else "a container reached its memory limit"
    return f"{len(kills)} in 24 h, the last {duration(newest.age_seconds)} ago: {victim}{pod}, {where}"


def _boot(window: Window) -> str:
    uptime = window.last.get(Uptime)
    return "" if uptime is None else f" {duration(uptime.uptime_seconds)} ago"


OOM_KILL = Hypothesis(
    id="oom_kill",
    question="Was a process OOM-killed?",
    examine=_examine,
    limits=NO_LIMITS,
    rules=("oom_kill_node", "oom_kill_allocatable", "oom_kill_service", "oom_kill_pod"),
)
