"""What changed since the last scan, in words that text, message and page share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from fleetscan.model.episode import ChangeKind, Chronicle, Episode, Event, Mute
from fleetscan.model.finding import Cause, Severity
from fleetscan.render.words import amounts
from fleetscan.render.words.escape import name, sanitized
from fleetscan.render.words.wording import SHORT_CAUSES

KINDS: Mapping[ChangeKind, str] = {
    ChangeKind.OPENED: "opened",
    ChangeKind.RECURRED: "reopened",
    ChangeKind.WORSE: "escalated",
    ChangeKind.REMINDED: "ongoing",
    ChangeKind.RESOLVED: "resolved",
}
_SUBJECT_CHARACTERS = 60


def severity(event: Event) -> Severity:
    """Return the severity of what an event reports; of what is resolved, the one it had."""
    return event.episode.worst.severity if event.kind is ChangeKind.RESOLVED else event.episode.severity


def lead(events: Sequence[Event]) -> Event | None:
    """Return the most important event: open before resolved, then the worst, the newest, one with a known cause."""
    return max(
        events,
        key=lambda event: (
            event.kind is not ChangeKind.RESOLVED,
            severity(event).rank,
            -list(ChangeKind).index(event.kind),
            event.episode.fingerprint.cause is not Cause.UNATTRIBUTED,
        ),
        default=None,
    )


def subject(episode: Episode) -> str:
    """Return what a finding's history is about in few words: its cause, or its rule where no cause is known."""
    print_ = episode.fingerprint
    about = SHORT_CAUSES.get(print_.cause) or name(print_.rule).replace("_", " ")
    return f"{about} ({name(print_.subject, _SUBJECT_CHARACTERS)})" if print_.subject else about


def title(event: Event) -> str:
    """Return the title with the rule."""
    return f"{sanitized(event.episode.title).rstrip('.')} [{name(event.episode.fingerprint.rule)}]"


def details(event: Event, *, with_cluster: bool) -> str:
    """Return where it is, what changed, and which node is the worst; the evidence stands where that node does."""
    episode = event.episode
    words = sanitized(event.change.reason)
    if with_cluster and episode.fingerprint.cluster:
        words = f"in {name(episode.fingerprint.cluster)}, {words}"
    if episode.fingerprint.subject:
        words = f"{name(episode.fingerprint.subject, _SUBJECT_CHARACTERS)}, {words}"
    elif event.kind is not ChangeKind.RESOLVED and len(episode.nodes) > 1:
        words += f", worst {name(episode.worst.host)}"
    if episode.recurrences and event.kind is not ChangeKind.RECURRED:
        words += f"; reopened {amounts.count(episode.recurrences, 'time')}"
    return f"{words}. Not notified: {sanitized(event.hidden)}" if event.hidden else words


def is_of_many_clusters(chronicle: Chronicle) -> bool:
    """Whether the clusters must be named."""
    return len({episode.fingerprint.cluster for episode in chronicle.episodes} | _clusters(chronicle.events)) > 1


def _clusters(events: Sequence[Event]) -> set[str]:
    return {event.episode.fingerprint.cluster for event in events}


def unchanged(chronicle: Chronicle) -> list[Episode]:
    """Return the open findings that no event reports, information left out; worst first."""
    changed = {event.episode.fingerprint for event in chronicle.events}
    return [
        episode
        for episode in chronicle.episodes
        if episode.fingerprint not in changed and episode.severity is not Severity.INFO
    ]


def open_words(episode: Episode, *, with_cluster: bool) -> str:
    """Return an open finding in a line: rule, cluster, nodes, since when."""
    print_ = episode.fingerprint
    about = f" ({name(print_.subject, _SUBJECT_CHARACTERS)})" if print_.subject else ""
    where = f" in {name(print_.cluster)}" if with_cluster and print_.cluster else ""
    clean = "; not found in the last scan" if episode.clean_scans else ""
    return (
        f"{name(print_.rule)}{about}{where} on {amounts.count(len(episode.nodes), 'node')} "
        f"since {moment(episode.opened_at)}{clean}"
    )


def muted(mute: Mute) -> str:
    """Return what a mute was for, until when, and why."""
    parts = [
        f"{label} {name(pattern)}"
        for label, pattern in (("rule", mute.rule), ("cluster", mute.cluster), ("node group", mute.node_group))
        if pattern != "*"
    ]
    return f"{name(mute.id)}: {', '.join(parts)}, until {moment(mute.until)}: {sanitized(mute.why)}"


def moment(at: datetime) -> str:
    """Return a time to the minute."""
    return at.strftime("%Y-%m-%d %H:%M %Z").strip()
