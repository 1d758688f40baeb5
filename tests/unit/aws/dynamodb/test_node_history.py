"""The memory of nodes in DynamoDB: batches, what is left unprocessed, and what an item costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from fleetscan.aws.dynamodb.node_history import ATTEMPTS, KEPT_SECONDS, DynamoNodeHistory
from fleetscan.aws.dynamodb.table import Table
from fleetscan.errors import AccessError
from fleetscan.ports import LoadedHistories
from fleetscan.storage.history_codec import MAX_BYTES
from tests.fixtures.stack_table import TABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = 1_800_000_000
WRITE_UNIT_BYTES = 1_024

type Answer = Callable[[str, dict[str, Any]], dict[str, Any]]
type Connect = Callable[[str, Answer], Any]


def instance(number: int) -> str:
    """Return an instance id of full length."""
    return f"i-{number:017x}"


def memory(
    client: Any,  # noqa: ANN401 - a fake or moto's client
    pauses: list[float] | None = None,
    *,
    is_read_only: bool = False,
) -> DynamoNodeHistory:
    """Return the memory of a client, with a clock that stands still."""
    sleep = (lambda _: None) if pauses is None else pauses.append
    return DynamoNodeHistory(Table(client, TABLE, is_read_only=is_read_only, sleep=sleep), clock=lambda: NOW)


def error(code: str, operation: str) -> ClientError:
    """Return a service's error."""
    return ClientError({"Error": {"Code": code, "Message": "no"}}, operation)


class TestTable:
    """Against a table."""

    def test_what_was_saved_is_loaded(self, dynamodb: DynamoDBClient) -> None:
        """More nodes than one call takes; a node that is not there is no node that could not be read."""
        histories = {instance(number): bytes([number % 256]) * (number % 900 + 1) for number in range(250)}

        assert memory(dynamodb).save(histories) == frozenset()
        assert LoadedHistories(histories=histories) == memory(dynamodb).load([*histories, instance(999)])

    def test_an_item_is_of_the_layout_of_the_table(self, dynamodb: DynamoDBClient) -> None:
        """Keys, ring, and when DynamoDB may forget it."""
        memory(dynamodb).save({"i-0": b"abc"})
        (item,) = dynamodb.scan(TableName=TABLE)["Items"]
        expected = {
            "pk": {"S": "node#i-0"},
            "sk": {"S": "memory"},
            "ring": {"B": b"abc"},
            "expires_at": {"N": str(NOW + KEPT_SECONDS)},
        }

        assert expected == item

    def test_whoever_merely_looks_writes_nothing(self, dynamodb: DynamoDBClient) -> None:
        """A scan from a terminal."""
        memory(dynamodb).save({"i-0": b"abc"})
        reader = memory(dynamodb, is_read_only=True)

        assert reader.save({"i-0": b"xyz", "i-1": b"xyz"}) == frozenset()
        assert LoadedHistories(histories={"i-0": b"abc"}) == reader.load(["i-0", "i-1"])


def test_the_largest_item_is_one_write_unit(dynamodb: DynamoDBClient) -> None:
    """Names and values as DynamoDB counts them: a number of ten digits is six bytes and one more."""
    memory(dynamodb).save({instance(0): b"x" * MAX_BYTES})
    (item,) = dynamodb.scan(TableName=TABLE)["Items"]
    sizes = {"pk": len(item["pk"]["S"]), "sk": len(item["sk"]["S"]), "ring": len(item["ring"]["B"]), "expires_at": 7}

    assert set(item) == set(sizes)
    assert sum(len(name) + size for name, size in sizes.items()) <= WRITE_UNIT_BYTES


