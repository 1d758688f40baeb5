"""The one table: keys, types, pages, conditions, batches, refusals, and a table that is read only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from fleetscan.aws.dynamodb.table import MOST_READS, MOST_WRITES, Condition, Item, Table, Value
from fleetscan.errors import AccessError
from tests.fixtures.stack_table import TABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEY = ("p", "s")
VALUES: dict[str, Value] = {"text": "t", "number": -7, "content": b"\x00\xff"}
UNSEEN = Condition("attribute_not_exists(pk)", {})

type Answer = Callable[[str, dict[str, Any]], dict[str, Any]]
type Connect = Callable[[str, Answer], Any]


@pytest.fixture
def reader(dynamodb: DynamoDBClient) -> Table:
    """Provide the same table read only."""
    return Table(dynamodb, TABLE, is_read_only=True)


class TestItems:
    """One item."""

    def test_it_comes_back_as_it_was(self, table: Table, dynamodb: DynamoDBClient) -> None:
        """Under its keys, with the time at which DynamoDB may forget it, each value in DynamoDB's own type."""
        there = table.put(KEY, VALUES, expires_at=9)

        assert there is None
        assert dynamodb.scan(TableName=TABLE)["Items"] == [
            {
                "pk": {"S": "p"},
                "sk": {"S": "s"},
                "text": {"S": "t"},
                "number": {"N": "-7"},
                "content": {"B": b"\x00\xff"},
                "expires_at": {"N": "9"},
            }
        ]
        assert table.get(KEY) == Item(key=KEY, values={**VALUES, "expires_at": 9})

    def test_what_is_not_there_is_empty(self, table: Table) -> None:
        """No error: whoever asks knows what an empty one means."""
        item = table.get(KEY)

        assert (item.text("text"), item.number("number"), item.content("content")) == ("", 0, b"")

    def test_what_has_another_type_is_as_good_as_not_there(self, table: Table, dynamodb: DynamoDBClient) -> None:
        """Somebody wrote it by hand; it is still there as it is."""
        by_hand: dict[str, Any] = {"text": {"N": "1.5"}, "number": {"BOOL": True}, "content": {"L": [{"S": "a"}]}}
        huge = {"huge": {"N": "9" * 38}}
        dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": "p"}, "sk": {"S": "s"}, **by_hand, **huge})
        item = table.get(KEY)

        assert (item.text("text"), item.number("number"), item.content("content")) == ("", 0, b"")
        assert item.number("huge") == 0
        assert item.values == {**by_hand, **huge}

    def test_it_is_deleted_once(self, table: Table) -> None:
        """And who asks hears whether it was there."""
        table.put(KEY, {}, expires_at=None)

        assert [table.delete(KEY), table.delete(KEY)] == [True, False]


class TestConditions:
    """Of two writers one is let through."""

    def test_who_comes_second_gets_what_is_there(self, table: Table) -> None:
        """And has changed nothing."""
        first = table.put(KEY, {"by": "one"}, expires_at=None, condition=UNSEEN)
        second = table.put(KEY, {"by": "two"}, expires_at=None, condition=UNSEEN)

        assert [first, second] == [None, Item(key=KEY, values={"by": "one"})]
        assert table.get(KEY).text("by") == "one"

    def test_names_that_dynamodb_has_reserved_can_be_asked_for(self, table: Table) -> None:
        """``state`` and ``owner`` are words of its own."""
        table.put(KEY, {"state": "open", "owner": "one"}, expires_at=None)
        wanted = Condition("#state = :state AND #owner = :owner", {"state": "open", "owner": "two"})

        assert table.put(KEY, {}, expires_at=None, condition=wanted) is not None
        wanted = Condition("#state = :state AND #owner = :owner", {"state": "open", "owner": "one"})
        assert table.put(KEY, {}, expires_at=None, condition=wanted) is None

    def test_an_update_sets_what_it_names_and_leaves_the_rest(self, table: Table) -> None:
        """Where its condition holds; a value may have the name of one in the condition."""
        table.put(KEY, {"a": 1, "b": "x"}, expires_at=None)
        done = [table.update(KEY, {"a": 2}, Condition("#a = :a", {"a": each})) for each in (1, 1)]

        assert done == [True, False]
        assert table.get(KEY) == Item(key=KEY, values={"a": 2, "b": "x"})

    def test_any_other_error_is_raised(self, refusing: Callable[[str], Table]) -> None:
        """Throttling is no lost race."""
        throttled = refusing("ThrottlingException")
        for call in (
            lambda: throttled.put(KEY, {}, expires_at=None, condition=UNSEEN),
            lambda: throttled.update(KEY, {"a": 1}, UNSEEN),
        ):
            with pytest.raises(ClientError, match="ThrottlingException"):
                call()


