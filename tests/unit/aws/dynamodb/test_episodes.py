"""Episodes in a real table of moto's: the condition, the lost answer, damage, and two scans at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from fleetscan.aws.dynamodb.episodes import DynamoEpisodes, put
from fleetscan.aws.dynamodb.mutes import DynamoMutes
from fleetscan.errors import AccessError, EpisodeError
from fleetscan.incidents.incident import incidents
from fleetscan.incidents.tracker import Debts, Keeper
from fleetscan.model import Diagnosis, Report
from fleetscan.model.episode import RECURRENCE, Change, ChangeKind, Episode, EpisodeState, Fingerprint, Level
from fleetscan.model.finding import Cause, Severity
from fleetscan.ports import Remembered
from fleetscan.storage import episode_codec
from tests.fixtures.lives import RULE, START, WELL, diagnosis, finding, instance, report

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "fleetscan"
LEAK = Fingerprint(RULE, "live", Cause.SOCKET_QUEUE)
KEY = {"pk": {"S": "episodes"}, "sk": {"S": f"{RULE}#live#socket_queue"}}
SICK = diagnosis(1, finding())


@pytest.fixture
def table() -> Iterator[DynamoDBClient]:
    """Provide a table as the template makes it."""
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        client.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        )
        yield client


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
        full = episode(resolved_at=START, after=WELL, recurrences=2, clean_scans=2, milder_scans=1, version=9)

        for one in (episode(), full):
            assert one == episode_codec.read(episode_codec.write(one))

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
    def test_what_can_not_be_reckoned_with_is_damage(self, damaged: Episode) -> None:
        """No rule writes it. Compared with the time of a scan it would fail each time, and the trouble stay untold."""
        with pytest.raises(EpisodeError, match="damaged"):
            episode_codec.read(episode_codec.write(damaged))

    def test_what_a_newer_version_added_is_ignored(self) -> None:
        """A rollback of the stack must not lose the memory."""
        text = episode_codec.write(episode())

        assert episode() == episode_codec.read(f'{{"mood":"bad",{text[1:]}')

    @given(st.one_of(st.text(max_size=50), st.binary(max_size=50).map(repr), st.just("[" * 100_000)))
    def test_anything_else_is_an_error_of_ours(self, text: str) -> None:
        """Whatever somebody wrote into the table."""
        with pytest.raises(EpisodeError):
            episode_codec.read(text)

    def test_a_text_that_was_cut_is_damaged(self) -> None:
        """At any place."""
        text = episode_codec.write(episode())
        for length in range(0, len(text), 37):
            with pytest.raises(EpisodeError):
                episode_codec.read(text[:length])

    def test_an_incident_on_fifteen_thousand_nodes_fits_an_item(self) -> None:
        """An item may have 400 KB."""
        nodes = tuple(instance(number) for number in range(15_000))

        assert len(episode_codec.write(episode(nodes=nodes))) < 380_000


class TestStore:
    """One item, one version after the other."""

    def test_a_request_in_full(self) -> None:
        """What is conditional, and what lies beside the body for TTL and for people."""
        given_episode = episode(version=3)
        expected = {
            "TableName": TABLE,
            "Item": {
                **KEY,
                "version": {"N": "3"},
                "writer": {"S": "w"},
                "state": {"S": "open"},
                "severity": {"S": "critical"},
                "opened_at": {"S": "2026-01-15T06:05:00+00:00"},
                "expires_at": {"N": str(int((START + timedelta(days=90)).timestamp()))},
                "body": {"S": episode_codec.write(given_episode)},
            },
            "ConditionExpression": "#version = :before",
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": {":before": {"N": "2"}},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

        assert expected == put(TABLE, given_episode, before=2, writer="w")

    def test_a_resolved_one_is_kept_as_long_as_it_may_recur(self) -> None:
        """Then TTL takes it."""
        resolved = episode(state=EpisodeState.RESOLVED, resolved_at=START)
        item = put(TABLE, resolved, before=0, writer="w")["Item"]

        assert item["expires_at"] == {"N": str(int((START + RECURRENCE).timestamp()))}

    def test_what_is_stored_is_loaded(self, table: DynamoDBClient) -> None:
        """In its new version; of the clusters that are asked for."""
        memory = DynamoEpisodes(table, TABLE)
        one, other = memory.store(episode()), memory.store(episode("staging"))

        assert one == replace(episode(), version=1)
        assert one is not None
        assert other is not None
        assert memory.load() == Remembered(episodes=(one, other))
        assert memory.load(["staging"]) == Remembered(episodes=(other,))
        assert memory.again(episode()) == one
        assert memory.again(episode("batch")) is None

    def test_of_two_writers_of_one_version_one_is_let_through(self, table: DynamoDBClient) -> None:
        """The first version and any later one."""
        ours, theirs = DynamoEpisodes(table, TABLE), DynamoEpisodes(table, TABLE)
        first = ours.store(episode())

        assert theirs.store(episode()) is None
        assert first is not None
        second = theirs.store(replace(first, recurrences=1))
        assert second is not None
        assert ours.store(replace(first, recurrences=2)) is None
        assert ours.again(first) == second

    def test_read_only_nothing_is_stored(self, table: DynamoDBClient) -> None:
        """A scan from a terminal compares with what is remembered and changes nothing of it."""
        memory = DynamoEpisodes(table, TABLE, is_read_only=True)

        assert memory.store(episode()) == replace(episode(), version=1)
        assert memory.load() == Remembered()

    def test_an_answer_that_got_lost_is_not_a_defeat(self, table: DynamoDBClient) -> None:
        """Botocore sends the same request again, and it meets its own item."""
        memory = DynamoEpisodes(table, TABLE)
        memory.store(episode())

        assert memory.store(episode()) == replace(episode(), version=1)
        assert memory.store(episode(recurrences=1)) is None

    def test_many_pages_are_one_answer(self, table: DynamoDBClient) -> None:
        """A page has a megabyte."""
        memory = DynamoEpisodes(table, TABLE)
        nodes = tuple(instance(number) for number in range(8_000))
        for number in range(8):
            memory.store(episode(f"live-{number}", nodes=nodes))

        assert len(memory.load().episodes) == 8

    @pytest.mark.parametrize("body", ["", "{}", "not json"])
    def test_a_damaged_item_is_told_and_written_over(self, table: DynamoDBClient, body: str) -> None:
        """Its version stands in the condition, so that two scans cannot both begin anew."""
        memory = DynamoEpisodes(table, TABLE)
        memory.store(episode())
        table.put_item(TableName=TABLE, Item={**KEY, "version": {"N": "5"}, "body": {"S": body}})
        loaded, late = memory.load(), DynamoEpisodes(table, TABLE)
        late.load()

        assert loaded.episodes == ()
        assert len(loaded.problems) == 1
        assert loaded.problems[0].startswith(f"What was remembered of {RULE}#live#socket_queue is lost: ")
        assert memory.store(episode()) == replace(episode(), version=6)
        assert late.store(episode()) is None

    def test_an_item_without_a_version_and_one_of_another_trouble_are_damaged(self, table: DynamoDBClient) -> None:
        """Somebody has been at the table by hand."""
        memory = DynamoEpisodes(table, TABLE)
        table.put_item(TableName=TABLE, Item={**KEY, "body": {"S": episode_codec.write(episode("batch"))}})

        assert len(memory.load().problems) == 1
        assert memory.again(episode()) is None
        assert memory.store(episode()) == replace(episode(), version=1)

    @pytest.mark.parametrize("operation", ["Query", "PutItem"])
    def test_a_refusal_names_the_action(self, connect: Callable[..., Any], operation: str) -> None:
        """Denied is not empty."""

        def refuse(asked: str, _: dict[str, Any]) -> dict[str, Any]:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, asked)

        memory = DynamoEpisodes(connect("dynamodb", refuse), TABLE)
        with pytest.raises(AccessError, match=f"dynamodb:{operation} on table {TABLE}"):
            memory.load() if operation == "Query" else memory.store(episode())

    def test_any_other_error_is_raised(self, connect: Callable[..., Any]) -> None:
        """Throttling is not a lost race."""

        def throttle(asked: str, _: dict[str, Any]) -> dict[str, Any]:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow"}}, asked)

        with pytest.raises(ClientError, match="ThrottlingException"):
            DynamoEpisodes(connect("dynamodb", throttle), TABLE).store(episode())


class TestScans:
    """The whole memory in a table: scans at once, repeated, and dead."""

    def write(self, table: DynamoDBClient, minute: float, *nodes: Diagnosis) -> tuple[Keeper, Report, Debts]:
        """Write a scan as one invocation does, with adapters of its own."""
        keeper = Keeper(episodes=DynamoEpisodes(table, TABLE), mutes=DynamoMutes(table, TABLE), rules=(RULE,))
        scan = report(*nodes, minute=minute)
        now = scan.started_at + timedelta(seconds=12)
        return keeper, *keeper.write(scan, now, now + timedelta(minutes=4))

    def told(self, scan: Report) -> list[ChangeKind]:
        """Return what a message of the report tells."""
        assert scan.chronicle is not None
        return [event.kind for event in scan.chronicle.told]

    def test_two_interleaved_scans_send_one_message(self, table: DynamoDBClient) -> None:
        """Both have read the same past before either has stored."""
        first = DynamoEpisodes(table, TABLE)
        stale = first.load()
        _, winner, _ = self.write(table, 0, SICK)

        class Slow(DynamoEpisodes):
            def load(self, clusters: object = ()) -> Remembered:  # noqa: ARG002 - what it read a while ago
                return stale

        keeper = Keeper(episodes=Slow(table, TABLE), mutes=DynamoMutes(table, TABLE), rules=(RULE,))
        scan = report(SICK, minute=0.1)
        loser, debts = keeper.write(scan, scan.started_at + timedelta(seconds=12), START + timedelta(minutes=4))

        assert [self.told(winner), self.told(loser)] == [[ChangeKind.OPENED], []]
        assert debts == Debts()

    def test_a_repeated_scan_sends_none(self, table: DynamoDBClient) -> None:
        """The same start delivered twice."""
        keeper, first, debts = self.write(table, 0, SICK)
        keeper.settle(debts, START + timedelta(seconds=13), is_told=True)
        _, again, none = self.write(table, 0, SICK)

        assert [self.told(first), self.told(again), none] == [[ChangeKind.OPENED], [], Debts()]

    def test_a_death_between_storing_and_sending_is_made_good_by_the_next_scan(self, table: DynamoDBClient) -> None:
        """And by no other."""
        self.write(table, 0, SICK)
        _, early, _ = self.write(table, 1, SICK)
        keeper, later, debts = self.write(table, 5, SICK)
        keeper.settle(debts, START + timedelta(minutes=5, seconds=13), is_told=True)
        _, last, _ = self.write(table, 10, SICK)

        assert [self.told(one) for one in (early, later, last)] == [[], [ChangeKind.OPENED], []]
