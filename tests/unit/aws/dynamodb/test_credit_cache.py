"""The CPU credits that were read lately, in a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from fleetscan.aws.dynamodb.credit_cache import DynamoCreditBook
from fleetscan.errors import AccessError
from fleetscan.model import CreditMode, Credits

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "fleetscan"
NOW = 1_768_457_100.0
READINGS = {
    "i-1": (NOW, Credits(mode=CreditMode.STANDARD, balance=0.5, maximum_balance=576.0, baseline_ratio=0.2)),
    "i-2": (NOW - 300, Credits(mode=CreditMode.UNLIMITED, surplus_balance=576.0)),
}


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


def book(table: DynamoDBClient, key: str = "home", *, is_read_only: bool = False) -> DynamoCreditBook:
    """Return a book."""
    return DynamoCreditBook(table, TABLE, lambda: NOW, key=key, is_read_only=is_read_only)


def test_what_was_saved_is_loaded(table: DynamoDBClient) -> None:
    """None stays None; before, there is nothing."""
    before = book(table).load()
    book(table).save(READINGS)

    assert before == {}
    assert book(table).load() == READINGS


def test_each_target_has_a_book_of_its_own(table: DynamoDBClient) -> None:
    """Two shards do not write over each other."""
    book(table, "111122223333/eu-west-1/0-of-2").save(READINGS)

    assert book(table, "111122223333/eu-west-1/1-of-2").load() == {}


def test_who_only_reads_writes_nothing(table: DynamoDBClient) -> None:
    """As from a terminal."""
    book(table, is_read_only=True).save(READINGS)

    assert book(table).load() == {}


def test_a_damaged_book_is_an_error(table: DynamoDBClient) -> None:
    """Whoever asks then reads anew."""
    table.put_item(TableName=TABLE, Item={"pk": {"S": "credits"}, "sk": {"S": "home"}, "body": {"S": "{"}})

    with pytest.raises(ValueError, match="Expecting"):
        book(table).load()


def test_a_refusal_names_the_action(connect: Callable[..., Any]) -> None:
    """Read and write."""

    def refuse(operation: str, _: dict[str, Any]) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, operation)

    refusing = DynamoCreditBook(connect("dynamodb", refuse), TABLE, lambda: NOW)

    with pytest.raises(AccessError, match="dynamodb:GetItem"):
        refusing.load()
    with pytest.raises(AccessError, match="dynamodb:PutItem"):
        refusing.save(READINGS)
