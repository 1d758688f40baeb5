"""Writing many items of one table in batches, and asking again for what DynamoDB left unprocessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import batched, chain
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from fleetscan.aws.access import asking
from fleetscan.aws.errors import code
from fleetscan.aws.parallel import mapped

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

PERMISSIONS = frozenset({"dynamodb:BatchWriteItem"})

MOST_WRITES = 25
"""Requests in one BatchWriteItem (DynamoDB API reference)."""
THROTTLED = frozenset({"ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException"})
"""How a whole batch is refused for now."""


def write_all(
    dynamodb: DynamoDBClient,
    table: str,
    requests: Mapping[str, WriteRequestTypeDef],
    *,
    name_of: Callable[[Mapping[str, Any]], str],
    attempts: int,
    pause: Callable[[int], None],
    workers: int,
) -> tuple[str, ...]:
    """Write each request and return the names of those that were not, because the table is throttled.

    ``name_of`` an item is its key in ``requests``; ``pause`` is called with the number of each attempt, from 0 on.
    ``workers`` batches are under way at once.

    Raises AccessError when it is refused, and botocore's error when a call fails.
    """

    def write_some(names: Sequence[str]) -> Sequence[str]:
        some = [requests[name] for name in names]
        try:
            with asking("dynamodb:BatchWriteItem", f"table {table}"):
                answer = dynamodb.batch_write_item(RequestItems={table: some})
        except ClientError as error:
            if code(error) in THROTTLED:
                return names
            raise
        return [name_of(request["PutRequest"]["Item"]) for request in answer["UnprocessedItems"].get(table, [])]

    left = tuple(requests)
    for attempt in range(attempts):
        pause(attempt)
        left = tuple(chain.from_iterable(mapped(write_some, batched(left, MOST_WRITES, strict=False), workers)))
        if not left:
            break
    return left
