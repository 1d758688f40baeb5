"""Writing scans into the history: what is reported once or again, and what a crash at any point leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleetscan.errors import AccessError
from fleetscan.incidents.tracker import FindingTracker, PendingNotifications
from fleetscan.model import CaptureStatus, Diagnosis, Report
from fleetscan.model.episode import Change, ChangeKind, EpisodeState, Event, Fingerprint
from fleetscan.model.finding import Cause, Severity
from tests.fixtures.lives import (
    RULE,
    START,
    MemoryEpisodes,
    MemoryMutes,
    diagnosis,
    finding,
    instance,
    report,
)

LEAK = Fingerprint(RULE, "live", Cause.SOCKET_QUEUE)
AFFECTED = diagnosis(1, finding())
CLEAN = diagnosis(1)
LEASE = timedelta(minutes=4)
OPENED = ChangeKind.OPENED
MUTE: Mapping[str, object] = {"id": "m1", "rule": "slab_*", "until": "2026-01-20", "why": "a rehearsal"}


class DeathError(BaseException):
    """The function is ended here; nothing catches that."""


def die() -> None:
    """End the function."""
    raise DeathError


@dataclass
class World:
    """A memory, and scans that write into it."""

    episodes: MemoryEpisodes = field(default_factory=MemoryEpisodes)
    mutes: MemoryMutes = field(default_factory=MemoryMutes)
    clusters: tuple[str, ...] = ()
    least: Severity = Severity.WARNING

    def write(self, minute: float, *diagnoses: Diagnosis) -> tuple[Report, PendingNotifications]:
        """Write a scan that began at a minute and took twelve seconds."""
        finding_tracker = self.finding_tracker()
        scan = report(*diagnoses, minute=minute)
        now = scan.started_at + timedelta(seconds=12)
        return finding_tracker.write(scan, now, now + LEASE)

    def scan(self, minute: float, *diagnoses: Diagnosis) -> list[ChangeKind]:
        """Write a scan, send its message, settle; return what the message reported."""
        scan, pending = self.write(minute, *diagnoses)
        self.finding_tracker().clear_pending(pending, at(minute, 13), is_delivered=True)
        return reported(scan)

    def finding_tracker(self) -> FindingTracker:
        """Return the keeper of one invocation."""
        return FindingTracker(
            episodes=self.episodes,
            mutes=self.mutes,
            rules=(RULE, "load_high"),
            clusters=self.clusters,
            least=self.least,
        )

    @property
    def owed(self) -> tuple[Change, ...]:
        """What is owed of the leak."""
        return self.episodes.stored[LEAK].owed


def at(minute: float, seconds: float = 0.0) -> datetime:
    """Return a time."""
    return START + timedelta(minutes=minute, seconds=seconds)


def reported(scan: Report) -> list[ChangeKind]:
    """Return what a message of the report says, in order."""
    assert scan.chronicle is not None
    return [event.kind for event in scan.chronicle.reported]


class TestOneScanAfterTheOther:
    """The ordinary case."""

    def test_from_the_first_message_to_the_last(self) -> None:
        """Opened, quiet, quiet, a clean scan, resolved, quiet: two messages, and nothing is owed at the end."""
        world = World()
        notified = [world.scan(5 * n, one) for n, one in enumerate([AFFECTED, AFFECTED, AFFECTED, CLEAN, CLEAN, CLEAN])]

        assert notified == [[ChangeKind.OPENED], [], [], [], [ChangeKind.RESOLVED], []]
        assert world.owed == ()
        assert world.episodes.stored[LEAK].state is EpisodeState.RESOLVED

    def test_the_report_has_every_open_episode_and_what_is_hidden(self) -> None:
        """Worst first; what is mild is in the report and in no message."""
        world = World()
        mild = finding(Severity.INFO, rule="load_high", cause=Cause.UNATTRIBUTED)
        scan, _ = world.write(0, diagnosis(1, mild, finding()))
        assert scan.chronicle is not None
        expected = [(ChangeKind.OPENED, RULE, ""), (ChangeKind.OPENED, "load_high", "milder than warning")]

        assert expected == [(one.kind, one.episode.fingerprint.rule, one.hidden) for one in scan.chronicle.events]
        assert [one.fingerprint.rule for one in scan.chronicle.episodes] == [RULE, "load_high"]
        assert scan.events == scan.chronicle.events

    def test_what_stays_as_it_is_costs_a_write_an_hour(self) -> None:
        """Twelve scans, three writes: opened, reported, still seen."""
        world = World()
        for number in range(13):
            world.scan(5 * number, AFFECTED)

        assert world.episodes.writes == 3
        assert world.episodes.stored[LEAK].seen_at == at(60, 12)

    def test_a_scan_of_some_clusters_leaves_the_others_alone(self) -> None:
        """Their nodes are not in the report, and not gone either."""
        world = World()
        world.scan(0, AFFECTED)
        before = dict(world.episodes.stored)
        world.clusters = ("staging",)
        notified = [world.scan(minute, diagnosis(2, cluster="staging")) for minute in (5, 10, 15)]

        assert notified == [[], [], []]
        assert before == world.episodes.stored

    def test_the_nodes_of_open_episodes_can_be_asked_for(self) -> None:
        """So that what is only read in suspicion is read until it is over."""
        world = World()
        world.scan(0, AFFECTED, diagnosis(2, finding(rule="load_high", cause=Cause.UNATTRIBUTED)))

        assert world.finding_tracker().followed({RULE}) == {instance(1)}
        assert world.finding_tracker().followed({"other"}) == frozenset()


class TestTwoAtOnce:
    """Overlapping and repeated scans."""

    def fail_if_delivered(self, notified: list[ChangeKind]) -> None:
        """See that a scan in between says nothing."""
        assert notified == []

    def test_of_two_scans_with_the_same_past_one_notifies(self) -> None:
        """The other is let in between reading and storing, and has reported by then."""
        world = World()
        notified: list[list[ChangeKind]] = []
        world.episodes.before_store.append(lambda: notified.append(world.scan(0.1, AFFECTED)))
        notified.append(world.scan(0, AFFECTED))

        assert notified == [[ChangeKind.OPENED], []]
        assert world.owed == ()

    def test_of_two_that_have_not_settled_yet_one_notifies(self) -> None:
        """The second finds the pending notification under the first one's lease and leaves it alone."""
        world = World()
        first, pending = world.write(0, AFFECTED)
        second, none = world.write(0.5, AFFECTED)
        world.finding_tracker().clear_pending(none, at(0.5, 13), is_delivered=True)
        world.finding_tracker().clear_pending(pending, at(0, 50), is_delivered=True)

        assert [reported(first), reported(second)] == [[ChangeKind.OPENED], []]
        assert world.owed == ()

    def test_the_loser_says_what_only_it_has_seen(self) -> None:
        """It looks again at what the winner stored, and finds two nodes where the winner found one."""
        world = World()
        notified: list[list[ChangeKind]] = []
        world.episodes.before_store.append(lambda: notified.append(world.scan(0.1, AFFECTED)))
        scan, pending = world.write(0, AFFECTED, diagnosis(2, finding()))
        world.finding_tracker().clear_pending(pending, at(0, 13), is_delivered=True)

        assert [*notified, reported(scan)] == [[ChangeKind.OPENED], [ChangeKind.WORSE]]
        assert world.owed == ()

    def test_two_clean_scans_at_once_do_not_resolve(self) -> None:
        """Of both only one counts."""
        world = World()
        world.scan(0, AFFECTED)
        world.episodes.before_store.append(lambda: self.fail_if_delivered(world.scan(5.1, CLEAN)))

        assert world.scan(5, CLEAN) == []
        assert world.episodes.stored[LEAK].clean_scans == 1

    def test_the_same_scan_twice_notifies_once(self) -> None:
        """A start that is delivered twice and slips through the claim."""
        world = World()

        assert [world.scan(0, AFFECTED), world.scan(0, AFFECTED)] == [[ChangeKind.OPENED], []]

    def test_a_scan_that_is_overtaken_again_and_again_says_so(self) -> None:
        """It gives up after five, says nothing, and loses nothing: whoever overtakes reports."""
        world = World()

        def overtake() -> None:
            if LEAK not in world.episodes.stored:
                world.write(0, AFFECTED)
            there = world.episodes.stored[LEAK]
            world.episodes.stored[LEAK] = replace(there, version=there.version + 1, told_at=None)
            world.episodes.before_store.append(overtake)

        world.episodes.before_store.append(overtake)
        scan, _ = world.write(0.1, AFFECTED)

        assert reported(scan) == []
        assert scan.notes == (f"{RULE} was changed by other scans all the time; the next scan decides what to notify.",)


