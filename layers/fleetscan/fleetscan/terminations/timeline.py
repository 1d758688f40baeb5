"""Why a pod was terminated, from the evidence that was stored: each step is known, or marked as not known.

The order in time decides what may be a cause: what was measured after the termination is labelled as that, and the
timeline ends where its next step is not known. A container at its own memory limit has another cause than a node that
is out of memory, and another than a node whose pods together are at their limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from fleetscan.diagnosis.catalogue import traits
from fleetscan.diagnosis.traits import Killed
from fleetscan.model.conclusion import RootCause, Strength
from fleetscan.model.death import Death, KernelKill, Measured, Noted, Silence
from fleetscan.model.finding import Cause
from fleetscan.model.kubernetes import Ending, Link, PodTimeline
from fleetscan.model.oom import Scope
from fleetscan.model.readings import Readings
from fleetscan.quantities import count, duration, percent, size
from fleetscan.terminations.events import SYSTEM_OOM
from fleetscan.terminations.evidence import KILLED_WITH, NEAR, SOON, is_before, is_of_pod

STALLED_PERCENT = 60.0
"""From here on tasks do little but wait: the critical limit of ``memory_pressure_high``."""
PRESSED_PERCENT = 10.0
"""Its warning."""
LITTLE_AVAILABLE_RATIO = 0.05
"""The critical limit of ``memory_available_low``."""
SLAB_RATIO = 0.10
SLAB_BYTES = 500 * 1024 * 1024
"""Both together are the warning of ``slab_unreclaimable_high``."""
ALIKE_RATIO = 0.8
"""A leak only grows: where so much of today's slab was there when the pod died, what holds it today held it then."""

WORDS_CHARACTERS = 160

KINDS = {"daemonset": "DaemonSet", "deployment": "Deployment", "statefulset": "StatefulSet"}

_SAYS_NOTHING = "status is now:"
"""What the node controller writes into every such event."""

_LOW_ON = re.compile(r"low on resource: (?P<resource>[^.]{1,200})")
"""``The node was low on resource: memory. Threshold quantity: 100Mi, available: 92Mi. Container ...``. What follows
names containers and volumes, which may be called anything. Before 1.9: ``low on resource: [MemoryPressure]``."""

_ENDS = {
    Ending.EVICTED: "the kubelet evicted it",
    Ending.OWN_DISK_LIMIT: "the kubelet evicted it: it was over its own disk limit",
    Ending.OOM_KILLED: "the kernel killed one of its containers (OOMKilled)",
    Ending.NODE_LOST: "Kubernetes deleted it: its node was NotReady or unreachable",
    Ending.PREEMPTED: "it made room for a pod of a higher priority",
    Ending.SHUT_DOWN: "it ended with its node, which was shutting down",
    Ending.TAINTED: "Kubernetes deleted it for a NoExecute taint of its node",
    Ending.NODE_GONE: "Kubernetes deleted it after its node, which no longer existed",
    Ending.DRAINED: "it was drained from its node",
    Ending.REFUSED: "it never ran: the kubelet of its node did not admit it",
}


def pod_timeline(death: Death) -> PodTimeline:
    """Return the timeline from the termination back to its cause, as far as the evidence goes."""
    return PodTimeline(cluster=death.cluster, end=death.end, links=(_end(death), *_behind(death)))


def _behind(death: Death) -> Iterable[Link]:
    match death.end.ending:
        case Ending.PREEMPTED | Ending.SHUT_DOWN | Ending.REFUSED | Ending.DRAINED:
            return
        case Ending.OWN_DISK_LIMIT:
            yield Link(text="the node is not the cause: the limit is the pod's own")
        case Ending.TAINTED:
            yield _tainted(death)
        case Ending.NODE_GONE:
            yield _unknown("why its node is gone; a node that was lost and one that was scaled in end alike")
        case Ending.OOM_KILLED:
            yield from _oom(death)
        case Ending.EVICTED:
            yield from _evicted(death)
        case Ending.NODE_LOST:
            yield from _lost(death)


def _end(death: Death) -> Link:
    said = f' ("{death.end.message[:WORDS_CHARACTERS]}")' if death.end.message else ""
    oom = ""
    if death.not_oom_killed and death.end.ending is Ending.NODE_LOST:
        oom = f". Not an OOM kill: {death.not_oom_killed}"
    when = "" if death.end.at else "; Kubernetes gives no time, this is when it was first seen"
    by = f" by {death.end.by}" if death.end.ending is Ending.DRAINED and death.end.by else ""
    return Link(text=f"{_ENDS[death.end.ending]}{by}{said}{oom}{when}", at=death.died_at)


