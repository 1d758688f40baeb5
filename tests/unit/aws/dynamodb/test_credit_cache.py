"""The CPU credits that were read lately, in a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from fleetscan.aws.dynamodb.credit_cache import DynamoCreditCache, DynamoDiskCache
from fleetscan.aws.dynamodb.table import Table
from fleetscan.errors import AccessError, StoredDataError
from fleetscan.model import CreditMode, Credits
from fleetscan.model.disk_limits import Checks, DiskLimits, VolumeLimits
from tests.fixtures.stack_table import TABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = 1_768_457_100.0
READINGS = {
    "i-1": (NOW, Credits(mode=CreditMode.STANDARD, balance=0.5, maximum_balance=576.0, baseline_ratio=0.2)),
    "i-2": (NOW - 300, Credits(mode=CreditMode.UNLIMITED, surplus_balance=576.0)),
}


def cache(table: Table, key: str = "home") -> DynamoCreditCache:
    """Return a book."""
    return DynamoCreditCache(table, lambda: NOW, key=key)


def test_what_was_saved_is_loaded(table: Table) -> None:
    """None stays None; before, there is nothing."""
    before = cache(table).load()
    cache(table).save(READINGS)

    assert before == {}
    assert cache(table).load() == READINGS


def test_limits_of_disks_are_cached_beside_the_credits(table: Table) -> None:
    """Neither is written over by the other."""
    limits = {"i-1": (NOW, DiskLimits(volumes=(VolumeLimits(volume_id="vol-0a", iops=Checks(total=9, exceeded=2)),)))}
    cache(table).save(READINGS)
    DynamoDiskCache(table, lambda: NOW).save(limits)

    assert DynamoDiskCache(table, lambda: NOW).load() == limits
    assert cache(table).load() == READINGS
    assert DynamoDiskCache(table, lambda: NOW, key="elsewhere").load() == {}


def test_each_target_has_a_book_of_its_own(table: Table) -> None:
    """Two shards do not write over each other."""
    cache(table, "111122223333/eu-west-1/0-of-2").save(READINGS)

    assert cache(table, "111122223333/eu-west-1/1-of-2").load() == {}


def test_who_only_reads_writes_nothing(table: Table, dynamodb: DynamoDBClient) -> None:
    """As from a terminal."""
    cache(Table(dynamodb, TABLE, is_read_only=True)).save(READINGS)

    assert cache(table).load() == {}


def test_a_damaged_book_is_an_error(table: Table, dynamodb: DynamoDBClient) -> None:
    """Whoever asks then reads anew."""
    dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": "credits"}, "sk": {"S": "home"}, "body": {"S": "{"}})

    with pytest.raises(StoredDataError, match=r"^is damaged \(Expecting"):
        cache(table).load()


def test_a_refusal_names_the_action(refusing: Callable[[str], Table]) -> None:
    """Read and write."""
    refused = cache(refusing("AccessDeniedException"))

    with pytest.raises(AccessError, match="dynamodb:GetItem"):
        refused.load()
    with pytest.raises(AccessError, match="dynamodb:PutItem"):
        refused.save(READINGS)
