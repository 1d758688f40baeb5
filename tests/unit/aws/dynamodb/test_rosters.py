"""The workers of the last scan, in a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from fleetscan.aws.dynamodb.rosters import DynamoRosters
from fleetscan.aws.dynamodb.table import Table
from fleetscan.errors import AccessError
from fleetscan.model.roster import Roster
from tests.fixtures.stack_table import TABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT = datetime(2026, 1, 15, 6, 5, tzinfo=UTC)
ROSTER = Roster(
    cluster="live",
    at=AT,
    groups={"": ("i-1",), "ng": ("i-2", "i-3")},
    lost_since=AT,
    groups_lost_since={"ng": AT},
)


def rosters(table: Table) -> DynamoRosters:
    """Return the store."""
    return DynamoRosters(table, AT.timestamp)


def test_what_was_saved_is_loaded(table: Table) -> None:
    """All of it, or what is asked for; the later one of a cluster counts."""
    other = replace(ROSTER, cluster="111122223333/eu-west-1/live", lost_since=None)
    rosters(table).save([replace(ROSTER, groups={})])
    rosters(table).save([ROSTER, other])

    assert sorted(rosters(table).load([]), key=lambda one: one.cluster) == [other, ROSTER]
    assert rosters(table).load(["live"]) == (ROSTER,)
    assert rosters(table).load(["elsewhere"]) == ()


def test_who_only_reads_writes_nothing(table: Table, dynamodb: DynamoDBClient) -> None:
    """As from a terminal."""
    rosters(Table(dynamodb, TABLE, is_read_only=True)).save([ROSTER])

    assert rosters(table).load([]) == ()


@pytest.mark.parametrize("body", [b"", b"not gzip", b"\x1f\x8b\x08\x00"])
def test_a_damaged_roster_is_none(table: Table, dynamodb: DynamoDBClient, body: bytes) -> None:
    """The next scan begins anew; the others are read."""
    dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": "workers"}, "sk": {"S": "x"}, "body": {"B": body}})
    rosters(table).save([ROSTER])

    assert rosters(table).load([]) == (ROSTER,)


def test_a_roster_under_the_name_of_another_cluster_is_none(table: Table, dynamodb: DynamoDBClient) -> None:
    """It would make that cluster look lost."""
    rosters(table).save([ROSTER])
    item = dynamodb.get_item(TableName=TABLE, Key={"pk": {"S": "workers"}, "sk": {"S": "live"}})["Item"]
    dynamodb.put_item(TableName=TABLE, Item={**item, "sk": {"S": "other"}})

    assert rosters(table).load([]) == (ROSTER,)


def test_a_roster_that_is_too_large_is_not_written(table: Table) -> None:
    """DynamoDB would refuse it, and the others with it."""
    noise = tuple(f"i-{hash_:064x}" for hash_ in (pow(3, number, (1 << 255) - 19) for number in range(1, 20_000)))
    rosters(table).save([replace(ROSTER, cluster="huge", groups={"ng": noise}), ROSTER])

    assert rosters(table).load([]) == (ROSTER,)


def test_a_refusal_names_the_action(refusing: Callable[[str], Table]) -> None:
    """Read and write."""
    refused = rosters(refusing("AccessDeniedException"))

    with pytest.raises(AccessError, match="dynamodb:Query"):
        refused.load([])
    with pytest.raises(AccessError, match="dynamodb:PutItem"):
        refused.save([ROSTER])
