"""The OOM kills of the last 24 hours, each read from the kernel's own lines.

From Linux 5.0 on (mm/oom_kill.c), under cgroup v1 and v2 alike, shortened by the collection script::

    oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/kubepods.slice,task_memcg=/pod1c..9a/9f..e1,task=java,pid=47,pod=a/b
    Memory cgroup out of memory: Killed process 47 (java) total-vm:4013468kB, anon-rss:510012kB, ...
    Tasks in /pod1c..9a/9f..e1 are going to be killed due to memory.oom.group set

and before it, where the last line names the victim and the line before may name its parent::

    Task in /pod1c..9a/9f..e1 killed as a result of limit of /pod1c..9a
    Memory cgroup out of memory: Kill process 47 (java) score 1968 or sacrifice child
    Killed process 48 (java) total-vm:4013468kB, anon-rss:510012kB, ...

``oom_memcg`` decides whose limit was reached, whatever the constraint: Linux 5.0 and 5.1 wrote CONSTRAINT_NONE there.
The kernel leaves the first line out when it kills more than ten times in five seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fleetscan.capture.procfs.containers import Containers
from fleetscan.capture.procfs.kernel_log import KernelEvent
from fleetscan.capture.procfs.pods import Pods
from fleetscan.capture.procfs.vmstat import Vmstat
from fleetscan.diagnosis.knowledge.node_services import is_of_services, service
from fleetscan.diagnosis.measures.kernel_events import recent_events
from fleetscan.errors import AbsentError
from fleetscan.model import Window
from fleetscan.model.kubernetes import NodeView, ScheduledPods
from fleetscan.model.oom import OomKill, Scope

_SUMMARY = re.compile(r"oom-kill:(?:constraint=CONSTRAINT_([A-Z_]{1,20}))?,")
_LIMIT = re.compile(r",oom_memcg=([^,]{1,400})")
_GROUP = re.compile(r",task_memcg=([^,]{1,400})")
_TASK = re.compile(r",task=(.{1,15}?),pid=([0-9]{1,10})")
_TASK_IN = re.compile(r"Task in (/\S{0,400}) killed as a result of limit of (/[^\s,]{0,400})")
_TASKS_IN = re.compile(r"Tasks in (/\S{0,400}) are going to be killed")
_VICTIM = re.compile(r"(Kill(?:ed)?) process ([0-9]{1,10}) \((.{1,15}?)\)(?= total-vm| score|,|$)")
_OF_NODE, _OF_CGROUP = "Out of memory: ", "Memory cgroup out of memory: "
"""How a victim's line begins; before Linux 5.1 only the line before it did."""
_PROTECTED = re.compile(r"oom_score_adj:-999\b")
"""What systemd and the kubelet give the kubelet and the runtime; no pod gets less than -997."""
_UID = re.compile(r"pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?![0-9a-f])")
_OF_POD = re.compile(r"pod[0-9a-f]{8}(?:[-_][0-9a-f]{4}|[0-9a-f]{24}|/|$)")
"""Of a limit the script leaves 8 digits of the uid."""
_IN_POD = re.compile(r"pod[0-9a-f]{8}[-_0-9a-f]*(?:\.slice)?[/:].")
_CONTAINER_ID = re.compile(r"[-/:]([0-9a-f]{12})(?:[0-9a-f]{52})?(?:\.scope)?$")
_POD_NAME = re.compile(r",pod=([A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,253})$")
_ALL_PODS = re.compile(
    r"(?:/|-)kubepods(?:\.slice)?$|-?kubepods-(?:besteffort|burstable|guaranteed)\.slice$"
    r"|/kubepods/(?:besteffort|burstable|guaranteed)$"
)
_SAME_KILL_SECONDS = 5
"""The victim's line follows the constraint's line at once; a busy console stretches it to seconds."""


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
    names = _Names(window)
    kills = [names.named(draft) for draft in reversed(_drafts(events))]
    return tuple(sorted(kills, key=lambda kill: kill.age_seconds))


def processes(kills: Sequence[OomKill]) -> int:
    """Return how many processes were killed, which may be more than one at a time."""
    return sum(kill.processes for kill in kills)


def is_of_container(limit: str | None) -> bool:
    """Return whether a pod's limit is that of a container in it, and not of all its containers together."""
    return limit is not None and _IN_POD.search(limit) is not None


@dataclass(slots=True, kw_only=True)
class _Draft:
    """A kill of which further lines may follow."""

    age_seconds: int
    is_of_cgroup: bool
    limit: str | None = None
    group: str | None = None
    command: str | None = None
    pid: int | None = None
    pod: str | None = None
    is_protected: bool = False
    is_choice: bool = False
    """Whether the line that names the victim is still to come."""
    is_group: bool = False
    """Whether further processes are killed with it."""
    pids: set[int] = field(default_factory=set)

    def scope(self) -> Scope:
        """Return whose limit was reached."""
        if self.limit is None and not self.is_of_cgroup:
            return Scope.NODE
        # Without its path it is the limit of the task's own cgroup or of one above it.
        limit = self.limit or self.group
        if limit is None:
            is_service = self.is_protected and service(self.command, None) is not None
            return Scope.SERVICE if is_service else Scope.UNKNOWN
        if limit == "/":
            return Scope.NODE
        if _OF_POD.search(limit):
            return Scope.OWN if self.limit else Scope.UNKNOWN
        if _ALL_PODS.search(limit):
            return Scope.ALLOCATABLE
        return Scope.SERVICE if is_of_services(limit, self.group, self.command) else Scope.OTHER