class TestQueries:
    """Many items."""

    def test_a_partition_is_read_in_order_and_no_other(self, table: Table) -> None:
        """All of it, or what begins alike."""
        for key in (("p", "b1"), ("p", "a1"), ("p", "b2"), ("q", "b3")):
            table.put(key, {}, expires_at=None)

        assert [item.key[1] for item in table.query("p")] == ["a1", "b1", "b2"]
        assert [item.key[1] for item in table.query("p", "b")] == ["b1", "b2"]

    def test_page_after_page_until_the_last_or_the_limit(self, connect: Connect) -> None:
        """Each begins where the one before ended."""
        asked: list[dict[str, Any]] = []

        def answer(operation: str, given: dict[str, Any]) -> dict[str, Any]:
            assert operation == "Query"
            asked.append(given)
            number = len(asked)
            last = {"LastEvaluatedKey": {"pk": {"S": "p"}, "sk": {"S": str(number)}}} if number < 3 else {}
            return {"Items": [{"pk": {"S": "p"}, "sk": {"S": str(number)}}], **last}

        table = Table(connect("dynamodb", answer), TABLE)
        every = [item.key[1] for item in table.query("p")]
        asked.clear()
        some = [item.key[1] for item in table.query("p", "x", is_consistent=False, most_pages=2)]

        assert [every, some] == [["1", "2", "3"], ["1", "2"]]
        assert asked[1] == {
            "TableName": TABLE,
            "ConsistentRead": False,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
            "ExpressionAttributeValues": {":pk": {"S": "p"}, ":prefix": {"S": "x"}},
            "ExclusiveStartKey": {"pk": {"S": "p"}, "sk": {"S": "1"}},
        }

    def test_nothing_is_asked_before_somebody_wants_it(self, refusing: Callable[[str], Table]) -> None:
        """A refusal comes with the first item."""
        items = refusing("AccessDeniedException").query("p")

        with pytest.raises(AccessError, match=f"dynamodb:Query on table {TABLE}"):
            next(items)


class TestBatches:
    """Many items at once."""

    def test_more_than_one_call_takes_is_written_and_read(self, table: Table) -> None:
        """Each item under its own key with its own end."""
        keys = [("p", f"{number:03}") for number in range(MOST_READS + MOST_WRITES + 1)]
        ends = {key: number for number, key in enumerate(keys)}
        left = table.put_all({key: {"a": key[1]} for key in keys}, ends, attempts=1, workers=2)
        found, unread = table.get_all([*keys, keys[0], ("p", "none")], attempts=1)

        assert (left, unread) == ([], [])
        assert sorted((item.key, item.text("a"), item.number("expires_at")) for item in found) == [
            (key, key[1], ends[key]) for key in keys
        ]

    @pytest.mark.parametrize("is_whole_call", [True, False])
    def test_what_stays_throttled_is_returned(self, connect: Connect, *, is_whole_call: bool) -> None:
        """After as many attempts as were asked for, each pause twice the one before."""
        pauses: list[float] = []
        calls: list[str] = []

        def answer(operation: str, given: dict[str, Any]) -> dict[str, Any]:
            calls.append(operation)
            if is_whole_call:
                raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "no"}}, operation)
            left = given["RequestItems"]
            return {"UnprocessedItems": left} if "Write" in operation else {"Responses": {}, "UnprocessedKeys": left}

        table = Table(connect("dynamodb", answer), TABLE, sleep=pauses.append)

        assert table.put_all({KEY: {}}, {KEY: 1}, attempts=3, workers=1) == [KEY]
        assert table.get_all([KEY], attempts=2) == ([], [KEY])
        assert calls == ["BatchWriteItem"] * 3 + ["BatchGetItem"] * 2
        assert pauses == [0.1, 0.2, 0.1]

    def test_nothing_is_asked_for_nothing(self, refusing: Callable[[str], Table]) -> None:
        """DynamoDB refuses an empty batch."""
        table = refusing("ValidationException")

        assert table.put_all({}, {}, attempts=1, workers=1) == []
        assert table.get_all([], attempts=1) == ([], [])


@pytest.mark.parametrize(
    ("action", "call"),
    [
        ("GetItem", lambda table: table.get(KEY)),
        ("PutItem", lambda table: table.put(KEY, {}, expires_at=None)),
        ("UpdateItem", lambda table: table.update(KEY, {"a": 1}, UNSEEN)),
        ("DeleteItem", lambda table: table.delete(KEY)),
        ("BatchGetItem", lambda table: table.get_all([KEY], attempts=1)),
        ("BatchWriteItem", lambda table: table.put_all({KEY: {}}, {KEY: 1}, attempts=1, workers=1)),
    ],
)
def test_a_refusal_names_the_action(
    refusing: Callable[[str], Table], action: str, call: Callable[[Table], object]
) -> None:
    """Denied is not empty."""
    with pytest.raises(AccessError, match=f"dynamodb:{action} on table {TABLE}"):
        call(refusing("AccessDeniedException"))


def test_read_only_nothing_is_ever_written(table: Table, reader: Table) -> None:
    """Every way to write is let through and does nothing; who would take something on gets nothing."""
    table.put(KEY, {"a": 1}, expires_at=None)

    assert reader.put(KEY, {"a": 2}, expires_at=None) is None
    assert reader.put(KEY, {"a": 2}, expires_at=None, condition=UNSEEN) is None
    assert reader.put_all({KEY: {"a": 2}, ("p", "new"): {}}, {KEY: 1, ("p", "new"): 1}, attempts=1, workers=1) == []
    assert not reader.update(KEY, {"a": 2}, Condition("attribute_exists(pk)", {}))
    assert not reader.delete(KEY)
    assert list(table.query("p")) == [Item(key=KEY, values={"a": 1})]
    assert reader.get(KEY) == table.get(KEY)