def _tainted(death: Death) -> Link:
    if death.end.by:
        return Link(text=f"the node was not seen NotReady then; its other NoExecute taint is {death.end.by}")
    if not death.node:
        return _unknown("on which node it was, so that it may have been NotReady; Kubernetes' event does not say")
    return _unknown(
        f"which taint; no event and no condition shows that {death.node.partition('.')[0]} was NotReady then"
    )


def _lost(death: Death) -> Iterable[Link]:
    silence, node = death.silence, death.node.partition(".")[0]
    if not node:
        yield _unknown("on which node it was; Kubernetes' event does not say, and several or none were silent then")
        return
    if silence is None:
        yield _unknown(f"when {node} became NotReady; no event and no condition of that time was seen")
        return
    said = f' ("{silence.reason[:WORDS_CHARACTERS]}")' if silence.reason and _SAYS_NOTHING not in silence.reason else ""
    said += f"; that the pod was on it: {death.why_node}" if death.why_node else ""
    yield Link(text=f"{node} NotReady {_span(silence)}{said}", at=silence.begun_at)
    if (seen := _service_kill(death, silence.begun_at)) is not None:
        killed = f"the kernel killed {seen.kill.service} ({_when(death, seen.at, silence.begun_at)})"
        if seen.kill.scope is Scope.SERVICE:
            limit = f"at the memory limit of {seen.kill.limit or seen.kill.group or 'its cgroup'}"
            yield Link(
                text=f"{killed} {limit}; the node itself was not out of memory, and no pod is the cause", at=seen.at
            )
            return
        yield Link(text=f"{killed}: the node itself was out of memory", at=seen.at)
        yield from _slab(death, silence.begun_at)
        return
    yield from _starved(death, silence.begun_at, "why its kubelet stopped reporting")


def _span(silence: Silence) -> str:
    """Return from when until when: ``11:31:00-15:09:00 UTC (3 h 38 min)``, or ``since 11:31:00 UTC``."""
    if silence.ended_at is None:
        return f"since {silence.begun_at:%H:%M:%S} UTC"
    lasted = duration((silence.ended_at - silence.begun_at).total_seconds())
    return f"{silence.begun_at:%H:%M:%S}-{silence.ended_at:%H:%M:%S} UTC ({lasted})"


def _evicted(death: Death) -> Iterable[Link]:
    short = _LOW_ON.search(death.end.message.lower())
    if short is None:
        yield _unknown("of what the node was short; Kubernetes does not say")
        return
    if "memory" not in short["resource"]:
        yield Link(text="the node was short of something other than memory, so the node's memory is not the cause")
        return
    yield from _starved(death, death.died_at, "what took the memory")


def _oom(death: Death) -> Iterable[Link]:
    """Yield whose memory was used up. That Kubernetes says OOMKilled does not tell: any OOM kill in it counts."""
    if (seen := _own_kill(death)) is not None:
        yield from _of_kill(death, seen)
        return
    if death.oom_kills is not None:
        yield from _of_events(death)
        return
    of_pod = next((one for one in _killed(death, Killed.AT_OWN_LIMIT) if _names(one, death)), None)
    # A finding is of its scan: of a kill at another time of the day it says nothing.
    is_near = abs(death.found_at - death.died_at) <= NEAR
    of_node = next(_killed(death, Killed.NODE_OUT_OF_MEMORY), None) if is_near else None
    of_all = next((one for one in _killed(death, Killed.AT_ALLOCATABLE) if _names(one, death)), None)
    if of_pod is not None:
        yield Link(text=f"it reached its own memory limit; the node is not the cause: {of_pod.text}")
    elif of_all is not None:
        yield Link(
            text=f"all pods of its node together reached their memory limit, not this one its own: {of_all.text}"
        )
    elif of_node is not None:
        yield Link(text=f"the node itself was out of memory: {of_node.text}")
        yield from _slab(death, death.died_at)
    else:
        yield from _of_events(death)


def _of_events(death: Death) -> Iterable[Link]:
    """Yield what Kubernetes' events say of a kill of which the kernel log says nothing."""
    of_system = next((one for one in death.events if one.kind == "Node" and one.reason == SYSTEM_OOM), None)
    of_its_own = (event.message for event in death.events if event.kind == "Pod")
    said = " ".join((death.end.message, *of_its_own)).lower()
    if "memory cgroup out of memory" in said:
        yield _unknown("whether it reached its own limit or all pods together theirs; the event does not say which")
    elif of_system is not None:
        # A kubelet that starts repeats the kills that are in the kernel log (kubernetes 133801), and 1.20 says so of
        # kills at a pod's limit.
        yield _unknown(
            "whether it reached its own limit or the node was out of memory; its kubelet said "
            f'{SYSTEM_OOM} ("{of_system.message[:WORDS_CHARACTERS]}"), which without the kernel\'s own line proves '
            "neither",
            at=of_system.at,
        )
    else:
        yield _unknown(
            "whether it reached its own limit or the node was out of memory; neither the kernel log nor an event says"
        )


