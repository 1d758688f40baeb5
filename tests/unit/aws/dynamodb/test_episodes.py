"""Episodes in a real table of moto's: the condition, the lost answer, damage, and two scans at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.aws.dynamodb.episodes import DynamoEpisodes
from fleetscan.aws.dynamodb.mutes import DynamoMutes
from fleetscan.aws.dynamodb.table import Table
from fleetscan.errors import AccessError, StoredDataError
from fleetscan.incidents.incident import incidents
from fleetscan.incidents.tracker import FindingTracker, PendingNotifications
from fleetscan.model import Diagnosis, Report
from fleetscan.model.episode import RECURRENCE, Change, ChangeKind, Episode, EpisodeState, Fingerprint, Level
from fleetscan.model.finding import Cause, Severity
from fleetscan.ports import LoadedEpisodes
from fleetscan.storage import value_codec
from tests.fixtures.lives import HEALTHY, RULE, START, diagnosis, finding, instance, report
from tests.fixtures.stack_table import TABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LEAK = Fingerprint(RULE, "live", Cause.SOCKET_QUEUE)
KEY = {"pk": {"S": "episodes"}, "sk": {"S": f"{RULE}#live#socket_queue"}}
AFFECTED = diagnosis(1, finding())


def episode(cluster: str = "live", **changes: Any) -> Episode:  # noqa: ANN401 - whatever a test changes
    """Return an open episode."""
    print_ = replace(LEAK, cluster=cluster)
    incident = incidents(report(diagnosis(1, finding(), cluster=cluster)))[print_]
    made = Episode(
        fingerprint=print_,
        title="The kernel holds memory",
        state=EpisodeState.OPEN,
        severity=Severity.CRITICAL,
        nodes=incident.nodes,
        node_groups=("", "workers"),
        opened_at=START,
        seen_at=START,
        judged_at=START,
        worst=incident.worst,
        told=Level(severity=Severity.CRITICAL, nodes=1, measured=0.54),
        told_at=START,
        owed=(Change(kind=ChangeKind.OPENED, at=START, scan_id="s-1", reason="on 1 node"),),
        owed_until=START,
    )
    return replace(made, **changes)


class TestText:
    """An episode as text."""

    def test_it_comes_back_as_it_went(self) -> None:
        """With everything that may be absent, and with everything there."""
        full = episode(resolved_at=START, after=HEALTHY, recurrences=2, clean_scans=2, milder_scans=1, version=9)

        for one in (episode(), full):
            assert one == value_codec.read(value_codec.write(one), Episode)

    @pytest.mark.parametrize(
        "damaged",
        [
            episode(seen_at=START.replace(tzinfo=None)),
            episode(owed_until=START.replace(year=9999)),
            episode(worst=replace(episode().worst, measured=float("inf"))),
            episode(version=10**400),
        ],
        ids=["no zone", "no century", "no number", "400 digits"],
    )
    def test_what_cannot_be_reckoned_with_is_damage(self, damaged: Episode) -> None:
        """No rule writes it. The comparison with a scan's time would always fail, so nothing would be reported."""
        with pytest.raises(StoredDataError, match="damaged"):
            value_codec.read(value_codec.write(damaged), Episode)

    def test_what_a_newer_version_added_is_ignored(self) -> None:
        """A rollback of the stack must not lose the memory."""
        text = value_codec.write(episode())

        assert episode() == value_codec.read(f'{{"mood":"bad",{text[1:]}', Episode)

    @given(st.one_of(st.text(max_size=50), st.binary(max_size=50).map(repr), st.just("[" * 100_000)))
    def test_anything_else_is_an_error_of_ours(self, text: str) -> None:
        """Whatever somebody wrote into the table."""
        with pytest.raises(StoredDataError):
            value_codec.read(text, Episode)

    def test_a_text_that_was_cut_is_damaged(self) -> None:
        """At any place."""
        text = value_codec.write(episode())
        for length in range(0, len(text), 37):
            with pytest.raises(StoredDataError):
                value_codec.read(text[:length], Episode)

    def test_an_incident_on_fifteen_thousand_nodes_fits_an_item(self) -> None:
        """An item may have 400 KB."""
        nodes = tuple(instance(number) for number in range(15_000))

        assert len(value_codec.write(episode(nodes=nodes))) < 380_000


