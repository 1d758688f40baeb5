"""Threads of incidents, against a simulated DynamoDB."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from fleetscan.aws.dynamodb.table import Table
from fleetscan.aws.dynamodb.threads import DynamoThreads
from fleetscan.errors import AccessError
from tests.fixtures.stack_table import TABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = 1_768_457_100.0


def threads(table: Table, channel: str = "C1") -> DynamoThreads:
    """Return the threads of a channel."""
    return DynamoThreads(table, channel, lambda: NOW)


def test_what_is_kept_is_loaded_for_its_channel_alone(table: Table) -> None:
    """Another channel has threads of its own."""
    threads(table).keep(["a#live#x", "b#live#x"], "1.1", by="scan#1")
    threads(table).keep(["b#live#x"], "2.2", by="scan#2")

    assert threads(table).load() == {"a#live#x": "1.1", "b#live#x": "2.2"}
    assert threads(table, "C2").load() == {}


def test_what_a_message_began_itself_is_left_out_for_it(table: Table) -> None:
    """Delivered again, it must become the same posts."""
    threads(table).keep(["a"], "1.1", by="scan#1")
    threads(table).keep(["b"], "2.2", by="scan#2")

    assert threads(table).load(excluding="scan#2") == {"a": "1.1"}


def test_an_item_ends_after_ninety_days(table: Table, dynamodb: DynamoDBClient) -> None:
    """By the table's TTL."""
    threads(table).keep(["a"], "1.1", by="scan#1")
    expected = {
        "pk": {"S": "slack#threads#C1"},
        "sk": {"S": "a"},
        "incident": {"S": "a"},
        "thread": {"S": "1.1"},
        "by": {"S": "scan#1"},
        "expires_at": {"N": str(int(NOW) + 90 * 86_400)},
    }

    assert dynamodb.scan(TableName=TABLE)["Items"] == [expected]


def test_a_name_that_is_too_long_for_a_key_is_kept_by_its_hash(table: Table) -> None:
    """An image may be called anything."""
    names = ["a" * 5_000, "a" * 5_000 + "b", "\ud800" * 1_000]
    for number, name in enumerate(names[:2]):
        threads(table).keep([name], f"{number}.1", by="scan#1")

    assert threads(table).load() == {names[0]: "0.1", names[1]: "1.1"}


def test_many_are_loaded_page_by_page(connect: Callable[..., Any]) -> None:
    """A page has a megabyte; an item that lacks something is none."""
    pages = [
        {"Items": [{"incident": {"S": "a"}, "thread": {"S": "1.1"}}], "LastEvaluatedKey": {"pk": {"S": "x"}}},
        {"Items": [{"incident": {"S": "b"}, "thread": {"S": "2.2"}}, {"pk": {"S": "damaged"}}]},
    ]

    assert threads(Table(connect("dynamodb", lambda _, __: pages.pop(0)), TABLE)).load() == {"a": "1.1", "b": "2.2"}


def test_a_refusal_names_the_action(refusing: Callable[[str], Table]) -> None:
    """Both ways."""
    refused = threads(refusing("AccessDeniedException"))

    with pytest.raises(AccessError, match=f"dynamodb:Query on table {TABLE}"):
        refused.load()
    with pytest.raises(AccessError, match=f"dynamodb:PutItem on table {TABLE}"):
        refused.keep(["a"], "1.1", by="scan#1")