def _own_kill(death: Death) -> KernelKill | None:
    """Return the kill of a process of this pod that is nearest, else one of a node that was out of memory then."""
    near = [one for one in death.oom_kills or () if abs(one.at - death.died_at) <= KILLED_WITH]
    near.sort(key=lambda one: abs(one.at - death.died_at))
    mine = next((one for one in near if is_of_pod(one.kill, death.end)), None)
    return mine or next((one for one in near if one.kill.scope is Scope.NODE), None)


def _of_kill(death: Death, seen: KernelKill) -> Iterable[Link]:
    kill = seen.kill
    killed = f"the kernel killed {kill.victim}"
    match kill.scope:
        case Scope.OWN:
            yield Link(text=f"it reached its own memory limit; the node is not the cause: {killed}", at=seen.at)
        case Scope.ALLOCATABLE:
            noted = next(_killed(death, Killed.AT_ALLOCATABLE), None)
            words = f"; {noted.text}" if noted is not None else ""
            limit = (kill.limit or "kubepods").rpartition("/")[2]
            yield Link(
                text=f"all pods of its node together reached the memory limit of {limit}, not this one its own: "
                f"{killed}{words}",
                at=seen.at,
            )
        case Scope.NODE:
            yield Link(text=f"the node itself was out of memory: {killed}", at=seen.at)
            yield from _slab(death, death.died_at)
        case Scope.SERVICE | Scope.OTHER:
            yield Link(text=f"the limit of {kill.limit or kill.group} was reached, not its own: {killed}", at=seen.at)
        case Scope.UNKNOWN:
            yield _unknown(
                f"whether it reached its own limit or all pods together theirs; {killed}, and the kernel log does not "
                "show whose limit was reached",
                at=seen.at,
            )


def _service_kill(death: Death, begun_at: datetime) -> KernelKill | None:
    """Return the last kill of the kubelet or the runtime before its node became NotReady."""
    near = [one for one in death.oom_kills or () if is_before(one, begun_at)]
    grave = [one for one in near if one.kill.service is not None and one.kill.scope in {Scope.SERVICE, Scope.NODE}]
    return grave[-1] if grave else None


def _names(one: Noted, death: Death) -> bool:
    """Return whether a finding names the pod, and not one whose name begins so."""
    return re.search(rf"(?<![\w./-]){re.escape(death.end.title)}(?![\w-]|\.\w)", one.text) is not None


def _killed(death: Death, why: Killed) -> Iterator[Noted]:
    """Yield the findings of its node that report a kill."""
    return (one for one in death.findings if traits(one.rule).killed is why)


def _starved(death: Death, moment: datetime, question: str) -> Iterable[Link]:
    """Yield the state of the node's memory, then what held it; the timeline ends where that is not known."""
    measured = death.measured
    if measured is None:
        yield _unknown(f"{question}; no scan measured the node within {duration(NEAR.total_seconds())} of it")
        return
    stalled = measured.readings.memory_some_avg60_percent
    available = _ratio(measured.readings.memory_available_bytes, measured.readings.memory_total_bytes)
    is_short = available is not None and available < LITTLE_AVAILABLE_RATIO
    if (stalled is None or stalled < STALLED_PERCENT) and not is_short:
        yield _unknown(
            f"{question}; {_conditions(measured.readings)} ({_when(death, measured.at, moment)})", at=measured.at
        )
        return
    if measured.at > moment + SOON and not _is_within(measured, death.silence):
        yield _unknown(
            f"{question}; the first reading is of {_when(death, measured.at, moment)}, and then "
            f"{_conditions(measured.readings)}",
            at=measured.at,
        )
        return
    during = ", still NotReady" if measured.at > moment + SOON else ""
    yield Link(text=f"{_conditions(measured.readings)} ({_when(death, measured.at, moment)}{during})", at=measured.at)
    yield from _slab(death, moment)


def _is_within(measured: Measured, silence: Silence | None) -> bool:
    """Return whether a reading was taken while the node was NotReady."""
    if silence is None or measured.at < silence.begun_at:
        return False
    return measured.at <= (silence.ended_at or measured.at)


