"""The mute list in a table of moto's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from fleetscan.aws.dynamodb.mute_edits import MuteEdits
from fleetscan.aws.dynamodb.mutes import DynamoMutes
from fleetscan.aws.dynamodb.table import Table
from fleetscan.errors import AccessError
from fleetscan.incidents import mute
from fleetscan.model.episode import Mute
from tests.fixtures.lives import START
from tests.fixtures.stack_table import TABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MUTE = Mute(id="m1", rule="swap_*", cluster="live", until=START + timedelta(days=1), why="the disks are being moved")
MINUTE = timedelta(minutes=1)


def test_what_is_added_is_read_as_it_was(table: Table) -> None:
    """Through the words in the table."""
    mutes = DynamoMutes(table)
    MuteEdits(table).add(MUTE)

    assert mute.read(mutes.entries(), START, ["swap_thrashing"]).active == (MUTE,)


def test_what_is_removed_is_gone_and_what_is_not_there_is_said(table: Table) -> None:
    """True once."""
    edits = MuteEdits(table)
    edits.add(MUTE)

    assert [edits.remove("m1"), edits.remove("m1")] == [True, False]
    assert DynamoMutes(table).entries() == ()


def test_what_somebody_wrote_by_hand_comes_out_as_it_is(table: Table, dynamodb: DynamoDBClient) -> None:
    """Wrong types and unknown attributes included: the reader complains, not the table."""
    key = {"pk": {"S": "mutes"}, "sk": {"S": "by hand"}}
    dynamodb.put_item(TableName=TABLE, Item={**key, "until": {"N": "5"}, "wy": {"S": "typing"}})
    entries = DynamoMutes(table).entries()

    assert entries == ({"id": "by hand", "until": 5, "wy": "typing"},)
    assert len(mute.read(entries, START, ["swap_thrashing"]).problems) == 1


def test_a_notice_is_taken_by_one_until_its_lease_runs_out(table: Table) -> None:
    """And by nobody once it is reported."""
    mutes = DynamoMutes(table)
    MuteEdits(table).add(MUTE)

    assert mutes.claim_notice("m1", until=START + 4 * MINUTE, now=START)
    assert not mutes.claim_notice("m1", until=START + 9 * MINUTE, now=START + MINUTE)
    assert mutes.claim_notice("m1", until=START + 9 * MINUTE, now=START + 5 * MINUTE)
    mutes.close_notice("m1", now=START + 6 * MINUTE)
    assert not mutes.claim_notice("m1", until=START + 90 * MINUTE, now=START + 60 * MINUTE)


def test_a_reported_mute_leaves_the_table_a_month_later_and_stays_a_mute_until_then(
    table: Table, dynamodb: DynamoDBClient
) -> None:
    """TTL takes it; what was noted of the notice is no part of the entry."""
    mutes = DynamoMutes(table)
    MuteEdits(table).add(MUTE)
    mutes.claim_notice("m1", until=START, now=START)
    mutes.close_notice("m1", now=START)
    item = dynamodb.get_item(TableName=TABLE, Key={"pk": {"S": "mutes"}, "sk": {"S": "m1"}})["Item"]

    assert item["expires_at"] == {"N": str(int((START + timedelta(days=30)).timestamp()))}
    assert mute.read(mutes.entries(), START, ["swap_thrashing"]).problems == ()


def test_a_mute_that_was_removed_meanwhile_is_neither_taken_nor_brought_back(table: Table) -> None:
    """An update would make an item of it."""
    mutes = DynamoMutes(table)

    assert not mutes.claim_notice("m1", until=START, now=START)
    mutes.close_notice("m1", now=START)
    assert mutes.entries() == ()


@pytest.mark.parametrize(
    ("action", "call"),
    [
        ("Query", lambda table: DynamoMutes(table).entries()),
        ("UpdateItem", lambda table: DynamoMutes(table).claim_notice("m1", until=START, now=START)),
        ("UpdateItem", lambda table: DynamoMutes(table).close_notice("m1", now=START)),
        ("PutItem", lambda table: MuteEdits(table).add(MUTE)),
        ("DeleteItem", lambda table: MuteEdits(table).remove("m1")),
    ],
)
def test_a_refusal_names_the_action(
    refusing: Callable[[str], Table], action: str, call: Callable[[Table], object]
) -> None:
    """Denied is not empty."""
    with pytest.raises(AccessError, match=f"dynamodb:{action} on table {TABLE}"):
        call(refusing("AccessDeniedException"))


def test_read_only_no_notice_is_taken(table: Table, dynamodb: DynamoDBClient) -> None:
    """A scan from a terminal notifies nobody, so it must not say that somebody was notified."""
    MuteEdits(table).add(MUTE)

    assert not DynamoMutes(Table(dynamodb, TABLE, is_read_only=True)).claim_notice("m1", until=START, now=START)
    assert DynamoMutes(table).claim_notice("m1", until=START, now=START)
