"""The OOM kills of the last 24 hours, each read from the kernel's own lines.

oom-kill:constraint=CONSTRAINT_MEMCG,task_memcg=/kubepods-pod1c..9a.slice/cri-containerd-9f..e1.scope,task=java,pid=47..
Memory cgroup out of memory: Killed process 47 (java) total-vm:4013468kB, anon-rss:510012kB, ...

mm/oom_kill.c; the first line exists since Linux 4.19, the second has always been there. The collection script shortens
the first and adds ``pod=namespace/name`` where the node still knows the pod.
"""

from __future__ import annotations

import re

from fleetscan.capture.procfs.containers import Containers
from fleetscan.capture.procfs.kernel_log import KernelEvent
from fleetscan.capture.procfs.pods import Pods
from fleetscan.capture.procfs.vmstat import Vmstat
from fleetscan.diagnosis.measures.kernel_events import recent_events
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Window

_CONSTRAINT = re.compile(r"constraint=CONSTRAINT_([A-Z_]{1,20})")
_TASK = re.compile(r"task=(.{1,15}?),pid=([0-9]{1,10})")
_VICTIM = re.compile(r"Kill(?:ed)? process ([0-9]{1,10}) \((.{1,15}?)\)")
_POD_UID = re.compile(r"pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12})")
_CONTAINER_ID = re.compile(r"[-/]([0-9a-f]{12})(?:[0-9a-f]{52})?(?:\.scope)?,")
_POD_NAME = re.compile(r",pod=([A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,253})$")
_SAME_KILL_SECONDS = 5
"""The victim's line follows the constraint's line at once; a busy console stretches it to seconds."""


@immutable
class OomKill:
    """One killed process. ``pod`` is ``namespace/name`` where it is known, else the pod's uid, else None."""

    age_seconds: int
    is_global: bool
    """The node itself was out of memory; False where one memory cgroup had reached its limit."""
    command: str | None
    pid: int | None
    pod: str | None


def oom_kills(window: Window) -> tuple[OomKill, ...]:
    """Return the kills of the last 24 hours, newest first; AbsentError if the log does not cover them.

    If the kernel's counter shows no kill since boot, the log need not be readable.
    """
    try:
        events = recent_events(window, "oom_kill", "oom_victim")
    except AbsentError:
        counters = window.last.get(Vmstat)
        if counters is not None and counters.oom_kills_total == 0:
            return ()
        raise
    kills = [_from_constraint(event, window) for event in events if _CONSTRAINT.search(event.text)]
    for event in events:
        kill = _from_victim(event, window)
        if kill is not None and not any(_is_same(kill, other) for other in kills):
            kills.append(kill)
    return tuple(sorted(kills, key=lambda kill: kill.age_seconds))


def _from_constraint(event: KernelEvent, window: Window) -> OomKill:
    constraint = _CONSTRAINT.search(event.text)
    task = _TASK.search(event.text)
    return OomKill(
        age_seconds=event.age_seconds,
        is_global=constraint is None or constraint[1] != "MEMCG",
        command=task[1] if task else None,
        pid=int(task[2]) if task else None,
        pod=_pod(event.text, window),
    )


def _from_victim(event: KernelEvent, window: Window) -> OomKill | None:
    """Return a kill of which only the victim's line exists; None if the line does not say what ran out of memory."""
    victim = _VICTIM.search(event.text)
    if victim is None or "ut of memory" not in event.text:
        return None
    return OomKill(
        age_seconds=event.age_seconds,
        is_global="Memory cgroup" not in event.text,
        command=victim[2],
        pid=int(victim[1]),
        pod=_pod(event.text, window),
    )


def _is_same(kill: OomKill, other: OomKill) -> bool:
    is_near = abs(kill.age_seconds - other.age_seconds) <= _SAME_KILL_SECONDS
    return is_near and (other.pid is None or other.pid == kill.pid)


def _pod(text: str, window: Window) -> str | None:
    named = _POD_NAME.search(text)
    if named is not None:
        return named[1]
    container, containers = _CONTAINER_ID.search(text), window.last.get(Containers)
    if container is not None and containers is not None:
        for running in containers.containers:
            if running.container_id == container[1] and running.pod != "-":
                return running.pod
    uid, pods = _POD_UID.search(text), window.last.get(Pods)
    if uid is None:
        return None
    plain = uid[1].replace("_", "-")
    return next((pod.name for pod in pods.pods if pod.uid == plain), plain) if pods is not None else plain
