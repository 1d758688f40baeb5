"""A container reached its own memory limit and the kernel OOM-killed a process in it.

What it means: the memory cgroup of a container was full. The node had memory left; only the container's limit was
reached.

Why it hurts: the pod restarts or, worse, loses a child process and goes on without it: Kubernetes shows OOMKilled
only when a container's first process is killed; the others are visible only here.

What to do: compare the container's memory use with its limit. Raise the limit if the use is needed, look for a leak
if it keeps growing.

Source: mm/oom_kill.c, constraint MEMCG. For the node this is no problem, so the finding is information only (netdata
issue 11359).
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from fleetscan.diagnosis.measures.oom_kills import OomKill, oom_kills
from fleetscan.diagnosis.measures.since_last import UnloggedKills, unlogged_kills
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.diagnosis.traits import Killed
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity, Suspect, Window
from fleetscan.quantities import duration

KILLS_LIMIT = 1
"""One is enough."""

PODS_NAMED = 3
"""So many names are in the finding."""


def check(window: Window, _limits: NoLimits = NO_LIMITS) -> Evidence | None:
    """Look for kills of the last 24 hours at the limit of a memory cgroup and name the pods, else use the counter."""
    unlogged = unlogged_kills(window)
    try:
        kills = [kill for kill in oom_kills(window) if not kill.is_global]
    except AbsentError:
        if unlogged is None or unlogged.was_node_short is not False:
            raise
        kills = []
    if len(kills) < KILLS_LIMIT:
        return _counted(unlogged) if unlogged is not None and unlogged.was_node_short is False else None
    pods = Counter(kill.pod for kill in kills if kill.pod)
    processes = "1 process" if len(kills) == 1 else f"{len(kills)} processes"
    text = (
        f"{processes} OOM-killed at a container's memory limit within 24 h, the last "
        f"{duration(kills[0].age_seconds)} ago: {_named(kills[0])}"
    )
    return Evidence(
        severity=Severity.INFO,
        text=text,
        measured=float(len(kills)),
        limit=float(KILLS_LIMIT),
        suspects=tuple(
            Suspect(
                kind="pod",
                name=pod,
                reason=f"reached its memory limit {number} {'time' if number == 1 else 'times'}",
                share=number / len(kills),
            )
            for pod, number in pods.most_common(PODS_NAMED)
        ),
    )


def _counted(unlogged: UnloggedKills) -> Evidence:
    """Return the evidence of the counter alone: the node had memory left, so probably a limit was reached."""
    processes = "1 process" if unlogged.number == 1 else f"{unlogged.number} processes"
    return Evidence(
        severity=Severity.INFO,
        text=f"the oom_kill counter shows {processes} killed since the last scan {duration(unlogged.seconds)} ago, "
        "while the node had memory left; the kernel log does not show whose limit was reached",
        measured=float(unlogged.number),
        limit=float(KILLS_LIMIT),
    )


def _named(kill: OomKill) -> str:
    return f"{kill.command or 'a process'} of {f'pod {kill.pod}' if kill.pod else 'an unknown cgroup'}"


RULE = Rule(
    id="oom_kill_pod",
    severity=Severity.INFO,
    title="OOM kill: a container reached its memory limit (OOMKilled)",
    remedy=(
        "    kubectl describe pod POD -n NAMESPACE\n"
        "    kubectl top pod POD -n NAMESPACE --containers\n"
        "Show the limit of each container and what it uses. Raise the limit if the use is needed; look for a leak if "
        "it "
        "keeps growing."
    ),
    limits=NO_LIMITS,
    check=check,
    lasts=timedelta(hours=24),
    killed=Killed.AT_OWN_LIMIT,
)