class TestStore:
    """One item, one version after the other."""

    def test_an_item_in_full(self, table: Table, dynamodb: DynamoDBClient) -> None:
        """What lies beside the body for the condition, for TTL and for people."""
        DynamoEpisodes(table).store(episode())
        (item,) = dynamodb.scan(TableName=TABLE)["Items"]
        writer = item.pop("writer")
        expected = {
            **KEY,
            "version": {"N": "1"},
            "state": {"S": "open"},
            "severity": {"S": "critical"},
            "opened_at": {"S": "2026-01-15T06:05:00+00:00"},
            "expires_at": {"N": str(int((START + timedelta(days=90)).timestamp()))},
            "body": {"S": value_codec.write(episode(version=1))},
        }

        assert item == expected
        assert len(writer["S"]) == 32

    def test_a_resolved_one_is_kept_as_long_as_it_may_recur(self, table: Table, dynamodb: DynamoDBClient) -> None:
        """Then TTL takes it."""
        DynamoEpisodes(table).store(episode(state=EpisodeState.RESOLVED, resolved_at=START))
        (item,) = dynamodb.scan(TableName=TABLE)["Items"]

        assert item["expires_at"] == {"N": str(int((START + RECURRENCE).timestamp()))}

    def test_what_is_stored_is_loaded(self, table: Table) -> None:
        """In its new version; of the clusters that are asked for."""
        memory = DynamoEpisodes(table)
        one, other = memory.store(episode()), memory.store(episode("staging"))

        assert one == replace(episode(), version=1)
        assert one is not None
        assert other is not None
        assert memory.load() == LoadedEpisodes(episodes=(one, other))
        assert memory.load(["staging"]) == LoadedEpisodes(episodes=(other,))
        assert memory.reload(episode()) == one
        assert memory.reload(episode("batch")) is None

    def test_of_two_writers_of_one_version_one_is_let_through(self, table: Table) -> None:
        """The first version and any later one."""
        ours, theirs = DynamoEpisodes(table), DynamoEpisodes(table)
        first = ours.store(episode())

        assert theirs.store(episode()) is None
        assert first is not None
        second = theirs.store(replace(first, recurrences=1))
        assert second is not None
        assert ours.store(replace(first, recurrences=2)) is None
        assert ours.reload(first) == second

    def test_read_only_nothing_is_stored(self, table: Table, dynamodb: DynamoDBClient) -> None:
        """A scan from a terminal compares with what is remembered and changes nothing of it."""
        memory = DynamoEpisodes(Table(dynamodb, TABLE, is_read_only=True))

        assert memory.store(episode()) == replace(episode(), version=1)
        assert memory.load() == DynamoEpisodes(table).load() == LoadedEpisodes()

    def test_an_answer_that_got_lost_is_not_a_defeat(self, table: Table) -> None:
        """Botocore sends the same request again, and it meets its own item."""
        memory = DynamoEpisodes(table)
        memory.store(episode())

        assert memory.store(episode()) == replace(episode(), version=1)
        assert memory.store(episode(recurrences=1)) is None

    def test_many_pages_are_one_answer(self, table: Table) -> None:
        """A page has a megabyte."""
        memory = DynamoEpisodes(table)
        nodes = tuple(instance(number) for number in range(8_000))
        for number in range(8):
            memory.store(episode(f"live-{number}", nodes=nodes))

        assert len(memory.load().episodes) == 8

    @pytest.mark.parametrize("body", ["", "{}", "not json"])
    def test_a_damaged_item_is_reported_and_written_over(
        self, table: Table, dynamodb: DynamoDBClient, body: str
    ) -> None:
        """Its version stands in the condition, so that two scans cannot both begin anew."""
        memory = DynamoEpisodes(table)
        memory.store(episode())
        dynamodb.put_item(TableName=TABLE, Item={**KEY, "version": {"N": "5"}, "body": {"S": body}})
        loaded, late = memory.load(), DynamoEpisodes(table)
        late.load()

        assert loaded.episodes == ()
        assert len(loaded.problems) == 1
        assert loaded.problems[0].startswith(f"The history of {RULE}#live#socket_queue is lost: ")
        assert memory.store(episode()) == replace(episode(), version=6)
        assert late.store(episode()) is None

    def test_an_item_without_a_version_and_one_of_another_kind_are_damaged(
        self, table: Table, dynamodb: DynamoDBClient
    ) -> None:
        """Somebody has been at the table by hand."""
        memory = DynamoEpisodes(table)
        dynamodb.put_item(TableName=TABLE, Item={**KEY, "body": {"S": value_codec.write(episode("batch"))}})

        assert len(memory.load().problems) == 1
        assert memory.reload(episode()) is None
        assert memory.store(episode()) == replace(episode(), version=1)

    @pytest.mark.parametrize("operation", ["Query", "PutItem"])
    def test_a_refusal_names_the_action(self, refusing: Callable[[str], Table], operation: str) -> None:
        """Denied is not empty."""
        memory = DynamoEpisodes(refusing("AccessDeniedException"))
        with pytest.raises(AccessError, match=f"dynamodb:{operation} on table {TABLE}"):
            memory.load() if operation == "Query" else memory.store(episode())

    def test_any_other_error_is_raised(self, refusing: Callable[[str], Table]) -> None:
        """Throttling is not a lost race."""
        with pytest.raises(ClientError, match="ThrottlingException"):
            DynamoEpisodes(refusing("ThrottlingException")).store(episode())


