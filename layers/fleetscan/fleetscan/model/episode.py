"""The finding history between scans, and what is reported of it.

Until incidents are formed per root cause, an incident is what one scan found of one rule with one cause in one cluster,
and an episode is its history: one on sixteen nodes is one episode. It opens, is ongoing while nothing changes,
escalates, resolves, and may be reopened. Values only; ``incidents.lifecycle`` says how one becomes the next.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import field
from datetime import datetime, timedelta

from fleetscan.immutable import immutable
from fleetscan.model.finding import Cause, Severity
from fleetscan.model.readings import Readings

UNREAD = "The findings of earlier scans could not be read, so every finding is reported as new"
"""The start of the note that explains why the same findings are reported in every scan."""

RECURRENCE = timedelta(days=7)
"""What comes back within a week is the old finding, with its history. Also how long a resolved episode is kept."""

FLEET = "fleet"
"""The subject of a finding of the fleet that names none."""


@immutable(kw_only=False, order=True)
class Fingerprint:
    """What makes two findings the same problem: rule, cluster and cause, on whichever node."""

    rule: str
    cluster: str
    cause: Cause
    subject: str = ""
    """What a finding of the fleet is about, such as an image; empty for what was found on nodes."""

    def __str__(self) -> str:
        """``<rule>#<cluster>#<cause>`` and ``#<subject>`` where there is one: none can hold a number sign."""
        words = (self.rule, self.cluster, self.cause.value, self.subject)
        return "#".join(words if self.subject else words[:-1])


@immutable
class Occurrence:
    """A finding on one node at one moment, with that node's readings."""

    instance_id: str
    host: str
    """The name an operator knows the node by; its instance id where it has none."""
    at: datetime
    severity: Severity
    text: str
    """The evidence in words."""
    measured: float
    limit: float
    readings: Readings = field(default_factory=Readings)

    @property
    def is_falling(self) -> bool:
        """Whether a lower value is worse: available memory, hours to exhaustion."""
        return self.measured < self.limit


@immutable
class Incident:
    """The findings of one scan that share a fingerprint: one rule with one cause in one cluster."""

    fingerprint: Fingerprint
    title: str
    nodes: tuple[str, ...]
    """Instance ids, sorted."""
    node_groups: tuple[str, ...]
    """The node groups of those nodes, sorted; empty text for nodes that have none."""
    worst: Occurrence
    """The worst of them: highest severity, then the value farthest beyond the limit, then the most affected node."""

    @property
    def severity(self) -> Severity:
        """The severity of the worst."""
        return self.worst.severity


class ChangeKind(enum.StrEnum):
    """What can be reported of an episode, most important first."""

    OPENED = "opened"
    RECURRED = "recurred"
    WORSE = "worse"
    REMINDED = "reminded"
    RESOLVED = "resolved"


@immutable
class Change:
    """One transition of an episode."""

    kind: ChangeKind
    at: datetime
    scan_id: str
    """The scan that saw it."""
    reason: str
    """What changed, in words: "3 nodes, was 1"."""


class EpisodeState(enum.StrEnum):
    """Whether the problem is open, as far as it is known."""

    OPEN = "open"
    RESOLVED = "resolved"


@immutable
class Level:
    """How bad an episode was when it was last reported, to detect an escalation."""

    severity: Severity
    nodes: int
    measured: float


@immutable
class Episode:
    """The history of one problem: of one incident (one rule with one cause) over all scans."""

    fingerprint: Fingerprint
    title: str
    state: EpisodeState
    severity: Severity
    """Of the last scan that saw it."""
    nodes: tuple[str, ...]
    """Instance ids, sorted: nodes that have it, or had it and are not known to have recovered."""
    node_groups: tuple[str, ...]
    opened_at: datetime
    """When it began; after a recurrence, when it began again."""
    seen_at: datetime
    """When a scan last saw it; may lag by up to an hour while nothing else changes."""
    judged_at: datetime
    """When it last changed. A scan that began before this cannot clear it: the two scans overlapped."""
    worst: Occurrence
    """At its worst since it opened: the "before" of before and after."""
    told: Level
    told_at: datetime | None = None
    """When a notification about it was last due; None if it was never reported."""
    milder_scans: int = 0
    """Scans in a row that saw it at a lower severity than was reported."""
    clean_scans: int = 0
    """Scans in a row that evaluated every node of it and found nothing."""
    resolved_at: datetime | None = None
    after: Readings | None = None
    """Of the worst node in the last clean scan; None if it is gone, or while the problem is open."""
    recurrences: int = 0
    owed: tuple[Change, ...] = ()
    """Pending notifications: changes that are decided and stored, but not known to be delivered."""
    owed_until: datetime | None = None
    """Until then the scan that decided them is expected to deliver them; later it must have failed."""
    version: int = 0
    """Counts the writes; 0 is not stored yet."""

    @property
    def forgotten_at(self) -> datetime | None:
        """When it is no longer remembered, once it is resolved; None while it is open."""
        return None if self.resolved_at is None else self.resolved_at + RECURRENCE


@immutable
class Event:
    """A change that was seen in a scan, with the episode as it is now."""

    change: Change
    episode: Episode
    hidden: str = ""
    """Why no message reports it: muted, or below the configured severity; empty if it is reported."""

    @property
    def kind(self) -> ChangeKind:
        """The kind of its change."""
        return self.change.kind


@immutable
class Mute:
    """What nobody wants messages about, for how long, and why. ``*`` and ``?`` are wildcards."""

    id: str
    until: datetime
    why: str
    rule: str = "*"
    cluster: str = "*"
    node_group: str = "*"


@immutable
class Mutes:
    """The mute list at one moment."""

    active: tuple[Mute, ...] = ()
    expired: tuple[Mute, ...] = ()
    problems: tuple[str, ...] = ()
    """One sentence for each entry that is no mute. It mutes nothing."""


@immutable
class Chronicle:
    """What the finding history adds to one scan: what changed, what is open, which mutes are in force.

    A stored report has it under ``chronicle``, so that name stays. So do the stored fields of ``Episode``: ``told`` is
    what was reported, ``judged_at`` when it was evaluated, ``owed`` what is pending.
    """

    events: tuple[Event, ...] = ()
    """What changed, worst first: opened, recurred, worse, reminded, resolved."""
    episodes: tuple[Episode, ...] = ()
    """Every open episode of the scanned clusters, worst first."""
    mutes: tuple[Mute, ...] = ()
    """The mutes in force."""
    expired_mutes: tuple[Mute, ...] = ()
    """Mutes that have expired and were not reported yet."""

    @property
    def reported(self) -> tuple[Event, ...]:
        """The events that a message reports."""
        return tuple(self._reported())

    @property
    def is_news(self) -> bool:
        """Whether there is anything to report in a message."""
        return bool(self.expired_mutes) or any(True for _ in self._reported())

    def _reported(self) -> Iterator[Event]:
        return (event for event in self.events if not event.hidden)
