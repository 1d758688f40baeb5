"""Work that is done once, against a simulated DynamoDB."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import pytest
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyPersistenceLayerError,
)
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError

from fleetscan.aws.dynamodb import once
from fleetscan.errors import SlackError
from tests.fixtures.stack_table import TABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Context:
    """A minute is left, or the time is over."""

    def __init__(self, milliseconds: int = 60_000) -> None:
        self._milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        """Return what is left."""
        return self._milliseconds


def context(milliseconds: int = 60_000) -> LambdaContext:
    """Return a context."""
    return cast("LambdaContext", Context(milliseconds))


def work(done: list[str], answer: str = "1.1") -> Callable[[], str]:
    """Return work that notes that it was done."""

    def do() -> str:
        done.append(answer)
        return answer

    return do


def test_what_is_done_is_not_done_again(dynamodb: DynamoDBClient) -> None:
    """In this invocation or in another; its text is returned."""
    done: list[str] = []
    first, second = (once.once(dynamodb, TABLE, context()) for _ in range(2))

    assert [first("a", work(done)), first("a", work(done, "2.2")), second("a", work(done, "3.3"))] == ["1.1"] * 3
    assert second("b", work(done, "4.4")) == "4.4"
    assert done == ["1.1", "4.4"]


def test_what_failed_may_be_tried_again(dynamodb: DynamoDBClient) -> None:
    """At once, and the error is the work's own."""

    def fail() -> str:
        raise SlackError("no")

    do = once.once(dynamodb, TABLE, context())
    with pytest.raises(SlackError, match="no"):
        do("a", fail)

    assert do("a", work([], "1.1")) == "1.1"


def test_what_another_is_at_is_left_to_it(dynamodb: DynamoDBClient) -> None:
    """Until its function's time is over; then whoever comes may try."""
    inner: list[str] = []
    busy, failing = once.once(dynamodb, TABLE, context()), once.once(dynamodb, TABLE, context(-1_000))
    other = once.once(dynamodb, TABLE, context())

    def meanwhile() -> str:
        with pytest.raises(IdempotencyAlreadyInProgressError):
            other("a", work(inner))
        return "1.1"

    def too_long() -> str:
        return other("b", work(inner, "2.2"))

    assert busy("a", meanwhile) == "1.1"
    assert failing("b", too_long) == "2.2"
    assert inner == ["2.2"]


def test_its_items_end_by_themselves_and_stay_in_their_partition(dynamodb: DynamoDBClient) -> None:
    """With the attributes by which the stack's table forgets and its policy allows."""
    once.once(dynamodb, TABLE, context())("a", work([]))
    (item,) = dynamodb.scan(TableName=TABLE)["Items"]

    assert item["pk"] == {"S": "slack#posts"}
    assert set(item) == {"pk", "sk", "state", "data", "expires_at", "until_milliseconds"}
    assert abs(int(item["expires_at"]["N"]) - time.time() - once.KEPT_SECONDS) < 60


def test_a_table_that_refuses_is_an_error_before_the_work(connect: Callable[..., Any]) -> None:
    """Better late than many times."""
    done: list[str] = []

    def answer(_: str, __: dict[str, Any]) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "PutItem")

    with pytest.raises(IdempotencyPersistenceLayerError):
        once.once(connect("dynamodb", answer), TABLE, context())("a", work(done))

    assert done == []