def _slab(death: Death, moment: datetime) -> Iterable[Link]:
    """Yield how much of the memory was unreclaimable slab, and who held it."""
    measured = death.measured
    if measured is None:
        yield _unknown(f"what held the memory; no scan measured the node within {duration(NEAR.total_seconds())} of it")
        return
    slab, total = measured.readings.slab_unreclaimable_bytes, measured.readings.memory_total_bytes
    ratio = _ratio(slab, total)
    if slab is None or ratio is None:
        yield _unknown("what held the memory; unreclaimable slab was not measured", at=measured.at)
        return
    if ratio < SLAB_RATIO or slab < SLAB_BYTES:
        yield _unknown(
            f"what held the memory; unreclaimable slab was normal ({size(slab)}, {percent(ratio)}), so it was "
            "processes: see the node's findings",
            at=measured.at,
        )
        return
    heads = measured.readings.socket_buffers_total
    buffers = f"; {count(heads)} socket buffers (skbuff) in it" if heads and _is_network(death) else ""
    yield Link(
        text=f"{size(slab)} of unreclaimable slab, {percent(ratio)} of memory{buffers}",
        at=measured.at,
    )
    yield _who(death, measured, moment)


def _who(death: Death, measured: Measured, moment: datetime) -> Link:
    learned = death.learned
    if death.culprit is None and learned is not None:
        # What was not known at the time, as a later scan has it and with how much later.
        death = replace(
            death, culprit=learned.culprit, held_bytes=learned.held_bytes, found_at=learned.at, now=learned.now
        )
    root_cause = death.culprit
    if root_cause is None:
        return _unknown(f"what holds it{f': {death.why_nobody}' if death.why_nobody else ''}")
    if root_cause.strength not in {Strength.HOLDS, Strength.CORRELATES}:
        return _unknown(f"what holds it; {_title(root_cause)} runs there, which proves nothing")
    later = _later(death, measured, moment)
    if later is None:
        seen = _when(death, death.found_at, moment)
        return _unknown(
            f"what held it then; {seen} it is {_title(root_cause)}, and how much was there before was not seen"
        )
    if root_cause.strength is Strength.CORRELATES:
        return Link(
            text=f"{_title(root_cause)} runs on the nodes that have this and on no other; how it does it was "
            f"not seen{later}",
            at=death.found_at,
        )
    amount = f"{size(death.held_bytes)} of it " if death.held_bytes else "it "
    what = "in unread socket buffers" if root_cause.cause is Cause.SOCKET_QUEUE else "open"
    image = f" ({root_cause.image})" if root_cause.image else ""
    alone = "" if root_cause.is_confirmed else ", as this node alone says"
    return Link(text=f"{_title(root_cause)}{image} holds {amount}{what}{later}{alone}", at=death.found_at)


def _later(death: Death, measured: Measured, moment: datetime) -> str | None:
    """Return when that was found, in words; None if it was found too late to prove anything about that time."""
    if death.found_at == measured.at:
        return ""
    if abs(death.found_at - moment) <= NEAR:
        return f", found {_when(death, death.found_at, moment)}" if death.found_at > moment + SOON else ""
    then, now = measured.readings.slab_unreclaimable_bytes, death.now.slab_unreclaimable_bytes
    if then is None or not now or then < ALIKE_RATIO * now:
        return None
    return f", found {_when(death, death.found_at, moment)}; {percent(min(then / now, 1.0))} of it was there then"


def _is_network(death: Death) -> bool:
    causes = {Cause.SOCKET_QUEUE, Cause.NETWORK_KERNEL_LEAK}
    learned = death.learned is not None and death.learned.culprit.cause in causes
    return learned or any(_of_cause(one, causes) for one in death.findings)


def _of_cause(one: Noted, causes: set[Cause]) -> bool:
    return one.cause in causes


def _conditions(readings: Readings) -> str:
    """Return the memory, PSI and load of the node, as far as they were measured."""
    words = []
    if readings.memory_some_avg60_percent is not None:
        words.append(f"memory pressure (PSI) {readings.memory_some_avg60_percent:.0f}%")
    available = _ratio(readings.memory_available_bytes, readings.memory_total_bytes)
    if available is not None:
        words.append(f"{percent(available)} of memory available")
    if readings.swap_total_bytes and readings.swap_free_bytes is not None:
        used = readings.swap_total_bytes - readings.swap_free_bytes
        words.append(f"{percent(used / readings.swap_total_bytes)} of swap in use")
    return ", ".join(words) or "its memory was not measured"


def _when(death: Death, at: datetime, moment: datetime) -> str:
    """Return how long before or after the moment that the chain has come to: NotReady, or the termination itself."""
    apart = at - moment
    is_silence = death.silence is not None and moment == death.silence.begun_at
    what = "the node became NotReady" if is_silence else "the termination"
    if abs(apart) < timedelta(seconds=1):
        return "at that moment"
    return f"{duration(abs(apart).total_seconds())} {'before' if apart < timedelta() else 'after'} {what}"


def _title(root_cause: RootCause) -> str:
    return f"{KINDS.get(root_cause.kind, root_cause.kind)} {root_cause.name}"


def _unknown(what: str, at: datetime | None = None) -> Link:
    return Link(text=f"not known: {what}", at=at, is_known=False)


def _ratio(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None