class TestCrash:
    """The function dies, or the message does not get out."""

    def test_between_storing_and_sending_the_next_scan_sends(self) -> None:
        """Once its lease has run out; a scan before that leaves it alone."""
        world = World()
        world.write(0, AFFECTED)

        assert world.scan(1, AFFECTED) == []
        assert world.scan(5, AFFECTED) == [ChangeKind.OPENED]
        assert world.scan(10, AFFECTED) == []

    def test_what_happened_since_is_sent_with_it_in_order(self) -> None:
        """It opened, and spread, and only then a scan lived long enough."""
        world = World()
        world.write(0, AFFECTED)
        world.write(5, AFFECTED, diagnosis(2, finding()))

        assert world.scan(10, AFFECTED) == [ChangeKind.OPENED, ChangeKind.WORSE]
        assert world.scan(15, AFFECTED) == []

    def test_a_resolution_is_not_lost_either(self) -> None:
        """Though the episode is over."""
        world = World()
        world.scan(0, AFFECTED)
        world.scan(5, CLEAN)
        world.write(10, CLEAN)

        assert world.scan(15, CLEAN) == [ChangeKind.RESOLVED]

    def test_of_two_that_find_a_pending_notification_one_sends_it(self) -> None:
        """The store lets one take it over."""
        world = World()
        world.write(0, AFFECTED)
        notified: list[list[ChangeKind]] = []
        world.episodes.before_store.append(lambda: notified.append(world.scan(5.1, AFFECTED)))
        notified.append(world.scan(5, AFFECTED))

        assert notified == [[ChangeKind.OPENED], []]

    def test_between_sending_and_settling_it_is_sent_twice(self) -> None:
        """Nobody can know whether it went out; twice is better than never."""
        world = World()
        scan, _ = world.write(0, AFFECTED)

        assert [reported(scan), world.scan(5, AFFECTED)] == [[ChangeKind.OPENED], [ChangeKind.OPENED]]

    def test_a_message_that_did_not_get_out_is_the_next_scan_s_at_once(self) -> None:
        """Without waiting for the lease: the retry of the invocation comes a minute later."""
        world = World()
        _, pending = world.write(0, AFFECTED)
        world.finding_tracker().clear_pending(pending, at(0, 13), is_delivered=False)

        assert world.scan(1, AFFECTED) == [ChangeKind.OPENED]
        assert world.owed == ()

    def test_in_the_middle_of_storing_the_rest_is_new_to_the_next_scan(self) -> None:
        """What was stored is owed until the lease is over, what was not is seen as if for the first time."""
        world = World()
        nodes = diagnosis(1, finding(), finding(rule="load_high", cause=Cause.UNATTRIBUTED))
        world.episodes.before_store += [lambda: None, die]
        with pytest.raises(DeathError):
            world.write(0, nodes)

        assert [world.scan(1, nodes), world.scan(5, nodes), world.scan(10, nodes)] == [[OPENED], [OPENED], []]

    def test_in_the_middle_of_settling_only_the_rest_is_sent_twice(self) -> None:
        """Each pending notification is cleared by itself."""
        world = World()
        nodes = diagnosis(1, finding(), finding(rule="load_high", cause=Cause.UNATTRIBUTED))
        scan, pending = world.write(0, nodes)
        world.episodes.before_store += [lambda: None, die]
        with pytest.raises(DeathError):
            world.finding_tracker().clear_pending(pending, at(0, 13), is_delivered=True)

        assert [reported(scan), world.scan(5, nodes), world.scan(10, nodes)] == [[OPENED, OPENED], [OPENED], []]

    def test_days_without_a_topic_pile_up_a_bounded_number_of_pending_notifications(self) -> None:
        """The newest eight."""
        world = World()
        for number in range(20):
            _, pending = world.write(5 * number, AFFECTED if number % 3 == 0 else CLEAN)
            world.finding_tracker().clear_pending(pending, at(5 * number, 13), is_delivered=False)

        assert len(world.owed) == 8
        assert world.owed[-1].kind is ChangeKind.RECURRED


