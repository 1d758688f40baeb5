"""Writes one scan into the finding history: what changed since the last one, and what must be notified.

This is an outbox (docs/adr/0010). A change is stored together with its pending notification; the message is sent; the
pending notification is cleared. A scan that fails in between leaves it, and the first scan after its lease has expired
sends it. Of two scans that see the same change at once, the store accepts one; the other reads again.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from fleetscan.diagnosis.catalogue import traits
from fleetscan.errors import in_words
from fleetscan.immutable import immutable
from fleetscan.incidents import mute
from fleetscan.incidents.incident import incidents
from fleetscan.incidents.lifecycle import advance
from fleetscan.incidents.node_status import Facts
from fleetscan.model import Report
from fleetscan.model.episode import (
    UNREAD,
    Change,
    ChangeKind,
    Chronicle,
    Episode,
    EpisodeState,
    Event,
    Fingerprint,
    Incident,
    Mute,
    Mutes,
)
from fleetscan.model.finding import Cause, Severity
from fleetscan.ports import Episodes, LoadedEpisodes, MuteList

ATTEMPTS = 5
"""How often a transition is computed again while other scans store theirs; two at once are rare."""
FRESHNESS = timedelta(hours=1)
"""How far ``seen_at`` may lag in the store: an incident that does not change costs one write per hour."""
LEAST_LEASE = timedelta(minutes=1)
"""The shortest time that a scan has to send its message, even if it is over its deadline."""
MOST_PENDING = 8
"""Pending notifications of one episode. There can only be more while no message could be sent for days."""

logger = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class PendingNotifications:
    """What a scan has to notify: stored with the change, cleared when the message was sent."""

    episodes: dict[Fingerprint, tuple[Episode, tuple[Change, ...]]] = field(default_factory=dict)
    """Each episode as it was stored, with the changes that this scan reports."""
    mutes: tuple[Mute, ...] = ()


@immutable
class FindingTracker:
    """What writing a scan needs besides the scan: the stores, the rules, the clusters, the least severity."""

    episodes: Episodes
    mutes: MuteList
    rules: Collection[str]
    """The ids of the rules that there are."""
    clusters: tuple[str, ...] = ()
    """The clusters that were scanned; empty for all."""
    least: Severity = Severity.WARNING
    """The mildest finding that is notified."""

    def followed(self, rules: Collection[str]) -> frozenset[str]:
        """Return the nodes of the open episodes of some rules; none if the history cannot be read."""
        try:
            loaded = self.episodes.load(self.clusters)
        except Exception:
            logger.exception("The finding history could not be loaded")
            return frozenset()
        return frozenset(
            instance_id
            for episode in loaded.episodes
            if episode.state is EpisodeState.OPEN and episode.fingerprint.rule in rules
            for instance_id in episode.nodes
        )

    def write(self, report: Report, now: datetime, lease: datetime) -> tuple[Report, PendingNotifications]:
        """Write a scan into the history; return its report with what changed, and the pending notifications.

        ``lease`` is when this scan has ended, whether it succeeded or not. Raises nothing: if the history cannot be
        read, the report says so and everything in it is new.
        """
        try:
            loaded = self.episodes.load(self.clusters)
        except Exception as error:
            logger.exception("The finding history could not be loaded")
            words = f"{UNREAD}: {in_words(error)}"
            return replace(report, notes=(*report.notes, words)), PendingNotifications()
        muted, mute_notes = self._mutes(now)
        writing = _Writing(
            finding_tracker=self,
            facts=Facts(
                scan_id=report.scan_id,
                started_at=report.started_at,
                diagnoses={diagnosis.node.instance_id: diagnosis for diagnosis in report.diagnoses},
                unseen=report.unseen,
                lost=frozenset(
                    instance_id
                    for one in report.fleet_findings
                    if traits(one.rule).has_lost_nodes
                    for instance_id in one.instance_ids
                ),
                is_roster_read=report.is_roster_read,
            ),
            now=now,
            lease=max(lease, now + LEAST_LEASE),
            muted=muted,
        )
        writing.follow_all(loaded, incidents(report))
        notices = tuple(one for one in muted.expired if writing.claims_notice(one))
        writing.pending.mutes = notices
        chronicle = Chronicle(
            events=_ordered(writing.events),
            episodes=_worst_first(writing.open),
            mutes=muted.active,
            expired_mutes=notices,
        )
        notes = (*report.notes, *loaded.problems, *mute_notes, *writing.notes)
        return replace(report, chronicle=chronicle, notes=notes), writing.pending

    def clear_pending(self, pending: PendingNotifications, now: datetime, *, is_delivered: bool) -> None:
        """Clear what was notified; or, if the message could not be sent, leave it to the next scan at once.

        Raises nothing: a notification that cannot be cleared is sent twice, which is better than never.
        """
        for episode, changes in pending.episodes.values():
            try:
                self._clear_pending(episode, changes, now, is_delivered=is_delivered)
            except Exception:
                logger.exception("The pending notification of %s could not be cleared", episode.fingerprint)
        for one in pending.mutes if is_delivered else ():
            try:
                self.mutes.close_notice(one.id, now=now)
            except Exception:
                logger.exception("The notice of mute %s could not be closed", one.id)

    def _clear_pending(
        self, episode: Episode, changes: tuple[Change, ...], now: datetime, *, is_delivered: bool
    ) -> None:
        there: Episode | None = episode
        for _ in range(ATTEMPTS):
            if there is None or not set(there.owed) & set(changes):
                return
            owed = tuple(one for one in there.owed if one not in changes) if is_delivered else there.owed
            until = (there.owed_until if owed else None) if is_delivered else now
            if self.episodes.store(replace(there, owed=owed, owed_until=until)) is not None or not is_delivered:
                return
            there = self.episodes.reload(there)

    def _mutes(self, now: datetime) -> tuple[Mutes, tuple[str, ...]]:
        try:
            muted = mute.read(self.mutes.entries(), now, self.rules)
        except Exception as error:
            logger.exception("The mute list could not be read")
            return Mutes(), (f"The mute list could not be read, so nothing is muted: {in_words(error)}",)
        return muted, muted.problems


@dataclass(slots=True, kw_only=True)
class _Writing:
    """One scan while it is being written."""

    finding_tracker: FindingTracker
    facts: Facts
    now: datetime
    lease: datetime
    muted: Mutes
    events: list[Event] = field(default_factory=list)
    open: list[Episode] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    pending: PendingNotifications = field(default_factory=PendingNotifications)

    def follow_all(self, loaded: LoadedEpisodes, seen: dict[Fingerprint, Incident]) -> None:
        known = {episode.fingerprint: episode for episode in loaded.episodes}
        for print_ in sorted({*known, *seen}):
            try:
                self._follow(known.get(print_), seen.get(print_))
            except Exception as error:
                logger.exception("The finding history %s could not be stored", print_)
                self.notes.append(f"{print_.rule} in {print_.cluster} could not be remembered: {in_words(error)}")

    def claims_notice(self, expired: Mute) -> bool:
        """Whether this scan has to notify that a mute has expired."""
        try:
            return self.finding_tracker.mutes.claim_notice(expired.id, until=self.lease, now=self.now)
        except Exception as error:
            logger.exception("The notice of mute %s could not be taken", expired.id)
            self.notes.append(f"Mute {expired.id} has run out; that could not be noted: {in_words(error)}")
            return True

    def _follow(self, known: Episode | None, incident: Incident | None) -> None:
        store = self.finding_tracker.episodes
        for _ in range(ATTEMPTS):
            episode, event = advance(known, incident, self.facts, self.now, hidden=self._hidden(known, incident))
            if episode is None:
                return
            left = _left(episode, self.now)
            new = () if event is None or event.hidden else (event.change,)
            if left or new:
                episode = replace(episode, owed=(*episode.owed, *new)[-MOST_PENDING:], owed_until=self.lease)
            stored: Episode | None = episode
            if _is_worth_a_write(known, episode):
                try:
                    stored = store.store(episode)
                except Exception:
                    # It was not stored, so it will be new again; notified twice is better than never.
                    self._keep(episode, event, ())
                    raise
            if stored is not None:
                self._keep(stored, event, left)
                if left or new:
                    self.pending.episodes[stored.fingerprint] = (stored, (*left, *new))
                return
            known = store.reload(episode)
        rule = incident.fingerprint.rule if incident else "A finding"
        self.notes.append(f"{rule} was changed by other scans all the time; the next scan decides what to notify.")

    def _keep(self, episode: Episode, event: Event | None, left: Iterable[Change]) -> None:
        if episode.state is EpisodeState.OPEN:
            self.open.append(episode)
        self.events += [Event(change=change, episode=episode) for change in left]
        if event is not None:
            self.events.append(replace(event, episode=episode))

    def _hidden(self, known: Episode | None, incident: Incident | None) -> str:
        if incident is not None:
            if incident.severity.rank < self.finding_tracker.least.rank:
                return f"milder than {self.finding_tracker.least.value}"
            return mute.hidden_by(self.muted.active, incident.fingerprint, incident.node_groups)
        return "" if known is None else mute.hidden_by(self.muted.active, known.fingerprint, known.node_groups)


def moment(seconds: float) -> datetime:
    """Return seconds since the epoch as a datetime in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def _left(episode: Episode, now: datetime) -> tuple[Change, ...]:
    """Return the changes whose message is still due although the scan that decided them has ended."""
    is_left = episode.owed_until is None or episode.owed_until <= now
    return episode.owed if is_left else ()


def _is_worth_a_write(before: Episode | None, now: Episode) -> bool:
    if before is None or now.seen_at - before.seen_at >= FRESHNESS:
        return True
    return replace(now, seen_at=before.seen_at) != before


def _ordered(events: Iterable[Event]) -> tuple[Event, ...]:
    kinds = list(ChangeKind)
    return tuple(
        sorted(
            events,
            key=lambda event: (
                bool(event.hidden),
                kinds.index(event.kind),
                -event.episode.severity.rank,
                event.episode.fingerprint.cause is Cause.UNATTRIBUTED,
                -len(event.episode.nodes),
                event.episode.fingerprint,
                event.change.at,
            ),
        )
    )


def _worst_first(episodes: Iterable[Episode]) -> tuple[Episode, ...]:
    return tuple(sorted(episodes, key=lambda episode: (-episode.severity.rank, episode.fingerprint)))
