"""The evidence around the terminations of pods, stored by the scan that sees them: Kubernetes forgets it.

It keeps events for 60 minutes, or as long as the cluster is set to (``eventTtl`` of EKS), and no pod that was deleted.

Kubernetes says that a pod ended and when; the node's readings, those of earlier scans among them, say in which state
the node was; the fleet-wide conclusion names the root cause. ``terminations.timeline`` makes a timeline of it, at any
time.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fleetscan.diagnosis.catalogue import traits
from fleetscan.fleet.workload import owner
from fleetscan.immutable import immutable
from fleetscan.model import CaptureStatus, Diagnosis, Report, Severity
from fleetscan.model.conclusion import RootCause
from fleetscan.model.death import Death, KernelKill, Learned, Measured, Noted, Silence
from fleetscan.model.kubernetes import ClusterEvent, Ending, NodeView, PodEnd
from fleetscan.model.memory import History, Reading
from fleetscan.model.oom import OomKill, Scope
from fleetscan.model.readings import Readings
from fleetscan.quantities import age
from fleetscan.terminations.events import SAME, SYSTEM_OOM, merged, silence_before, with_taint
from fleetscan.terminations.pod_location import PodLocations, pod_locations
from fleetscan.terminations.pod_names import names_of, with_names

NEAR = timedelta(minutes=60)
"""A reading that is further from what happened says nothing about it [inference]."""

SOON = timedelta(minutes=2)
"""A reading so shortly after it still tells of the minute before: the pressure is an average of 60 s."""

KILLED_WITH = timedelta(minutes=3)
"""A kill is dated from the start of a scan, and the node is read up to some minutes later."""
KILLED_BEFORE = timedelta(minutes=5)
"""A killed kubelet is missed for 40 to 50 s until its node is NotReady; one that cannot start is killed again."""

MARK_CHARACTERS = 8
"""Of a pod's id: enough to tell apart those of one name that ended in the same second."""
MOST_FINDINGS = 8
MOST_EVENTS = 8
"""Of the pod itself, and of the node that was out of memory with it, the latest."""
MOST_KILLS = 8
REASON_CHARACTERS = 800
SENTENCE_CHARACTERS = 400

MOST_NEW = 50
"""Deaths that are kept of one scan: where more pods die at once, the same story is told of all of them."""
MOST_KEPT = 500
"""Of all clusters of a table."""
MOST_LATE = 100
"""Of these, deaths that were seen first when they were long ago: pods that failed lie there until there are 12,500."""
LONG_AGO = timedelta(days=1)
"""Nothing that was measured then is near any more, and Kubernetes itself still has the pod."""
FORGOTTEN = timedelta(days=14)
"""As long as a death is kept: an older one is not begun to be kept."""
MOST_INTENDED = 100
"""Of these, pods that were drained or never ran: a cluster that is consolidated drains all day."""
MOST_OOM_KILLED = 200
"""Of these, containers that were OOM-killed: a crash loop must not push out the others."""

AGAIN = timedelta(hours=1)
"""A container that is killed again is written again, but not at each scan."""

_PID = re.compile(r"\bpid: (?P<pid>[0-9]{1,10})$")
"""``System OOM encountered, victim process: java, pid: 4711`` (kubelet/oom)."""

_OF_ALL = frozenset({Scope.NODE, Scope.ALLOCATABLE, Scope.SERVICE})
"""Kills that concern more than the pod that was killed."""


@immutable
class Deaths:
    """What is known of terminated pods after a scan."""

    every: tuple[Death, ...] = ()
    """The latest death first."""
    fresh: tuple[Death, ...] = ()
    """Those to be kept: new, or of which this scan knows more."""
    left_out: int = 0
    """How many more should be kept and find no room; not those of long ago."""