class TestFailure:
    """The memory itself does not answer."""

    def test_what_cannot_be_read_makes_everything_news(self) -> None:
        """Loud, and said in the report: nothing is called known that is not."""
        world = World(episodes=MemoryEpisodes(error=AccessError("AWS refused dynamodb:Query")))
        scan, pending = world.write(0, AFFECTED)

        assert scan.chronicle is None
        assert scan.notes == (
            (
                "The findings of earlier scans could not be read, so every finding is reported as new: "
                "AccessError: AWS refused dynamodb:Query"
            ),
        )
        assert pending == PendingNotifications()
        assert world.finding_tracker().followed({RULE}) == frozenset()

    def test_what_cannot_be_stored_is_reported_all_the_same(self) -> None:
        """And again by the next scan; the other episodes are not held up."""

        def fail() -> None:
            raise AccessError("AWS refused dynamodb:PutItem")

        world = World()
        world.episodes.before_store.append(fail)
        other = finding(rule="load_high", cause=Cause.UNATTRIBUTED)
        scan, pending = world.write(0, diagnosis(1, other, finding()))
        world.finding_tracker().clear_pending(pending, at(0, 13), is_delivered=True)

        assert reported(scan) == [ChangeKind.OPENED, ChangeKind.OPENED]
        assert scan.notes == ("load_high in live could not be remembered: AccessError: AWS refused dynamodb:PutItem",)
        assert world.scan(5, diagnosis(1, other, finding())) == [ChangeKind.OPENED]

    def test_a_pending_notification_that_cannot_be_cleared_does_not_fail_the_scan(self) -> None:
        """The message is out; the next scan sends it once more."""

        def fail() -> None:
            raise AccessError("AWS refused dynamodb:PutItem")

        world = World()
        _, pending = world.write(0, AFFECTED)
        world.episodes.before_store.append(fail)
        world.finding_tracker().clear_pending(pending, at(0, 13), is_delivered=True)

        assert world.scan(5, AFFECTED) == [ChangeKind.OPENED]

    def test_a_damaged_episode_is_noted_in_the_report(self) -> None:
        """Its life begins anew."""
        world = World(episodes=MemoryEpisodes(problems=("The history of x is lost.",)))
        scan, _ = world.write(0, AFFECTED)

        assert scan.notes == ("The history of x is lost.",)


