"""The life of an episode, transition by transition, and what no sequence of scans may ever lead to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleetscan.incidents.incident import incidents
from fleetscan.incidents.lifecycle import (
    CLEAN_SCANS,
    MILDER_SCANS,
    REMINDER,
    WORSE_MEASURED,
    WORSE_NODES,
    advance,
)
from fleetscan.incidents.node_status import Facts
from fleetscan.model import CaptureStatus, Diagnosis, Report
from fleetscan.model.episode import (
    RECURRENCE,
    Change,
    ChangeKind,
    Episode,
    EpisodeState,
    Event,
    Fingerprint,
    Incident,
    Level,
)
from fleetscan.model.finding import Cause, Finding, Severity
from tests.fixtures.lives import AFFECTED, HEALTHY, RULE, START, diagnosis, finding, instance, report

LEAK = Fingerprint(RULE, "live", Cause.SOCKET_QUEUE)
WARNING = finding(Severity.WARNING, measured=0.12, limit=0.10)
MIB = 1 << 20


def facts_of(scan: Report) -> Facts:
    """Return a scan as the lifecycle asks it."""
    return Facts(
        scan_id=scan.scan_id,
        started_at=scan.started_at,
        diagnoses={one.node.instance_id: one for one in scan.diagnoses},
    )


@dataclass
class Life:
    """One episode through scans five minutes apart, each of them twelve seconds long."""

    episode: Episode | None = None
    minute: float = 0.0
    events: list[Event] = field(default_factory=list)

    def scan(self, *diagnoses: Diagnosis, hidden: str = "", after: float = 5.0) -> list[tuple[ChangeKind, str]]:
        """Scan so many minutes later; return what there is to report: nothing, or one change and its reason."""
        self.minute += after
        scan = report(*diagnoses, minute=self.minute)
        at = scan.started_at + timedelta(seconds=12)
        incident = incidents(scan).get(LEAK)
        self.episode, event = advance(self.episode, incident, facts_of(scan), at, hidden=hidden)
        if event is None:
            return []
        assert event.change.scan_id == scan.scan_id
        self.events.append(event)
        return [(event.kind, event.change.reason)]

    @property
    def now(self) -> Episode:
        """The episode, which there is."""
        assert self.episode is not None
        return self.episode


def affected_nodes(*numbers: int, found: Finding | None = None) -> list[Diagnosis]:
    """Return nodes that have the leak."""
    return [diagnosis(number, found or finding()) for number in numbers]


def clean(*numbers: int) -> list[Diagnosis]:
    """Return nodes that answered and have nothing."""
    return [diagnosis(number) for number in numbers]


def silent(*numbers: int) -> list[Diagnosis]:
    """Return nodes that did not answer."""
    return [diagnosis(number, status=CaptureStatus.TIMED_OUT) for number in numbers]


class TestOpening:
    """The first scan that sees it."""

    def test_what_is_not_seen_has_no_life(self) -> None:
        """Nothing becomes nothing."""
        life = Life()

        assert life.scan(*clean(1, 2)) == []
        assert life.episode is None

    def test_one_incident_on_sixteen_nodes_opens_once(self) -> None:
        """The whole episode, as it is stored."""
        life = Life()
        reported = life.scan(*affected_nodes(*range(1, 17)))
        at = START + timedelta(minutes=5, seconds=12)
        incident = incidents(report(*affected_nodes(*range(1, 17)), minute=5))[LEAK]
        expected = Episode(
            fingerprint=LEAK,
            title="The kernel holds memory",
            state=EpisodeState.OPEN,
            severity=Severity.CRITICAL,
            nodes=tuple(instance(number) for number in range(1, 17)),
            node_groups=("workers",),
            opened_at=at,
            seen_at=at,
            judged_at=at,
            worst=incident.worst,
            told=Level(severity=Severity.CRITICAL, nodes=16, measured=0.54),
            told_at=at,
        )

        assert reported == [(ChangeKind.OPENED, "on 16 nodes")]
        assert expected == life.episode

    def test_what_is_hidden_is_reported_when_it_may_be(self) -> None:
        """A mute that runs out does not swallow what opened under it; what it hides is no event a second time."""
        life = Life()

        assert life.scan(*affected_nodes(1), hidden="muted") == [(ChangeKind.OPENED, "on 1 node")]
        assert life.events[0].hidden == "muted"
        assert life.now.told_at is None
        assert life.scan(*affected_nodes(1, 2, 3, 4), hidden="muted") == []
        assert life.scan(*affected_nodes(1, 2)) == [
            (ChangeKind.OPENED, "on 2 nodes, there for 10 min, not reported before")
        ]
        assert life.now.told == Level(severity=Severity.CRITICAL, nodes=2, measured=0.54)


class TestQuiet:
    """An open episode that stays as it is."""

    def test_unchanged_it_says_nothing_for_a_day(self) -> None:
        """287 scans of five minutes."""
        life = Life()
        life.scan(*affected_nodes(1, 2))
        before = life.now
        for _ in range(287):
            assert life.scan(*affected_nodes(1, 2)) == []
        assert replace(life.now, seen_at=before.seen_at) == before

    def test_a_node_more_or_less_and_a_figure_that_wavers_say_nothing(self) -> None:
        """The nodes are kept up to date all the same."""
        life = Life()
        life.scan(*affected_nodes(1, 2, 3))

        assert life.scan(*affected_nodes(1, 2, 4, 5, 6, found=finding(measured=0.6)), *clean(3)) == []
        assert life.now.nodes == tuple(instance(number) for number in (1, 2, 4, 5, 6))
        assert life.now.worst.measured == 0.6

    def test_a_silent_node_stays_a_node_of_it(self) -> None:
        """It had the leak when it was last heard."""
        life = Life()
        life.scan(*affected_nodes(1, 2))
        life.scan(*affected_nodes(1), *silent(2))

        assert life.now.nodes == (instance(1), instance(2))


class TestWorse:
    """Severity, spread, figure."""

    def test_a_higher_severity_is_worse(self) -> None:
        """And then quiet again."""
        life = Life()
        life.scan(*affected_nodes(1, found=WARNING))

        assert life.scan(*affected_nodes(1)) == [(ChangeKind.WORSE, "critical, was warning")]
        assert life.scan(*affected_nodes(1)) == []

    def test_spreading_is_reported_at_every_doubling(self) -> None:
        """One node after the other on sixteen: four messages after the first."""
        life = Life()
        reported = [
            reason for number in range(1, 17) for _, reason in life.scan(*affected_nodes(*range(1, number + 1)))
        ]
        expected = ["on 1 node", *(f"{2 * was} nodes, was {was}" for was in (1, 2, 4, 8))]

        assert WORSE_NODES == 2
        assert expected == reported

    @pytest.mark.parametrize(("measured", "is_worse"), [(0.374, False), (0.375, True), (0.9, True)])
    def test_a_figure_half_as_bad_again_is_worse(self, measured: float, *, is_worse: bool) -> None:
        """Exactly at the limit is worse."""
        life = Life()
        life.scan(*affected_nodes(1, found=finding(measured=0.25)))
        expected = [(ChangeKind.WORSE, "the figure is clearly worse than notified")] if is_worse else []

        assert WORSE_MEASURED == 1.5
        assert expected == life.scan(*affected_nodes(1, found=finding(measured=measured)))

    @pytest.mark.parametrize(("measured", "is_worse"), [(0.025, False), (0.02, True), (0.0, True)])
    def test_where_less_is_worse_a_third_less_is(self, measured: float, *, is_worse: bool) -> None:
        """Memory that is left."""
        life = Life()
        life.scan(*affected_nodes(1, found=finding(measured=0.03, limit=0.05)))

        assert is_worse == bool(life.scan(*affected_nodes(1, found=finding(measured=measured, limit=0.05))))

    def test_a_figure_of_nothing_that_stays_nothing_is_not_worse(self) -> None:
        """Half as much again as zero is zero."""
        life = Life()
        life.scan(*affected_nodes(1, found=finding(measured=0.0, limit=0.05)))

        assert life.scan(*affected_nodes(1, found=finding(measured=0.0, limit=0.05))) == []

    def test_what_became_milder_for_two_scans_may_become_worse_again(self) -> None:
        """One mild scan between two critical ones is no news, two are followed by some."""
        life = Life()
        life.scan(*affected_nodes(1))

        assert MILDER_SCANS == 2
        assert [life.scan(*affected_nodes(1, found=WARNING)), life.scan(*affected_nodes(1))] == [[], []]
        assert [life.scan(*affected_nodes(1, found=WARNING)), life.scan(*affected_nodes(1, found=WARNING))] == [[], []]
        assert life.scan(*affected_nodes(1)) == [(ChangeKind.WORSE, "critical, was warning")]

    def test_what_became_worse_under_a_mute_is_reported_after_it(self) -> None:
        """Muted, it is not compared with what it is but with what was reported."""
        life = Life()
        life.scan(*affected_nodes(1, found=WARNING))

        assert life.scan(*affected_nodes(1, 2), hidden="muted") == []
        assert life.scan(*affected_nodes(1, 2)) == [(ChangeKind.WORSE, "critical, was warning; 2 nodes, was 1")]


class TestReminder:
    """A critical problem that nobody touches."""

    def test_it_comes_every_day(self) -> None:
        """Twice in 49 hours."""
        life = Life()
        life.scan(*affected_nodes(1))
        reported = [reported for _ in range(49 * 12) for reported in life.scan(*affected_nodes(1))]
        expected = [
            (ChangeKind.REMINDED, "still on 1 node, there for 1 d"),
            (ChangeKind.REMINDED, "still on 1 node, there for 2 d"),
        ]

        assert timedelta(hours=24) == REMINDER
        assert expected == reported

    def test_a_warning_is_not_repeated(self) -> None:
        """Nor what cannot be seen just now."""
        life = Life()
        life.scan(*affected_nodes(1, found=WARNING))

        assert life.scan(*affected_nodes(1, found=WARNING), after=3000) == []
        life = Life()
        life.scan(*affected_nodes(1))
        assert life.scan(*silent(1), after=3000) == []


class TestResolving:
    """Two clean scans in a row, and what clean means."""

    def test_two_clean_scans_in_a_row_resolve_it_with_before_and_after(self) -> None:
        """The readings of the worst node at its worst, and now."""
        life = Life()
        life.scan(*affected_nodes(1, 2))

        assert CLEAN_SCANS == 2
        assert life.scan(*clean(1, 2)) == []
        assert life.scan(*clean(1, 2)) == [(ChangeKind.RESOLVED, "gone from 2 nodes after 10 min")]
        assert (life.now.state, life.now.worst.readings, life.now.after) == (EpisodeState.RESOLVED, AFFECTED, HEALTHY)
        assert life.scan(*clean(1, 2)) == []

    def test_the_before_is_the_worst_that_was_seen(self) -> None:
        """Not the first, not the last."""
        life = Life()
        for free in (200, 86, 150):
            readings = replace(AFFECTED, memory_free_bytes=free * MIB, memory_some_avg60_percent=99.0 - free / 10)
            life.scan(diagnosis(1, finding(measured=1.0 - free / 1000), readings=readings))
        life.scan(*clean(1))
        life.scan(*clean(1))

        assert life.now.worst.readings.memory_free_bytes == 86 * MIB

    @pytest.mark.parametrize(
        "between",
        [
            affected_nodes(1, 2),
            [*clean(1), *silent(2)],
            [*clean(1), diagnosis(2, skipped={RULE: "Slabinfo was truncated"})],
            [*clean(1), diagnosis(2, finding(cause=Cause.UNATTRIBUTED))],
        ],
        ids=["seen again", "a node silent", "the rule skipped", "another cause"],
    )
    def test_a_scan_that_is_not_clean_begins_the_count_anew(self, between: list[Diagnosis]) -> None:
        """Unknown is not healthy."""
        life = Life()
        life.scan(*affected_nodes(1, 2))
        life.scan(*clean(1, 2))
        life.scan(*between)

        assert life.now.state is EpisodeState.OPEN
        assert life.scan(*clean(1, 2)) == []
        assert life.scan(*clean(1, 2))[0][0] is ChangeKind.RESOLVED

    def test_nodes_that_are_gone_are_rid_of_it(self) -> None:
        """Replaced by new ones, it is resolved; there is no after."""
        life = Life()
        life.scan(*affected_nodes(1, 2))
        life.scan(*clean(3, 4))

        assert life.scan(*clean(3, 4)) == [(ChangeKind.RESOLVED, "2 nodes of it gone after 10 min")]
        assert life.now.after is None

    def test_a_leak_that_moved_to_new_nodes_is_the_same_leak(self) -> None:
        """Replacing nodes hides no DaemonSet."""
        life = Life()
        life.scan(*affected_nodes(1, 2))

        assert life.scan(*affected_nodes(3, 4)) == []
        assert life.now.nodes == (instance(3), instance(4))

    def test_what_was_never_reported_resolves_in_silence(self) -> None:
        """The resolved message is sent where the opened one was."""
        life = Life()
        life.scan(*affected_nodes(1), hidden="milder than critical")
        life.scan(*clean(1))
        life.scan(*clean(1))

        assert life.events[-1].hidden == "nobody was notified that it opened"

    def test_kills_are_over_after_a_day_without_one(self) -> None:
        """A job that is killed every hour is one problem."""
        kill = Fingerprint("oom_kill_node", "live", Cause.UNATTRIBUTED)
        killed = report(diagnosis(1, finding(rule="oom_kill_node", cause=Cause.UNATTRIBUTED)))
        episode, _ = advance(None, incidents(killed)[kill], facts_of(killed), START)
        states = []
        for hour in (1, 2, 23, 24):
            healthy = report(diagnosis(1), minute=hour * 60)
            episode, _ = advance(episode, None, facts_of(healthy), healthy.started_at)
            assert episode is not None
            states.append(episode.state)

        assert states == [EpisodeState.OPEN] * 3 + [EpisodeState.RESOLVED]


class TestRecurring:
    """What comes back."""

    def resolved(self) -> Life:
        """Return an episode that was resolved after 15 minutes."""
        life = Life()
        for nodes in (affected_nodes(1), clean(1), clean(1)):
            life.scan(*nodes)
        return life

    def test_within_a_week_it_is_the_same_episode(self) -> None:
        """With a new before, and reported even though it is no worse."""
        life = self.resolved()
        reported = life.scan(*affected_nodes(1, found=WARNING), after=2 * 1440)

        assert reported == [(ChangeKind.RECURRED, "on 1 node, 2 d after it was resolved")]
        assert (life.now.state, life.now.recurrences, life.now.resolved_at) == (EpisodeState.OPEN, 1, None)
        assert life.now.worst.severity is Severity.WARNING

    def test_after_a_week_it_is_a_new_one(self) -> None:
        """In the place of the old one, so that the store lets it through."""
        life = self.resolved()
        life.episode = replace(life.now, version=7)

        assert life.scan(*affected_nodes(1), after=RECURRENCE.total_seconds() / 60) == [
            (ChangeKind.OPENED, "on 1 node")
        ]
        assert (life.now.recurrences, life.now.version) == (0, 7)

    def test_a_forgotten_one_that_is_not_seen_stays_forgotten(self) -> None:
        """Until the table drops it."""
        life = self.resolved()
        before = life.now

        assert life.scan(*clean(1), after=20_000) == []
        assert before == life.episode


class TestOverlap:
    """A scan that began before the episode last changed."""

    def late(self, episode: Episode, *nodes: Diagnosis) -> tuple[Episode | None, Event | None]:
        """Judge a scan that began a minute before the last change, now."""
        scan = report(*nodes, minute=(episode.judged_at - START).total_seconds() / 60 - 1)
        at = episode.judged_at + timedelta(seconds=30)
        return advance(episode, incidents(scan).get(LEAK), facts_of(scan), at)

    def test_two_clean_scans_at_once_are_one(self) -> None:
        """They looked at the same minute."""
        life = Life()
        life.scan(*affected_nodes(1))
        life.scan(*clean(1))

        assert self.late(life.now, *clean(1)) == (life.episode, None)

    def test_a_doubt_counts_all_the_same(self) -> None:
        """A node that was silent in a scan at the same time was not clean."""
        life = Life()
        life.scan(*affected_nodes(1))
        life.scan(*clean(1))
        episode, event = self.late(life.now, *silent(1))

        assert event is None
        assert episode is not None
        assert episode.clean_scans == 0

    def test_it_does_not_reopen_what_a_newer_scan_resolved(self) -> None:
        """The next scan will see it if it is there."""
        life = Life()
        for nodes in (affected_nodes(1), clean(1), clean(1)):
            life.scan(*nodes)

        assert self.late(life.now, *affected_nodes(1)) == (life.episode, None)

    def test_it_may_say_that_it_is_worse(self) -> None:
        """Trouble that was seen was there."""
        life = Life()
        life.scan(*affected_nodes(1))
        _, event = self.late(life.now, *affected_nodes(1, 2))

        assert event is not None
        assert event.kind is ChangeKind.WORSE


# ---- what no sequence of scans may lead to ----

states_of_a_node = st.sampled_from(["sick", "warned", "clean", "silent", "skipped", "gone", "renamed"])
scans = st.lists(
    st.tuples(
        st.lists(states_of_a_node, min_size=3, max_size=3),
        st.sampled_from(["", "", "", "muted"]),
        st.sampled_from([0.1, 5.0, 5.0, 5.0, 700.0, 1500.0, 12_000.0]),
    ),
    max_size=30,
)


def nodes_in(states: list[str]) -> list[Diagnosis]:
    """Return three nodes in these states."""
    made: dict[str, Callable[[int], Diagnosis]] = {
        "sick": lambda number: diagnosis(number, finding()),
        "warned": lambda number: diagnosis(number, WARNING),
        "clean": diagnosis,
        "silent": lambda number: diagnosis(number, status=CaptureStatus.TIMED_OUT),
        "skipped": lambda number: diagnosis(number, skipped={RULE: "not read"}),
        "renamed": lambda number: diagnosis(number, finding(cause=Cause.UNATTRIBUTED)),
    }
    return [made[state](number) for number, state in enumerate(states) if state != "gone"]


@given(scans)
@settings(max_examples=400)
def test_every_change_is_reported_in_order_and_none_twice(history: list[tuple[list[str], str, float]]) -> None:
    """Opened or recurred, then anything but these, then resolved; two openings never follow each other.

    What a hidden opening kept back is reported once as opened when it may be reported.
    """
    life = Life()
    for states, hidden, after in history:
        life.scan(*nodes_in(states), hidden=hidden, after=after)
    begins = {ChangeKind.OPENED, ChangeKind.RECURRED}
    reported = [event for event in life.events if not event.hidden]
    for first, second in pairwise(reported):
        if second.kind in begins:
            # A resolution in between may itself have been hidden by a mute.
            between = life.events[life.events.index(first) : life.events.index(second)]
            assert any(event.kind is ChangeKind.RESOLVED for event in between)
    for event in reported:
        if event.kind not in begins:
            before = life.events[: life.events.index(event)]
            assert any(one.kind in begins and not one.hidden for one in before)


@given(scans)
@settings(max_examples=400)
def test_the_episode_is_open_exactly_while_the_events_say_so(history: list[tuple[list[str], str, float]]) -> None:
    """No event is lost: replayed, hidden ones included, they give the state that the episode has."""
    life = Life()
    for states, hidden, after in history:
        life.scan(*nodes_in(states), hidden=hidden, after=after)
        is_open = False
        for event in life.events:
            is_open = event.kind is not ChangeKind.RESOLVED
        assert is_open == (life.episode is not None and life.now.state is EpisodeState.OPEN)


@given(scans)
@settings(max_examples=400)
def test_only_two_clean_scans_in_a_row_resolve(history: list[tuple[list[str], str, float]]) -> None:
    """In both of them every node of the episode was evaluated without a finding, or is gone."""
    life = Life()
    earlier: list[tuple[tuple[str, ...], dict[str, str]]] = []
    for states, hidden, after in history:
        affected = life.episode.nodes if life.episode else ()
        reported = life.scan(*nodes_in(states), hidden=hidden, after=after)
        earlier.append((affected, {instance(number): state for number, state in enumerate(states)}))
        if reported and reported[0][0] is ChangeKind.RESOLVED:
            assert len(earlier) > CLEAN_SCANS
            for nodes, seen in earlier[-CLEAN_SCANS:]:
                assert {seen[node] for node in nodes} <= {"clean", "gone"}


@given(scans)
@settings(max_examples=400)
def test_a_scan_that_repeats_the_last_says_nothing_more(history: list[tuple[list[str], str, float]]) -> None:
    """At most one message a change: seen a second time at once, nothing has changed but the count of clean scans.

    No scan overlaps another here: one that does may not say everything, and leaves that to the next.
    """
    life = Life()
    for states, hidden, after in history:
        life.scan(*nodes_in(states), hidden=hidden, after=max(after, 0.5))
        again = Life(episode=life.episode, minute=life.minute)
        reported = again.scan(*nodes_in(states), hidden=hidden, after=0.5)
        assert [kind for kind, _ in reported] in ([], [ChangeKind.RESOLVED])


def opened_in(scan: Report, incident: Incident) -> Event:
    """Return the event of an opening, made by hand."""
    change = Change(kind=ChangeKind.OPENED, at=scan.started_at, scan_id=scan.scan_id, reason="on 1 node")
    episode, _ = advance(None, incident, facts_of(scan), scan.started_at)
    assert episode is not None
    return Event(change=change, episode=episode)


def test_an_event_carries_the_episode_as_it_is_after_it() -> None:
    """So that a message needs nothing else."""
    scan = report(*affected_nodes(1))
    incident = incidents(scan)[LEAK]
    _, event = advance(None, incident, facts_of(scan), scan.started_at)

    assert opened_in(scan, incident) == event