def deaths(report: Report, histories: Mapping[str, History], remembered: Sequence[Death] = ()) -> Deaths:
    """Return every termination that is known, and those of them that this scan has to store.

    ``remembered`` are those that earlier scans stored. What they knew of a termination stays; what this scan knows
    besides is added.
    """
    every = {one.key: one for one in remembered}
    fresh: dict[tuple[str, str, str, str], Death] = {}
    by_title: dict[tuple[str, str], list[Death]] = defaultdict(list)
    for one in remembered:
        by_title[one.cluster, one.end.title].append(one)
    for view in report.clusters:
        locations = pod_locations(report, view)
        names = names_of(view, locations.ends(), remembered)
        for end in locations.ends():
            death = with_names(_gathered(report, locations, end, histories), names)
            alike = by_title[view.cluster, end.title]
            before = next((one for one in alike if _is_same(one, death)), None)
            if before is not None:
                death = _joined(before, death)
                if not _is_news(before, death):
                    continue
                alike.remove(before)
            alike.append(death)
            every[death.key] = fresh[death.key] = death
    ordered = sorted(every.values(), key=lambda one: (one.died_at, one.end.title), reverse=True)
    kept = _worth_keeping(fresh.values(), {one.key: one for one in remembered})
    missed = fresh.keys() - {one.key for one in kept}
    left_out = sum(not _is_late(fresh[key]) and not fresh[key].end.ending.is_intended for key in missed)
    return Deaths(every=tuple(ordered), fresh=kept, left_out=left_out)


def _gathered(report: Report, locations: PodLocations, end: PodEnd, histories: Mapping[str, History]) -> Death:
    died_at = end.at or report.started_at
    diagnosis, why_node = locations.node_of(end, died_at)
    view = None if diagnosis is None else diagnosis.kubernetes
    death = Death(
        cluster=locations.view.cluster,
        end=end,
        found_at=report.started_at,
        died_at=died_at,
        mark=f"{int(died_at.timestamp())}-{end.uid[:MARK_CHARACTERS]}",
        node=view.name if view else end.node,
        why_node=why_node,
        events=merged(one for one in locations.view.events if _is_of(one, end))[-MOST_EVENTS:],
    )
    if diagnosis is None or view is None:
        return death
    end = with_taint(end, view, died_at)
    silence = silence_before(view, died_at)
    root_cause = _root_cause(report, diagnosis)
    oom_kills = _kernel_kills(diagnosis, report.started_at, end, died_at, silence)
    of_the_moment = _of_the_moment(view, end, died_at, diagnosis.oom_kills or ())
    return replace(
        death,
        end=end,
        events=merged(death.events, of_the_moment)[-MOST_EVENTS:],
        instance_id=diagnosis.node.instance_id,
        silence=silence,
        measured=_nearest(report, diagnosis, histories, silence.begun_at if silence else died_at),
        now=diagnosis.readings,
        findings=_findings(diagnosis),
        culprit=root_cause,
        held_bytes=None if root_cause is None else _held_there(diagnosis, root_cause),
        why_nobody="" if root_cause else _why_nobody(report, diagnosis),
        not_oom_killed=_not_oom_killed(diagnosis, report.started_at, died_at),
        oom_kills=oom_kills,
    )


def _is_of(event: ClusterEvent, end: PodEnd) -> bool:
    is_same = event.kind == "Pod" and (event.namespace, event.name) == (end.namespace, end.name)
    return is_same and (not end.uid or not event.subject_uid or end.uid == event.subject_uid)


def _of_the_moment(view: NodeView, end: PodEnd, died_at: datetime, kills: Sequence[OomKill]) -> Iterable[ClusterEvent]:
    """Yield what distinguishes a kill at a container's own limit from one on a node that was out of memory.

    Not what the kubelet says of a process that the kernel killed in another pod, at a limit.
    """
    if end.ending is not Ending.OOM_KILLED:
        return
    of_others = {
        one.pid for one in kills if one.pid is not None and one.scope not in _OF_ALL and not is_of_pod(one, end)
    }
    for event in view.events:
        if event.reason == SYSTEM_OOM and abs(event.at - died_at) <= SAME and _pid(event) not in of_others:
            yield event


def _pid(event: ClusterEvent) -> int | None:
    """Return the process that a kubelet's SystemOOM names."""
    found = _PID.search(event.message)
    return int(found["pid"]) if found else None


