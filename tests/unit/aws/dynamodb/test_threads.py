"""Threads of incidents, against a simulated DynamoDB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from fleetscan.aws.dynamodb.threads import DynamoThreads
from fleetscan.errors import AccessError

TABLE = "fleetscan-Table"
NOW = 1_768_457_100.0


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    """Provide a table like the stack's."""
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        client.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        )
        yield client


def threads(dynamodb: Any, channel: str = "C1") -> DynamoThreads:  # noqa: ANN401 - moto's client
    """Return the threads of a channel."""
    return DynamoThreads(dynamodb, TABLE, channel, lambda: NOW)


def test_what_is_kept_is_loaded_for_its_channel_alone(dynamodb: Any) -> None:  # noqa: ANN401 - same
    """Another channel has threads of its own."""
    threads(dynamodb).keep(["a#live#x", "b#live#x"], "1.1", by="scan#1")
    threads(dynamodb).keep(["b#live#x"], "2.2", by="scan#2")

    assert threads(dynamodb).load() == {"a#live#x": "1.1", "b#live#x": "2.2"}
    assert threads(dynamodb, "C2").load() == {}


def test_what_a_message_began_itself_is_left_out_for_it(dynamodb: Any) -> None:  # noqa: ANN401 - same
    """Delivered again, it must become the same posts."""
    threads(dynamodb).keep(["a"], "1.1", by="scan#1")
    threads(dynamodb).keep(["b"], "2.2", by="scan#2")

    assert threads(dynamodb).load(but_by="scan#2") == {"a": "1.1"}


def test_an_item_ends_after_ninety_days(dynamodb: Any) -> None:  # noqa: ANN401 - same
    """By the table's TTL."""
    threads(dynamodb).keep(["a"], "1.1", by="scan#1")
    expected = {
        "pk": {"S": "slack#threads#C1"},
        "sk": {"S": "a"},
        "incident": {"S": "a"},
        "thread": {"S": "1.1"},
        "by": {"S": "scan#1"},
        "expires_at": {"N": str(int(NOW) + 90 * 86_400)},
    }

    assert dynamodb.scan(TableName=TABLE)["Items"] == [expected]


def test_a_name_that_is_too_long_for_a_key_is_kept_by_its_hash(dynamodb: Any) -> None:  # noqa: ANN401 - same
    """An image may be called anything."""
    names = ["a" * 5_000, "a" * 5_000 + "b", "\ud800" * 1_000]
    for number, name in enumerate(names[:2]):
        threads(dynamodb).keep([name], f"{number}.1", by="scan#1")

    assert threads(dynamodb).load() == {names[0]: "0.1", names[1]: "1.1"}


def test_many_are_loaded_page_by_page(connect: Callable[..., Any]) -> None:
    """A page has a megabyte; an item that lacks something is none."""
    pages = [
        {"Items": [{"incident": {"S": "a"}, "thread": {"S": "1.1"}}], "LastEvaluatedKey": {"pk": {"S": "x"}}},
        {"Items": [{"incident": {"S": "b"}, "thread": {"S": "2.2"}}, {"pk": {"S": "damaged"}}]},
    ]

    assert threads(connect("dynamodb", lambda _, __: pages.pop(0))).load() == {"a": "1.1", "b": "2.2"}


def test_a_refusal_names_the_action(connect: Callable[..., Any]) -> None:
    """Both ways."""

    def answer(operation: str, _: dict[str, Any]) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, operation)

    with pytest.raises(AccessError, match="dynamodb:Query on table fleetscan-Table"):
        threads(connect("dynamodb", answer)).load()
    with pytest.raises(AccessError, match="dynamodb:PutItem on table fleetscan-Table"):
        threads(connect("dynamodb", answer)).keep(["a"], "1.1", by="scan#1")
