"""The ledger of metric series in a table: one page an hour, and of two writers of one version one is let through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from fleetscan.aws.dynamodb.series_ledger import DynamoSeriesLedger
from fleetscan.aws.dynamodb.table import Table
from fleetscan.errors import AccessError
from fleetscan.ports import LedgerPage
from tests.fixtures.stack_table import TABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

HOUR = "2026-01-15T06"
NOW = 1_768_457_100.0


def ledger(table: Table) -> DynamoSeriesLedger:
    """Return a ledger."""
    return DynamoSeriesLedger(table, lambda: NOW)


def test_a_page_is_blank_until_it_is_written(table: Table) -> None:
    """And then it is what was written, a version further."""
    page = ledger(table).paid(HOUR)
    is_written = ledger(table).pay(replace(page, series=frozenset({"a", "b"})))

    assert page == LedgerPage(hour=HOUR)
    assert is_written
    assert ledger(table).paid(HOUR) == LedgerPage(hour=HOUR, series=frozenset({"a", "b"}), version=1)
    assert ledger(table).paid("2026-01-15T07") == LedgerPage(hour="2026-01-15T07")


def test_of_two_writers_of_a_version_one_is_let_through(table: Table) -> None:
    """Of a blank page and of a written one."""
    for version in range(2):
        page = ledger(table).paid(HOUR)
        first = ledger(table).pay(replace(page, series=frozenset({f"first-{version}"})))
        second = ledger(table).pay(replace(page, series=frozenset({f"second-{version}"})))

        assert (first, second) == (True, False)
        assert ledger(table).paid(HOUR).series == {f"first-{version}"}


def test_a_page_goes_by_itself(table: Table, dynamodb: DynamoDBClient) -> None:
    """A day later; the table's TTL does it."""
    ledger(table).pay(LedgerPage(hour=HOUR, series=frozenset({"a"})))
    item = dynamodb.get_item(TableName=TABLE, Key={"pk": {"S": "series"}, "sk": {"S": HOUR}})["Item"]

    assert item["expires_at"] == {"N": str(int(NOW) + 86_400)}


def test_a_refusal_names_the_action(refusing: Callable[[str], Table]) -> None:
    """And any other error passes through."""
    refused = ledger(refusing("AccessDeniedException"))

    with pytest.raises(AccessError, match=f"dynamodb:GetItem on table {TABLE}"):
        refused.paid(HOUR)
    with pytest.raises(AccessError, match=f"dynamodb:PutItem on table {TABLE}"):
        refused.pay(LedgerPage(hour=HOUR))
    with pytest.raises(ClientError, match="InternalServerError"):
        ledger(refusing("InternalServerError")).pay(LedgerPage(hour=HOUR))