def _nearest(
    report: Report, diagnosis: Diagnosis, histories: Mapping[str, History], moment: datetime
) -> Measured | None:
    """Return the last reading before a moment, else the first one after it, if it is near enough."""
    history = histories.get(diagnosis.node.instance_id)
    known = [_remembered(one) for one in (history.readings if history else ())]
    if diagnosis.coverage.status is CaptureStatus.ANSWERED:
        known.append(Measured(at=report.started_at, readings=diagnosis.readings))
    before = [one for one in known if moment - NEAR <= one.at <= moment + SOON]
    after = [one for one in known if moment + SOON < one.at <= moment + NEAR]
    return next(iter([*reversed(before), *after]), None)


def _remembered(one: Reading) -> Measured:
    stalled = one.memory_some_avg60_percent
    return Measured(
        at=datetime.fromtimestamp(one.at_epoch_seconds, UTC),
        readings=Readings(
            memory_total_bytes=one.memory_total_bytes,
            memory_available_bytes=one.memory_available_bytes,
            slab_unreclaimable_bytes=one.slab_unreclaimable_bytes,
            memory_some_avg60_percent=None if stalled is None else float(stalled),
        ),
    )


def _findings(diagnosis: Diagnosis) -> tuple[Noted, ...]:
    notable = [one for one in diagnosis.findings if one.severity is not Severity.INFO or traits(one.rule).killed]
    return tuple(
        Noted(
            rule=one.rule,
            severity=one.severity,
            cause=one.evidence.cause,
            text=one.evidence.text[:SENTENCE_CHARACTERS],
        )
        for one in notable[:MOST_FINDINGS]
    )


def _root_cause(report: Report, diagnosis: Diagnosis) -> RootCause | None:
    """Return the root cause of the node's problem, for storing: without commands and the other nodes."""
    instance_id = diagnosis.node.instance_id
    found = next((one for one in report.culprits if instance_id in one.nodes), None)
    return found and replace(found, nodes=(instance_id,), remedy="", reason=found.reason[:REASON_CHARACTERS])


def _held_there(diagnosis: Diagnosis, root_cause: RootCause) -> int | None:
    held = 0
    for holder in diagnosis.presence.holders or ():
        whose = owner(holder.pod) if holder.pod else None
        if root_cause.name in {holder.pod, whose.title if whose else holder.pod or holder.command}:
            held += holder.held_bytes
    return held or None


def _why_nobody(report: Report, diagnosis: Diagnosis) -> str:
    instance_id = diagnosis.node.instance_id
    found = next((one for one in report.unattributed if instance_id in one.nodes), None)
    return "" if found is None else found.reason[:SENTENCE_CHARACTERS]


def _not_oom_killed(diagnosis: Diagnosis, seen_at: datetime, died_at: datetime) -> str:
    """Return that nothing was killed, if the kernel's counter is known before and after the termination."""
    uptime = diagnosis.readings.uptime_seconds
    if uptime is None or diagnosis.readings.oom_kills_total != 0:
        return ""
    if not seen_at - timedelta(seconds=uptime) <= died_at <= seen_at:
        return ""
    return f"the node's kernel had killed nothing for memory since its boot {age(uptime)} before"


def _kernel_kills(
    diagnosis: Diagnosis, seen_at: datetime, end: PodEnd, died_at: datetime, silence: Silence | None
) -> tuple[KernelKill, ...] | None:
    """Return the kills that may explain a termination: those of the pod, and those that concern the whole node.

    None where the node's kernel log told of none, so that "none of them is near" remains a statement of its own.
    """
    if not diagnosis.oom_kills:
        return None
    dated = [KernelKill(at=seen_at - timedelta(seconds=one.age_seconds), kill=one) for one in diagnosis.oom_kills]
    near = [
        one
        for one in dated
        if (is_of_pod(one.kill, end) or one.kill.scope in _OF_ALL)
        and (abs(one.at - died_at) <= KILLED_WITH or (silence is not None and is_before(one, silence.begun_at)))
    ]
    near.sort(key=lambda one: (not is_of_pod(one.kill, end), abs(one.at - died_at)))
    return tuple(sorted(near[:MOST_KILLS], key=lambda one: one.at))


