"""The node itself ran out of memory and the kernel OOM-killed a process.

What it means: the kernel could not free a page for any process, so it chose one on the whole node to kill: the one
with the highest OOM score, which need not be the one that used up the memory.

Why it hurts: the killed process is often not the cause, and it may be the kubelet or the container runtime.
Kubernetes does not report such a kill as OOMKilled, because no container reached its own limit.

What to do: read the memory findings: what holds the memory matters, not what was killed. Give pods limits, so that
the one that grows is the one that is killed, and reserve memory for the system and the kubelet.

Source: mm/oom_kill.c: without oom_memcg, or with `/` there, constraints NONE, CPUSET and MEMORY_POLICY mean that the
node was short of memory; else a cgroup reached its limit. node-problem-detector knows only the older line. Kills
requested with SysRq are not counted. Kills that only the kernel's counter shows since the last scan are attributed to
the node if it was short of memory [inference].
"""

from __future__ import annotations

from datetime import timedelta

from fleetscan.diagnosis.measures.oom_kills import oom_kills, processes
from fleetscan.diagnosis.measures.since_last import UnloggedKills, unlogged_kills
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.diagnosis.traits import KERNEL_LOG, Killed
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity, Window
from fleetscan.model.oom import Scope
from fleetscan.quantities import counted, duration

KILLS_LIMIT = 1
"""One kill is enough (node-problem-detector's OOMKilling, netdata's oom_kill)."""


def check(window: Window, _limits: NoLimits = NO_LIMITS) -> Evidence | None:
    """Look for kills of the last 24 hours because the whole node was out of memory, else use the counter."""
    unlogged = unlogged_kills(window)
    try:
        kills = [kill for kill in oom_kills(window) if kill.scope is Scope.NODE]
    except AbsentError:
        if unlogged is None or not unlogged.was_node_short:
            raise
        kills = []
    if len(kills) < KILLS_LIMIT:
        return _counted(unlogged) if unlogged is not None and unlogged.was_node_short else None
    killed = processes(kills)
    return Evidence(
        severity=Severity.CRITICAL,
        text=f"the kernel OOM-killed {counted(killed, 'process', 'processes')} within 24 h because the node was out of "
        f"memory, the last {duration(kills[0].age_seconds)} ago: {kills[0].victim}",
        measured=float(killed),
        limit=float(KILLS_LIMIT),
    )


def _counted(unlogged: UnloggedKills) -> Evidence:
    """Return the evidence of the counter alone: the number of kills, attributed to the node because it was short."""
    processes = "1 process" if unlogged.number == 1 else f"{unlogged.number} processes"
    return Evidence(
        severity=Severity.WARNING,
        text=f"the oom_kill counter shows {processes} killed since the last scan {duration(unlogged.seconds)} ago, "
        "while the node was short of memory; the kernel log does not show whose limit was reached",
        measured=float(unlogged.number),
        limit=float(KILLS_LIMIT),
    )


RULE = Rule(
    id="oom_kill_node",
    severity=Severity.CRITICAL,
    title="OOM kill: the node ran out of memory",
    remedy=(
        "    journalctl -k --since -24h | grep -A 40 'invoked oom-killer'\n"
        "Shows, on the node, what held the memory at the time of the kill: the kernel logs a table of all processes."
    ),
    limits=NO_LIMITS,
    check=check,
    lasts=timedelta(hours=24),
    killed=Killed.NODE_OUT_OF_MEMORY,
    required=(KERNEL_LOG,),
)