def test_a_thousand_nodes_are_ten_reads_and_forty_writes(connect: Connect) -> None:
    """Each call as large as it may be, with each node once, eventually consistent."""
    asked: list[tuple[str, int]] = []

    def answer(operation: str, given: dict[str, Any]) -> dict[str, Any]:
        batch = given["RequestItems"][TABLE]
        asked.append((operation, len(batch["Keys"] if operation == "BatchGetItem" else batch)))
        assert operation == "BatchWriteItem" or set(batch) == {"Keys"}
        return {"Responses": {}, "UnprocessedKeys": {}} if operation == "BatchGetItem" else {"UnprocessedItems": {}}

    nodes = [instance(number) for number in range(1_000)]
    store = memory(connect("dynamodb", answer))
    store.load([*nodes, nodes[0]])
    store.save(dict.fromkeys(nodes, b"x"))

    assert asked == [("BatchGetItem", 100)] * 10 + [("BatchWriteItem", 25)] * 40


def test_what_was_left_unprocessed_is_asked_for_again(connect: Connect) -> None:
    """After a pause that doubles; only what was left."""
    pauses: list[float] = []
    counts: list[int] = []

    def answer(_: str, given: dict[str, Any]) -> dict[str, Any]:
        keys = given["RequestItems"][TABLE]["Keys"]
        counts.append(len(keys))
        taken, left = keys[:40], keys[40:]
        return {
            "Responses": {TABLE: [{**key, "ring": {"B": b"r"}} for key in taken]},
            "UnprocessedKeys": {TABLE: {"Keys": left}} if left else {},
        }

    nodes = [instance(number) for number in range(100)]
    found = memory(connect("dynamodb", answer), pauses).load(nodes)

    assert LoadedHistories(histories=dict.fromkeys(nodes, b"r")) == found
    assert counts == [100, 60, 20]
    assert pauses == [0.1, 0.2]


@pytest.mark.parametrize("is_whole_call", [True, False])
def test_a_table_that_stays_throttled_is_reported_and_not_waited_for(connect: Connect, *, is_whole_call: bool) -> None:
    """A bounded number of attempts, whether calls are refused or their items; then the nodes are named."""
    pauses: list[float] = []
    calls: list[str] = []

    def answer(operation: str, given: dict[str, Any]) -> dict[str, Any]:
        calls.append(operation)
        if is_whole_call:
            raise error("ProvisionedThroughputExceededException", operation)
        if operation == "BatchGetItem":
            return {"Responses": {}, "UnprocessedKeys": given["RequestItems"]}
        return {"UnprocessedItems": given["RequestItems"]}

    store = memory(connect("dynamodb", answer), pauses)
    nodes = {instance(1): b"1", instance(2): b"2"}

    assert LoadedHistories(histories={}, unread=frozenset(nodes)) == store.load(list(nodes))
    assert frozenset(nodes) == store.save(nodes)
    assert calls == ["BatchGetItem"] * ATTEMPTS + ["BatchWriteItem"] * ATTEMPTS
    assert sum(pauses) == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("call", "action"),
    [
        (lambda store: store.load(["i-0"]), "dynamodb:BatchGetItem on table fleetscan-Table"),
        (lambda store: store.save({"i-0": b"x"}), "dynamodb:BatchWriteItem on table fleetscan-Table"),
    ],
)
def test_a_refusal_names_the_action(connect: Connect, call: Callable[[DynamoNodeHistory], object], action: str) -> None:
    """Denied is not "nothing remembered"."""

    def answer(operation: str, _: dict[str, Any]) -> dict[str, Any]:
        raise error("AccessDeniedException", operation)

    with pytest.raises(AccessError, match=action):
        call(memory(connect("dynamodb", answer)))


def test_another_error_is_the_caller_s(connect: Connect) -> None:
    """A table that is not there is no throttling."""

    def answer(operation: str, _: dict[str, Any]) -> dict[str, Any]:
        raise error("ResourceNotFoundException", operation)

    store = memory(connect("dynamodb", answer))
    for call in (lambda: store.load(["i-0"]), lambda: store.save({"i-0": b"x"})):
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            call()


def test_nobody_is_asked_about_no_node(connect: Connect) -> None:
    """DynamoDB refuses an empty batch."""

    def answer(operation: str, _: dict[str, Any]) -> dict[str, Any]:
        raise AssertionError(operation)

    store = memory(connect("dynamodb", answer))

    assert LoadedHistories(histories={}) == store.load([])
    assert store.save({}) == frozenset()
