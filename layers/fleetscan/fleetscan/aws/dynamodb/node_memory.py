"""The memory of every node in DynamoDB: one item each, read and written in batches.

    pk=node#i-0123456789abcdef0  sk=memory  ring=<at most 960 bytes>  expires_at=1801296000

An item is at most 1,024 bytes with its names, which is one write unit; what is in the ring is not known here
(``storage/history_codec.py``). A scan that two invocations make at once writes a node twice, and the later one stays:
a reading lost, no more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import batched, chain
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from fleetscan.aws.access import asking
from fleetscan.aws.dynamodb import batch_writes
from fleetscan.aws.dynamodb.batch_writes import THROTTLED, write_all
from fleetscan.aws.errors import code
from fleetscan.aws.parallel import WORKERS, mapped
from fleetscan.ports import Clock, Recall

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import BatchGetItemInputTypeDef, WriteRequestTypeDef

PERMISSIONS = batch_writes.PERMISSIONS | {"dynamodb:BatchGetItem"}

MOST_READS = 100
"""Keys in one BatchGetItem (DynamoDB API reference)."""
ATTEMPTS = 5
"""How often what DynamoDB left unprocessed is asked for again, on top of botocore's own retries of whole calls."""
FIRST_PAUSE_SECONDS = 0.1
"""Doubled from attempt to attempt, as the API reference asks for: 1.5 s in all."""
KEPT_SECONDS = 15 * 86_400
"""A day longer than the oldest reading of a ring: a node that is gone is forgotten by TTL."""

PARTITION = "node#"
SORT_KEY = "memory"


class DynamoNodeMemory:
    """The rings of one table. With ``is_read_only`` nothing is ever written: for whoever merely looks."""

    def __init__(
        self,
        dynamodb: DynamoDBClient,
        table: str,
        *,
        clock: Clock = time.time,
        sleep: Callable[[float], None] = time.sleep,
        is_read_only: bool = False,
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._clock = clock
        self._sleep = sleep
        self._is_read_only = is_read_only

    def load(self, instance_ids: Sequence[str]) -> Recall:
        """Return the rings that there are, and the nodes whose rings could not be had because the table is throttled.

        Raises AccessError when it is refused, and botocore's error when a call fails.
        """
        rings: dict[str, bytes] = {}
        left = tuple(dict.fromkeys(instance_ids))
        for attempt in range(ATTEMPTS):
            self._pause(attempt)
            batches = batched(left, MOST_READS, strict=False)
            left = tuple(chain.from_iterable(mapped(partial(self._load, rings), batches)))
            if not left:
                break
        return Recall(rings=rings, unread=frozenset(left))

    def save(self, rings: Mapping[str, bytes]) -> frozenset[str]:
        """Write rings and return the instance ids of those that were not, because the table is throttled.

        Raises AccessError when it is refused, and botocore's error when a call fails.
        """
        if self._is_read_only:
            return frozenset()
        expires_at = int(self._clock()) + KEPT_SECONDS
        left = write_all(
            self._dynamodb,
            self._table,
            {each: write(each, ring, expires_at) for each, ring in rings.items()},
            name_of=_owner,
            attempts=ATTEMPTS,
            pause=self._pause,
            workers=WORKERS,
        )
        return frozenset(left)

    def _load(self, rings: dict[str, bytes], instance_ids: Sequence[str]) -> Sequence[str]:
        """Add the rings of at most 100 nodes, and return the nodes that DynamoDB left unprocessed."""
        try:
            with asking("dynamodb:BatchGetItem", f"table {self._table}"):
                answer = self._dynamodb.batch_get_item(**get(self._table, instance_ids))
        except ClientError as error:
            if code(error) in THROTTLED:
                return instance_ids
            raise
        for item in answer["Responses"].get(self._table, []):
            rings[_owner(item)] = bytes(item.get("ring", {}).get("B", b""))
        left = answer["UnprocessedKeys"].get(self._table)
        return [_owner(each) for each in left["Keys"]] if left else ()

    def _pause(self, attempt: int) -> None:
        if attempt:
            self._sleep(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))


def get(table: str, instance_ids: Sequence[str]) -> BatchGetItemInputTypeDef:
    """Return the request for some nodes. Read eventually consistently: half the price, and a scan is minutes old."""
    keys = [{"pk": {"S": f"{PARTITION}{each}"}, "sk": {"S": SORT_KEY}} for each in instance_ids]
    return {"RequestItems": {table: {"Keys": keys}}}


def write(instance_id: str, ring: bytes, expires_at: int) -> WriteRequestTypeDef:
    """Return the request that replaces a node's item."""
    return {
        "PutRequest": {
            "Item": {
                "pk": {"S": f"{PARTITION}{instance_id}"},
                "sk": {"S": SORT_KEY},
                "ring": {"B": ring},
                "expires_at": {"N": str(expires_at)},
            }
        }
    }


def _owner(item: Mapping[str, Any]) -> str:
    """Return whose item or key it is; the stubs know attributes in more types than a string key can have."""
    return str(item["pk"]["S"]).removeprefix(PARTITION)
