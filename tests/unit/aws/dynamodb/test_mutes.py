"""The mute list in a table of moto's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from fleetscan.aws.dynamodb.mute_edits import MuteEdits
from fleetscan.aws.dynamodb.mutes import DynamoMutes
from fleetscan.errors import AccessError
from fleetscan.incidents import mute
from fleetscan.model.episode import Mute
from tests.fixtures.lives import START

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "fleetscan"
MUTE = Mute(id="m1", rule="swap_*", cluster="live", until=START + timedelta(days=1), why="the disks are being moved")
MINUTE = timedelta(minutes=1)


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


def test_what_is_added_is_read_as_it_was(table: DynamoDBClient) -> None:
    """Through the words in the table."""
    mutes = DynamoMutes(table, TABLE)
    MuteEdits(table, TABLE).add(MUTE)

    assert mute.read(mutes.entries(), START, ["swap_thrashing"]).active == (MUTE,)


def test_what_is_removed_is_gone_and_what_is_not_there_is_said(table: DynamoDBClient) -> None:
    """True once."""
    edits = MuteEdits(table, TABLE)
    edits.add(MUTE)

    assert [edits.remove("m1"), edits.remove("m1")] == [True, False]
    assert DynamoMutes(table, TABLE).entries() == ()


def test_what_somebody_wrote_by_hand_comes_out_as_it_is(table: DynamoDBClient) -> None:
    """Wrong types and unknown attributes included: the reader complains, not the table."""
    key = {"pk": {"S": "mutes"}, "sk": {"S": "by hand"}}
    table.put_item(TableName=TABLE, Item={**key, "until": {"N": "5"}, "wy": {"S": "typing"}})
    entries = DynamoMutes(table, TABLE).entries()

    assert entries == ({"id": "by hand", "until": {"N": "5"}, "wy": "typing"},)
    assert len(mute.read(entries, START, ["swap_thrashing"]).problems) == 1


def test_a_notice_is_taken_by_one_until_its_lease_runs_out(table: DynamoDBClient) -> None:
    """And by nobody once it is told."""
    mutes = DynamoMutes(table, TABLE)
    MuteEdits(table, TABLE).add(MUTE)

    assert mutes.take("m1", until=START + 4 * MINUTE, now=START)
    assert not mutes.take("m1", until=START + 9 * MINUTE, now=START + MINUTE)
    assert mutes.take("m1", until=START + 9 * MINUTE, now=START + 5 * MINUTE)
    mutes.close("m1", now=START + 6 * MINUTE)
    assert not mutes.take("m1", until=START + 90 * MINUTE, now=START + 60 * MINUTE)


def test_a_told_mute_leaves_the_table_a_month_later_and_stays_a_mute_until_then(table: DynamoDBClient) -> None:
    """TTL takes it; what was noted of the notice is no part of the entry."""
    mutes = DynamoMutes(table, TABLE)
    MuteEdits(table, TABLE).add(MUTE)
    mutes.take("m1", until=START, now=START)
    mutes.close("m1", now=START)
    item = table.get_item(TableName=TABLE, Key={"pk": {"S": "mutes"}, "sk": {"S": "m1"}})["Item"]

    assert item["expires_at"] == {"N": str(int((START + timedelta(days=30)).timestamp()))}
    assert mute.read(mutes.entries(), START, ["swap_thrashing"]).problems == ()


def test_a_mute_that_was_removed_meanwhile_is_neither_taken_nor_brought_back(table: DynamoDBClient) -> None:
    """An update would make an item of it."""
    mutes = DynamoMutes(table, TABLE)

    assert not mutes.take("m1", until=START, now=START)
    mutes.close("m1", now=START)
    assert mutes.entries() == ()


@pytest.mark.parametrize(
    ("action", "call"),
    [
        ("Query", lambda client: DynamoMutes(client, TABLE).entries()),
        ("UpdateItem", lambda client: DynamoMutes(client, TABLE).take("m1", until=START, now=START)),
        ("UpdateItem", lambda client: DynamoMutes(client, TABLE).close("m1", now=START)),
        ("PutItem", lambda client: MuteEdits(client, TABLE).add(MUTE)),
        ("DeleteItem", lambda client: MuteEdits(client, TABLE).remove("m1")),
    ],
)
def test_a_refusal_names_the_action(connect: Callable[..., Any], action: str, call: Callable[[Any], object]) -> None:
    """Denied is not empty."""

    def refuse(asked: str, _: dict[str, Any]) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, asked)

    with pytest.raises(AccessError, match=f"dynamodb:{action} on table {TABLE}"):
        call(connect("dynamodb", refuse))


def test_read_only_no_notice_is_taken(table: DynamoDBClient) -> None:
    """A scan from a terminal tells nobody, so it must not say that somebody was told."""
    MuteEdits(table, TABLE).add(MUTE)

    assert not DynamoMutes(table, TABLE, is_read_only=True).take("m1", until=START, now=START)
    assert DynamoMutes(table, TABLE).take("m1", until=START, now=START)
