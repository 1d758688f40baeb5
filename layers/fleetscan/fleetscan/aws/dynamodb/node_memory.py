"""The memory of every node in DynamoDB: one item each, read and written in batches.

    pk=node#i-0123456789abcdef0  sk=memory  ring=<at most 960 bytes>  expires_at=1801296000

An item is at most 1,024 bytes with its names, which is one write unit; what is in the ring is not known here
(``storage/history_codec.py``). A scan that two invocations make at once writes a node twice, and the later one stays:
a reading lost, no more.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from fleetscan.aws.dynamodb.table import Key, Table
from fleetscan.aws.parallel import WORKERS
from fleetscan.ports import Clock, Recall

PERMISSIONS = frozenset({"dynamodb:BatchGetItem", "dynamodb:BatchWriteItem"})

ATTEMPTS = 5
"""How often what DynamoDB left unprocessed is asked for again: pauses of 1.5 s in all."""
KEPT_SECONDS = 15 * 86_400
"""A day longer than the oldest reading of a ring: a node that is gone is forgotten by TTL."""

PARTITION = "node#"
SORT_KEY = "memory"


class DynamoNodeMemory:
    """The rings of one table."""

    def __init__(self, table: Table, *, clock: Clock = time.time) -> None:
        self._table = table
        self._clock = clock

    def load(self, instance_ids: Sequence[str]) -> Recall:
        """Return the rings that there are, and the nodes whose rings could not be had because the table is throttled.

        Read eventually consistently: half the price, and a scan is minutes old. Raises AccessError when it is refused,
        and botocore's error when a call fails.
        """
        items, left = self._table.get_all([_key(each) for each in instance_ids], attempts=ATTEMPTS)
        rings = {_owner(item.key): item.content("ring") for item in items}
        return Recall(rings=rings, unread=frozenset(map(_owner, left)))

    def save(self, rings: Mapping[str, bytes]) -> frozenset[str]:
        """Write rings and return the instance ids of those that were not, because the table is throttled.

        Raises AccessError when it is refused, and botocore's error when a call fails.
        """
        items = {_key(each): {"ring": ring} for each, ring in rings.items()}
        expires_at = dict.fromkeys(items, int(self._clock()) + KEPT_SECONDS)
        return frozenset(map(_owner, self._table.put_all(items, expires_at, attempts=ATTEMPTS, workers=WORKERS)))


def _key(instance_id: str) -> Key:
    return f"{PARTITION}{instance_id}", SORT_KEY


def _owner(key: Key) -> str:
    return key[0].removeprefix(PARTITION)
