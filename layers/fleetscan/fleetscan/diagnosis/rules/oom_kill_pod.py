"""A container or a pod reached its own memory limit and the kernel OOM-killed a process in it.

What it means: the memory cgroup of a container, or of its pod, was full. The node had memory left; only that limit was
reached. A cgroup that is no pod's, such as that of a container outside Kubernetes, is reported here too, by its path.

Why it hurts: the pod restarts or, worse, loses a child process and goes on without it: Kubernetes shows OOMKilled
only when a container's first process is killed; the others are visible only here.

What to do: compare the container's memory use with its limit. Raise the limit if the use is needed, look for a leak
if it keeps growing.

Source: mm/oom_kill.c, oom_memcg; kills at the limit of all pods together and of the node's services have rules of
their own. Where the kernel log does not show whose limit was reached, the finding says so. For the node this is no
problem, so the finding is information only (netdata issue 11359).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from fleetscan.diagnosis.measures.oom_kills import is_of_container, oom_kills, processes
from fleetscan.diagnosis.measures.since_last import UnloggedKills, unlogged_kills
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.diagnosis.traits import Killed
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity, Suspect, Window
from fleetscan.model.oom import OomKill, Scope
from fleetscan.quantities import counted, duration

KILLS_LIMIT = 1
"""One is enough."""

PODS_NAMED = 3
"""So many names are in the finding."""

_LIMITS = frozenset({Scope.OWN, Scope.OTHER, Scope.UNKNOWN})


def check(window: Window, _limits: NoLimits = NO_LIMITS) -> Evidence | None:
    """Look for kills of the last 24 hours at the limit of a memory cgroup and name the pods, else use the counter."""
    unlogged = unlogged_kills(window)
    try:
        kills = [kill for kill in oom_kills(window) if kill.scope in _LIMITS]
    except AbsentError:
        if unlogged is None or unlogged.was_node_short is not False:
            raise
        kills = []
    if len(kills) < KILLS_LIMIT:
        return _counted(unlogged) if unlogged is not None and unlogged.was_node_short is False else None
    own = [kill for kill in kills if kill.scope is Scope.OWN]
    pods = Counter(kill.pod for kill in own if kill.pod)
    return Evidence(
        severity=Severity.INFO,
        text=_sentence(own, len(kills) - len(own)) if own else _of_others(kills),
        measured=float(processes(kills)),
        limit=float(KILLS_LIMIT),
        suspects=tuple(
            Suspect(
                kind="pod",
                name=pod,
                reason=f"reached its memory limit {number} {'time' if number == 1 else 'times'}",
                share=number / len(own),
            )
            for pod, number in pods.most_common(PODS_NAMED)
        ),
    )


def _sentence(own: Sequence[OomKill], others: int) -> str:
    """Return the kills at the limit of a pod or container, and how many there were elsewhere."""
    whose = "a container's" if is_of_container(own[0].limit) else "a pod's"
    more = f"; {others} more at another memory limit" if others else ""
    return f"{_killed(own, f'{whose} memory limit')}{more}"


def _of_others(kills: Sequence[OomKill]) -> str:
    if kills[0].scope is Scope.OTHER:
        return _killed(kills, f"the memory limit of {kills[0].limit or kills[0].group}")
    return f"{_killed(kills, 'a memory limit')}; the kernel log does not show whose limit was reached"


def _killed(kills: Sequence[OomKill], where: str) -> str:
    return (
        f"{counted(processes(kills), 'process', 'processes')} OOM-killed at {where} within 24 h, the last "
        f"{duration(kills[0].age_seconds)} ago: {kills[0].victim}"
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


RULE = Rule(
    id="oom_kill_pod",
    severity=Severity.INFO,
    title="OOM kill at the memory limit of a container, a pod or another cgroup (OOMKilled)",
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