class TestScans:
    """The whole memory in a table: scans at once, repeated, and dead."""

    def write(
        self, table: Table, minute: float, *nodes: Diagnosis
    ) -> tuple[FindingTracker, Report, PendingNotifications]:
        """Write a scan as one invocation does, with adapters of its own."""
        finding_tracker = FindingTracker(episodes=DynamoEpisodes(table), mutes=DynamoMutes(table), rules=(RULE,))
        scan = report(*nodes, minute=minute)
        now = scan.started_at + timedelta(seconds=12)
        return finding_tracker, *finding_tracker.write(scan, now, now + timedelta(minutes=4))

    def reported(self, scan: Report) -> list[ChangeKind]:
        """Return what a message of the report says."""
        assert scan.chronicle is not None
        return [event.kind for event in scan.chronicle.reported]

    def test_two_interleaved_scans_send_one_message(self, table: Table) -> None:
        """Both have read the same past before either has stored."""
        first = DynamoEpisodes(table)
        stale = first.load()
        _, winner, _ = self.write(table, 0, AFFECTED)

        class Slow(DynamoEpisodes):
            def load(self, clusters: object = ()) -> LoadedEpisodes:  # noqa: ARG002 - what it read a while ago
                return stale

        finding_tracker = FindingTracker(episodes=Slow(table), mutes=DynamoMutes(table), rules=(RULE,))
        scan = report(AFFECTED, minute=0.1)
        loser, pending = finding_tracker.write(
            scan, scan.started_at + timedelta(seconds=12), START + timedelta(minutes=4)
        )

        assert [self.reported(winner), self.reported(loser)] == [[ChangeKind.OPENED], []]
        assert pending == PendingNotifications()

    def test_a_repeated_scan_sends_none(self, table: Table) -> None:
        """The same start delivered twice."""
        finding_tracker, first, pending = self.write(table, 0, AFFECTED)
        finding_tracker.clear_pending(pending, START + timedelta(seconds=13), is_delivered=True)
        _, again, none = self.write(table, 0, AFFECTED)

        assert [self.reported(first), self.reported(again), none] == [[ChangeKind.OPENED], [], PendingNotifications()]

    def test_a_death_between_storing_and_sending_is_made_good_by_the_next_scan(self, table: Table) -> None:
        """And by no other."""
        self.write(table, 0, AFFECTED)
        _, early, _ = self.write(table, 1, AFFECTED)
        finding_tracker, later, pending = self.write(table, 5, AFFECTED)
        finding_tracker.clear_pending(pending, START + timedelta(minutes=5, seconds=13), is_delivered=True)
        _, last, _ = self.write(table, 10, AFFECTED)

        assert [self.reported(one) for one in (early, later, last)] == [[], [ChangeKind.OPENED], []]