class TestMutes:
    """Hidden from messages, never from the report."""

    def test_a_muted_incident_is_in_the_report_and_in_no_message(self) -> None:
        """With the mute and its reason."""
        world = World(mutes=MemoryMutes([MUTE]))
        scan, pending = world.write(0, AFFECTED)
        assert scan.chronicle is not None

        assert [one.hidden for one in scan.chronicle.events] == ["muted until 2026-01-21 00:00 UTC: a rehearsal"]
        assert [one.id for one in scan.chronicle.mutes] == ["m1"]
        assert not scan.chronicle.is_news
        assert pending == PendingNotifications()

    def test_a_mute_that_has_run_out_is_reported_once(self) -> None:
        """By one of two scans, and with what it hid."""
        world = World(mutes=MemoryMutes([MUTE]))
        world.scan(0, AFFECTED)
        later = 6 * 1440
        first, pending = world.write(later, AFFECTED)
        second, _ = world.write(later + 1, AFFECTED)
        world.finding_tracker().clear_pending(pending, at(later, 13), is_delivered=True)
        third, _ = world.write(later + 60, AFFECTED)
        expected = [(["m1"], [ChangeKind.OPENED]), ([], []), ([], [])]
        found = []
        for scan in (first, second, third):
            assert scan.chronicle is not None
            found.append(([one.id for one in scan.chronicle.expired_mutes], reported(scan)))

        assert expected == found

    def test_a_notice_that_did_not_get_out_is_reported_by_the_next_scan(self) -> None:
        """After the lease."""
        world = World(mutes=MemoryMutes([{**MUTE, "until": "2026-01-10"}]))
        _, pending = world.write(0, CLEAN)
        world.finding_tracker().clear_pending(pending, at(0, 13), is_delivered=False)
        scan, _ = world.write(5, CLEAN)

        assert scan.chronicle is not None
        assert [one.id for one in scan.chronicle.expired_mutes] == ["m1"]

    def test_a_malformed_entry_mutes_nothing_and_is_reported_in_every_report(self) -> None:
        """Never silence."""
        world = World(mutes=MemoryMutes([{**MUTE, "why": ""}]))
        scans = [world.write(minute, AFFECTED)[0] for minute in (0, 5)]

        assert reported(scans[0]) == [ChangeKind.OPENED]
        assert [scan.notes for scan in scans] == [
            ("Mute 'm1' mutes nothing: it does not say why in 5 to 200 characters.",)
        ] * 2

    def test_a_list_that_cannot_be_read_mutes_nothing(self) -> None:
        """And the report says so."""
        world = World(mutes=MemoryMutes(error=AccessError("AWS refused dynamodb:Query")))
        scan, _ = world.write(0, AFFECTED)

        assert reported(scan) == [ChangeKind.OPENED]
        assert scan.notes == (
            "The mute list could not be read, so nothing is muted: AccessError: AWS refused dynamodb:Query",
        )