def is_before(kill: KernelKill, begun_at: datetime) -> bool:
    """Return whether a kill may be why a node became NotReady then."""
    return -KILLED_BEFORE <= kill.at - begun_at <= SOON


def is_of_pod(kill: OomKill, end: PodEnd) -> bool:
    """Return whether a process of this pod was killed."""
    return (kill.pod_uid is not None and kill.pod_uid == end.uid) or kill.pod == end.title


def _is_same(before: Death, now: Death) -> bool:
    """Return whether two terminations of pods of one name are the same.

    A pod that is gone is known from an event, which need not have its id; a container that is killed again and again
    is one termination, with the time of the last.
    """
    if before.end.ending.family is not now.end.ending.family:
        return False
    if before.end.uid and before.end.uid == now.end.uid:
        return True
    is_open = not before.end.uid or not now.end.uid
    return is_open and abs(now.died_at - before.died_at) <= AGAIN


def _joined(before: Death, now: Death) -> Death:
    """Merge two observations of one termination: what was known near to it stays, what is new is added."""
    if now.end.ending is Ending.OOM_KILLED and now.died_at != before.died_at:
        is_due = now.died_at - before.died_at >= AGAIN
        return replace(now, mark=before.mark) if is_due else before
    found = before if before.instance_id else now
    end = before.end if before.end.uid or not now.end.uid else now.end
    if end.ending is Ending.TAINTED and now.end.ending is not Ending.TAINTED:
        end = replace(end, ending=now.end.ending, by="")
    return replace(
        found,
        end=end,
        died_at=before.died_at,
        mark=before.mark,
        silence=_longer(before.silence, now.silence),
        measured=before.measured or now.measured,
        not_oom_killed=before.not_oom_killed or now.not_oom_killed,
        oom_kills=before.oom_kills or now.oom_kills,
        findings=found.findings or (now.findings if abs(now.found_at - before.died_at) <= NEAR else ()),
        learned=before.learned or _learned(found, now),
        events=merged(before.events, now.events)[-MOST_EVENTS:],
    )


def _learned(known: Death, now: Death) -> Learned | None:
    """Return the root cause that this scan names, if no scan before it did."""
    if known.culprit is not None or now.culprit is None:
        return None
    return Learned(at=now.found_at, culprit=now.culprit, held_bytes=now.held_bytes, now=now.now)


def _longer(before: Silence | None, now: Silence | None) -> Silence | None:
    """Return what is known of a NotReady time, with its end if that has been seen by now."""
    if before is None or now is None:
        return before or now
    return replace(before, ended_at=before.ended_at or now.ended_at, reason=before.reason or now.reason)


def _is_news(before: Death, now: Death) -> bool:
    """Return whether any evidence of a timeline has changed."""
    return replace(now, events=before.events) != before


def _worth_keeping(fresh: Iterable[Death], kept: Mapping[tuple[str, str, str, str], Death]) -> tuple[Death, ...]:
    """Return what is written: the latest of each kind, up to the limit."""
    number = len(kept)
    killed = sum(one.end.ending is Ending.OOM_KILLED for one in kept.values())
    intended = sum(one.end.ending.is_intended for one in kept.values())
    late = sum(_is_late(one) for one in kept.values())
    chosen: list[Death] = []
    for death in sorted(fresh, key=lambda one: (not one.end.ending.is_intended, one.died_at), reverse=True):
        is_new = death.key not in kept
        is_intended = death.end.ending.is_intended
        is_own, is_late = death.end.ending is Ending.OOM_KILLED, _is_late(death)
        has_room = number < MOST_KEPT and not (is_own and killed >= MOST_OOM_KILLED)
        if is_late and (late >= MOST_LATE or death.found_at - death.died_at > FORGOTTEN):
            has_room = False
        if is_intended and intended >= MOST_INTENDED:
            has_room = False
        if len(chosen) >= MOST_NEW or (is_new and not has_room):
            continue
        chosen.append(death)
        number += is_new
        killed += is_new and is_own
        intended += is_new and is_intended
        late += is_new and is_late
    return tuple(chosen)


def _is_late(death: Death) -> bool:
    """Return whether a termination was long ago when it was seen."""
    return death.found_at - death.died_at > LONG_AGO
