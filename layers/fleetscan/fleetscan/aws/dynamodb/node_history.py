"""The history of every node in DynamoDB: one item each, read and written in batches.

    pk=node#i-0123456789abcdef0  sk=memory  ring=<at most 960 bytes>  expires_at=1801296000

An item is at most 1,024 bytes with its names, which is one write unit; the bytes are made by
``storage/history_codec.py``. If two invocations write a node at once, the later write wins and one reading is lost.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from fleetscan.aws.dynamodb.table import Key, Table
from fleetscan.aws.parallel import WORKERS
from fleetscan.ports import Clock, LoadedHistories

PERMISSIONS = frozenset({"dynamodb:BatchGetItem", "dynamodb:BatchWriteItem"})

ATTEMPTS = 5
"""Attempts for keys that DynamoDB returned as unprocessed; 1.5 s of pauses in all."""
KEPT_SECONDS = 15 * 86_400
"""A day longer than the oldest reading of a history; TTL deletes nodes that are gone."""

PARTITION = "node#"
SORT_KEY = "memory"


class DynamoNodeHistory:
    """The node history of one table."""

    def __init__(self, table: Table, *, clock: Clock = time.time) -> None:
        self._table = table
        self._clock = clock

    def load(self, instance_ids: Sequence[str]) -> LoadedHistories:
        """Return the stored histories, and the nodes whose history could not be read because the table is throttled.

        Reads are eventually consistent: half the price, and scans are minutes apart. Raises AccessError when denied,
        and botocore's error when a call fails.
        """
        items, left = self._table.get_all([_key(each) for each in instance_ids], attempts=ATTEMPTS)
        histories = {_owner(item.key): item.content("ring") for item in items}
        return LoadedHistories(histories=histories, unread=frozenset(map(_owner, left)))

    def save(self, histories: Mapping[str, bytes]) -> frozenset[str]:
        """Write histories; return the instance ids of those not written because the table is throttled.

        Raises AccessError when denied, and botocore's error when a call fails.
        """
        items = {_key(each): {"ring": ring} for each, ring in histories.items()}
        expires_at = dict.fromkeys(items, int(self._clock()) + KEPT_SECONDS)
        return frozenset(map(_owner, self._table.put_all(items, expires_at, attempts=ATTEMPTS, workers=WORKERS)))


def _key(instance_id: str) -> Key:
    return f"{PARTITION}{instance_id}", SORT_KEY


def _owner(key: Key) -> str:
    return key[0].removeprefix(PARTITION)