# ---- what no order of scans and deaths may lead to ----

ENDS = st.sampled_from(["well", "well", "well", "dies before it sends", "cannot send", "dies before it settles"])
STATES = st.sampled_from([AFFECTED, AFFECTED, CLEAN, CLEAN, diagnosis(1, status=CaptureStatus.TIMED_OUT)])


@given(st.lists(st.tuples(STATES, ENDS), max_size=25))
@settings(max_examples=300)
def test_every_change_reaches_somebody_whatever_dies(history: list[tuple[Diagnosis, str]]) -> None:
    """Reported at least once; and exactly once where no invocation died between sending and settling."""
    world = World()
    decided: dict[Change, int] = {}

    def sent(event: Event) -> None:
        decided[event.change] = decided.get(event.change, 0) + 1

    for number, (state, end) in enumerate([*history, (history[-1][0] if history else AFFECTED, "well")]):
        scan, pending = world.write(5 * number, state)
        assert scan.chronicle is not None
        for event in scan.chronicle.reported:
            decided.setdefault(event.change, 0)
            if end in {"well", "dies before it settles"}:
                sent(event)
        if end in {"well", "cannot send"}:
            world.finding_tracker().clear_pending(pending, at(5 * number, 13), is_delivered=end == "well")
    is_certain = all(end != "dies before it settles" for _, end in history)

    assert all(times >= 1 for times in decided.values())
    assert not is_certain or all(times == 1 for times in decided.values())
    assert all(not episode.owed for episode in world.episodes.stored.values())