def _drafts(newest_first: Sequence[KernelEvent]) -> list[_Draft]:
    """Return the kills that the lines report, oldest first."""
    drafts: list[_Draft] = []
    place: tuple[KernelEvent, re.Match[str]] | None = None
    for event in reversed(newest_first):
        last = drafts[-1] if drafts and drafts[-1].age_seconds - event.age_seconds <= _SAME_KILL_SECONDS else None
        if found := _TASK_IN.match(event.text):
            place = (event, found)
        elif _SUMMARY.match(event.text):
            drafts.append(_from_summary(event))
        elif found := _TASKS_IN.match(event.text):
            if last is not None:
                last.is_group = True
                last.group, last.pod = last.group or found[1], last.pod or _named(event.text)
        elif found := _VICTIM.search(event.text):
            if (same := _same(drafts, event, found)) is not None:
                _complete(same, event, found)
            else:
                is_near = place is not None and place[0].age_seconds - event.age_seconds <= _SAME_KILL_SECONDS
                if is_near or "ut of memory" in event.text:
                    drafts.append(_from_victim(event, found, place if is_near else None))
                place = None
    return drafts


def _from_summary(event: KernelEvent) -> _Draft:
    constraint, task = _SUMMARY.match(event.text), _TASK.search(event.text)
    # A command may say anything, but it comes behind the paths.
    paths = event.text[: task.start()] if task else event.text
    limit, group = _LIMIT.search(paths), _GROUP.search(paths)
    pid = int(task[2]) if task else None
    return _Draft(
        age_seconds=event.age_seconds,
        is_of_cgroup=limit is not None or (constraint is not None and constraint[1] == "MEMCG"),
        limit=limit[1] if limit else None,
        group=group[1] if group else None,
        command=task[1] if task else None,
        pid=pid,
        pod=_named(event.text),
        pids=set() if pid is None else {pid},
    )


def _from_victim(event: KernelEvent, found: re.Match[str], place: tuple[KernelEvent, re.Match[str]] | None) -> _Draft:
    is_of_cgroup = not event.text.startswith(_OF_NODE)
    group, limit = (place[1][1], place[1][2]) if place is not None and is_of_cgroup else (None, None)
    draft = _Draft(
        age_seconds=event.age_seconds,
        is_of_cgroup=is_of_cgroup,
        group=group,
        limit=limit,
        pod=_named(place[0].text) if place is not None and is_of_cgroup else None,
        is_choice=True,
    )
    _complete(draft, event, found)
    return draft


def _same(drafts: Sequence[_Draft], event: KernelEvent, found: re.Match[str]) -> _Draft | None:
    """Return the kill that a victim's line belongs to; None if it is one of its own."""
    near = [one for one in drafts if abs(one.age_seconds - event.age_seconds) <= _SAME_KILL_SECONDS]
    known = next((one for one in reversed(near) if int(found[2]) in one.pids or one.pid is None), None)
    last = drafts[-1] if near and near[-1] is drafts[-1] else None
    if last is not None and found[1] == "Killed" and (last.is_choice or last.is_group):
        is_other = event.text.startswith(_OF_NODE if last.is_of_cgroup else _OF_CGROUP)
        return known if is_other else last
    return known


def _complete(draft: _Draft, event: KernelEvent, found: re.Match[str]) -> None:
    pid = int(found[2])
    draft.is_protected |= _PROTECTED.search(event.text) is not None
    if draft.is_group and found[1] == "Killed":
        draft.pids.add(pid)
        return
    if draft.is_choice or draft.pid is None:
        draft.command, draft.pid, draft.pids = found[3], pid, {pid}
    draft.is_choice = found[1] == "Kill"


def _named(text: str) -> str | None:
    named = _POD_NAME.search(text)
    return named[1] if named else None


class _Names:
    """What the node and the Kubernetes API know of pods, by container and by uid."""

    def __init__(self, window: Window) -> None:
        self._of_container = dict(_containers(window))
        self._of_uid = dict(_uids(window))

    def named(self, draft: _Draft) -> OomKill:
        """Return the kill with the name of its pod."""
        uid, container = _UID.search(draft.group or ""), _CONTAINER_ID.search(draft.group or "")
        plain = _plain(uid[1]) if uid else None
        known = self._of_container.get(container[1]) if container else None
        return OomKill(
            age_seconds=draft.age_seconds,
            scope=draft.scope(),
            limit=draft.limit,
            group=draft.group,
            command=draft.command,
            pid=draft.pid,
            pod=draft.pod or known or (self._of_uid.get(plain, plain) if plain else None),
            pod_uid=plain,
            service=service(draft.command, draft.group),
            processes=max(len(draft.pids), 1),
        )


def _containers(window: Window) -> Iterator[tuple[str, str]]:
    seen = window.last.get(Containers)
    for one in () if seen is None else seen.containers:
        if one.pod != "-":
            yield one.container_id, one.pod


def _uids(window: Window) -> Iterator[tuple[str, str]]:
    """Yield uid and name of each pod; the later source is the more exact one."""
    view, scheduled, seen = window.last.get(NodeView), window.last.get(ScheduledPods), window.last.get(Pods)
    ends = (*(() if view is None else view.ends), *(() if scheduled is None else scheduled.ends))
    for end in ends:
        yield end.uid, end.title
    for pod in () if scheduled is None else scheduled.pods:
        yield pod.uid, pod.title
    for listed in () if seen is None else seen.pods:
        if "/" in listed.name:
            yield listed.uid, listed.name


def _plain(uid: str) -> str:
    return uid.replace("_", "-")
