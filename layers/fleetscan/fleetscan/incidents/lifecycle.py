"""The state machine of an episode: opened, unchanged, worse, reminded, resolved, recurred. Pure.

    none  --seen-->  OPEN (opened)
    OPEN  --seen-->  OPEN (unchanged, worse, or reminded after a day while critical)
    OPEN  --not seen, and every node of it evaluated, twice in a row-->  RESOLVED (resolved)
    OPEN  --not seen, but a node did not respond or skipped the rule-->  OPEN (unchanged: unknown is not healthy)
    RESOLVED  --seen within a week-->  OPEN (recurred)

Two scans may overlap. One that began before the episode last changed may make it worse, never better.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from fleetscan.diagnosis.catalogue import traits
from fleetscan.incidents.incident import badness
from fleetscan.incidents.node_status import Facts, NodeStatus
from fleetscan.model import CaptureStatus
from fleetscan.model.episode import (
    Change,
    ChangeKind,
    Episode,
    EpisodeState,
    Event,
    Incident,
    Level,
    Occurrence,
)
from fleetscan.model.finding import Severity
from fleetscan.quantities import counted, duration

CLEAN_SCANS = 2
"""Clean scans in a row that resolve. One may have fallen into the minute after an OOM kill."""
REMINDER = timedelta(hours=24)
"""A critical problem that does not change is reported again after a day."""
WORSE_NODES = 2
"""Twice as many nodes as were reported is worse: a leak that spreads to 16 nodes is five messages and not sixteen."""
WORSE_MEASURED = 1.5
"""A value half as high again as was reported is worse. Loads and pressures waver by less from one scan to the next."""
MILDER_SCANS = 2
"""Scans in a row at a lower severity after which a new rise is reported again."""


def advance(
    episode: Episode | None, incident: Incident | None, facts: Facts, at: datetime, *, hidden: str = ""
) -> tuple[Episode | None, Event | None]:
    """Return the episode after a scan that was evaluated at a time, and the event to report, if there is one.

    ``incident`` is what the scan saw of the same fingerprint. ``hidden`` says why it must not be reported now; an
    episode that was never reported is reported as opened by the first scan that sees it and may report it.
    """
    if episode is None or _is_forgotten(episode, at):
        return (episode, None) if incident is None else _opened(episode, incident, facts, at, hidden)
    if incident is None:
        if episode.state is EpisodeState.RESOLVED:
            return episode, None
        return _unseen(episode, facts, at, hidden)
    if episode.state is EpisodeState.RESOLVED:
        return (episode, None) if _has_overlapped(episode, facts) else _recurred(episode, incident, facts, at, hidden)
    return _seen(episode, incident, facts, at, hidden)


def _has_overlapped(episode: Episode, facts: Facts) -> bool:
    """Whether a scan began before the one that last changed the episode had ended."""
    return facts.started_at < episode.judged_at


def _is_forgotten(episode: Episode, at: datetime) -> bool:
    limit = episode.forgotten_at
    return limit is not None and at >= limit


def _opened(
    forgotten: Episode | None, incident: Incident, facts: Facts, at: datetime, hidden: str
) -> tuple[Episode, Event]:
    episode = Episode(
        fingerprint=incident.fingerprint,
        title=incident.title,
        state=EpisodeState.OPEN,
        severity=incident.severity,
        nodes=incident.nodes,
        node_groups=incident.node_groups,
        opened_at=at,
        seen_at=at,
        judged_at=at,
        worst=incident.worst,
        told=_level(incident),
        version=forgotten.version if forgotten else 0,
    )
    return _reported(episode, ChangeKind.OPENED, _on(incident), facts, at, hidden=hidden)


def _recurred(episode: Episode, incident: Incident, facts: Facts, at: datetime, hidden: str) -> tuple[Episode, Event]:
    again, _ = _opened(episode, incident, facts, at, hidden)
    again = replace(
        again,
        recurrences=episode.recurrences + 1,
        owed=episode.owed,
        owed_until=episode.owed_until,
    )
    resolved_at = episode.resolved_at or episode.judged_at
    reason = f"{_on(incident)}, {_time(at - resolved_at)} after it was resolved"
    return _reported(again, ChangeKind.RECURRED, reason, facts, at, hidden=hidden)


def _seen(
    episode: Episode, incident: Incident, facts: Facts, at: datetime, hidden: str
) -> tuple[Episode, Event | None]:
    unknown = {
        one
        for one in set(episode.nodes) - set(incident.nodes)
        if facts.status(one, episode.fingerprint.rule, episode.severity, episode.fingerprint.cluster)
        is NodeStatus.UNKNOWN
    }
    milder_scans = episode.milder_scans + 1 if incident.severity.rank < episode.told.severity.rank else 0
    is_milder = milder_scans >= MILDER_SCANS
    now = replace(
        episode,
        title=incident.title,
        severity=incident.severity,
        nodes=tuple(sorted({*incident.nodes, *unknown})),
        node_groups=tuple(sorted({*incident.node_groups, *(episode.node_groups if unknown else ())})),
        seen_at=max(at, episode.seen_at),
        worst=max(episode.worst, incident.worst, key=badness),
        milder_scans=0 if is_milder else milder_scans,
        told=_level(incident) if is_milder else episode.told,
        clean_scans=0,
        after=None,
    )
    reported = replace(now, told=_level(incident))
    lasted = f"there for {_time(at - episode.opened_at)}"
    if hidden:
        # Nothing is reported, so the reported level stays: what is still worse when the mute ends is reported then.
        return _stamped(episode, now, at), None
    if episode.told_at is None:
        return _reported(reported, ChangeKind.OPENED, f"{_on(incident)}, {lasted}, not reported before", facts, at)
    if reason := _worse(now, incident):
        return _reported(reported, ChangeKind.WORSE, reason, facts, at)
    if incident.severity is Severity.CRITICAL and at - episode.told_at >= REMINDER:
        return _reported(now, ChangeKind.REMINDED, f"still {_on(incident)}, {lasted}", facts, at)
    return _stamped(episode, now, at), None


def _unseen(episode: Episode, facts: Facts, at: datetime, hidden: str) -> tuple[Episode, Event | None]:
    rule, cluster = episode.fingerprint.rule, episode.fingerprint.cluster
    statuses = {facts.status(one, rule, episode.severity, cluster) for one in episode.nodes}
    if not statuses <= {NodeStatus.CLEAN, NodeStatus.GONE}:
        return _stamped(episode, replace(episode, clean_scans=0, after=None), at), None
    if _has_overlapped(episode, facts):
        return episode, None
    there = facts.diagnoses.get(episode.worst.instance_id)
    has_answered = there is not None and there.coverage.status is CaptureStatus.ANSWERED
    clean_scans = min(episode.clean_scans + 1, CLEAN_SCANS)
    now = replace(episode, clean_scans=clean_scans, after=there.readings if there and has_answered else None)
    if clean_scans < CLEAN_SCANS or at - episode.seen_at < traits(rule).lasts:
        return _stamped(episode, now, at), None
    where = counted(len(episode.nodes), "node")
    what = f"gone from {where}" if NodeStatus.CLEAN in statuses else f"{where} of it gone"
    reason = f"{what} after {_time(at - episode.opened_at)}"
    resolved = replace(now, state=EpisodeState.RESOLVED, resolved_at=at)
    never_told = "" if episode.told_at else "nobody was notified that it opened"
    return _reported(resolved, ChangeKind.RESOLVED, reason, facts, at, hidden=hidden or never_told)


def _reported(
    episode: Episode, kind: ChangeKind, reason: str, facts: Facts, at: datetime, *, hidden: str = ""
) -> tuple[Episode, Event]:
    """Return the episode with the change noted, and the event; a hidden event leaves it unreported."""
    change = Change(kind=kind, at=at, scan_id=facts.scan_id, reason=reason)
    episode = replace(episode, judged_at=max(at, episode.judged_at), told_at=episode.told_at if hidden else at)
    return episode, Event(change=change, episode=episode, hidden=hidden)


def _stamped(before: Episode, now: Episode, at: datetime) -> Episode:
    """Return the episode with a new time of evaluation, if more changed than the time when it was last seen."""
    if replace(now, seen_at=before.seen_at) == before:
        return now
    return replace(now, judged_at=max(at, before.judged_at))


def _worse(episode: Episode, incident: Incident) -> str:
    """Return in which way an incident is worse than was reported; empty when it is not."""
    reported, now = episode.told, _level(incident)
    words = []
    if now.severity.rank > reported.severity.rank:
        words.append(f"{now.severity.value}, was {reported.severity.value}")
    if now.nodes >= reported.nodes * WORSE_NODES:
        words.append(f"{counted(now.nodes, 'node')}, was {reported.nodes:,}")
    if now.severity is reported.severity and _is_clearly_worse(incident.worst, reported.measured):
        words.append("the figure is clearly worse than notified")
    return "; ".join(words)


def _is_clearly_worse(worst: Occurrence, reported: float) -> bool:
    if worst.is_falling:
        return worst.measured * WORSE_MEASURED <= reported and worst.measured < reported
    return worst.measured >= reported * WORSE_MEASURED and worst.measured > reported


def _level(incident: Incident) -> Level:
    return Level(severity=incident.severity, nodes=len(incident.nodes), measured=incident.worst.measured)


def _on(incident: Incident) -> str:
    return f"on {counted(len(incident.nodes), 'node')}"


def _time(time: timedelta) -> str:
    return duration(max(time.total_seconds(), 0.0))
