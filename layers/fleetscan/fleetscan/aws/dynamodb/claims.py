"""Which scans are at work or done: EventBridge delivers a start at least once, and a scan is worth one.

pk=scan  sk=2026-01-15T06:05:00Z  state=started|done  until=1768457400  owner=3f2b6c1e-...  expires_at=1768543500

The owner is Lambda's request: a retry of it has the same id, and comes when the attempt before it is over. So a claim
that is still its own is that of an attempt which died without a word, and is taken over at once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from fleetscan.aws.access import asking
from fleetscan.aws.errors import code
from fleetscan.aws.names import printable
from fleetscan.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

PERMISSIONS = frozenset({"dynamodb:DeleteItem", "dynamodb:PutItem"})

PARTITION = "scan"
KEPT = timedelta(days=1)
"""Retries of a start come within minutes; a day is for whoever looks."""
_KEY_CHARACTERS = 200

logger = logging.getLogger(__name__)


class ScanClaims:
    """The claims of one table. A claim lasts until its scan must have ended; one that is done lasts."""

    def __init__(self, dynamodb: DynamoDBClient, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    @contextmanager
    def claimed(self, key: str, *, clock: Clock, until: float, owner: str = "") -> Iterator[bool]:
        """Yield whether a scan is ours to make; afterwards it is done, or given back when it failed.

        An empty key claims nothing. A table that cannot be written to stops no scan: two are better than none.
        """
        is_claimed = False
        try:
            is_ours = is_claimed = not key or self.claim(key, now=clock(), until=until, owner=owner)
        except Exception:
            logger.exception("The scan could not be claimed; it is made all the same")
            is_ours = True
        if not key or not is_claimed:
            yield is_ours
            return
        try:
            yield True
        except BaseException:
            with suppress(Exception):
                self.release(key)
            raise
        with suppress(Exception):
            self.done(key, now=clock())

    def claim(self, key: str, *, now: float, until: float, owner: str = "") -> bool:
        """Claim a scan; False when it is done, or another invocation is at work on it.

        An owner takes over what is his. Without one nothing is: nobody knows who asks.
        """
        names = {"#state": "state", "#until": "until"}
        values: dict[str, AttributeValueTypeDef] = {":started": {"S": "started"}, ":now": {"N": str(int(now))}}
        is_over = "#until <= :now"
        if owner:
            names["#owner"], values[":owner"] = "owner", {"S": owner}
            is_over = "(#until <= :now OR #owner = :owner)"
        try:
            self._put(
                key,
                "started",
                until,
                now,
                owner,
                ConditionExpression=f"attribute_not_exists(pk) OR (#state = :started AND {is_over})",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
            )
        except ClientError as error:
            if code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def done(self, key: str, *, now: float) -> None:
        """Note that a scan has ended well: whoever comes with the same key comes too late."""
        self._put(key, "done", now, now)

    def release(self, key: str) -> None:
        """Give a claim back: the scan has failed, and a retry may try it again."""
        with asking("dynamodb:DeleteItem", f"table {self._table}"):
            self._dynamodb.delete_item(TableName=self._table, Key={"pk": {"S": PARTITION}, "sk": {"S": _sort_key(key)}})

    def _put(self, key: str, state: str, until: float, now: float, owner: str = "", **condition: object) -> None:
        with asking("dynamodb:PutItem", f"table {self._table}"):
            self._dynamodb.put_item(
                TableName=self._table,
                Item={
                    "pk": {"S": PARTITION},
                    "sk": {"S": _sort_key(key)},
                    "state": {"S": state},
                    "until": {"N": str(int(until))},
                    "expires_at": {"N": str(int(now + KEPT.total_seconds()))},
                    **({"owner": {"S": owner}} if owner else {}),
                },
                **condition,  # type: ignore[arg-type]  # a condition is three optional parameters or none
            )


def _sort_key(key: str) -> str:
    return printable(key, _KEY_CHARACTERS).strip() or "-"
