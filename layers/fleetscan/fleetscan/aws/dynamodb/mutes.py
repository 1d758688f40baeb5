"""The mute list in DynamoDB: one item an entry, kept by ``fleetscan mute`` and read by every scan.

pk=mutes  sk=k7f3q2  rule=swap_*  cluster=staging  until=2026-03-01T00:00:00+00:00  why=...
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from fleetscan.aws.access import asking
from fleetscan.aws.errors import code

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        QueryInputTypeDef,
        UpdateItemInputTypeDef,
    )

PERMISSIONS = frozenset({"dynamodb:Query", "dynamodb:UpdateItem"})

PARTITION = "mutes"
KEPT = timedelta(days=30)
"""How long a mute stays on the list after it was told that it has run out."""
_OURS = frozenset({"pk", "sk", "told_at", "told_until", "expires_at"})
"""Attributes that are not a part of the entry as it was written."""


class DynamoMutes:
    """The mute list of one table; where it is read only no notice is taken, for none is told."""

    def __init__(self, dynamodb: DynamoDBClient, table: str, *, is_read_only: bool = False) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._is_read_only = is_read_only

    def entries(self) -> tuple[Mapping[str, object], ...]:
        """Return every entry as it was written, oldest id first. Raises AccessError when it is refused."""
        query: QueryInputTypeDef = {
            "TableName": self._table,
            "ConsistentRead": True,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": PARTITION}},
        }
        found: list[Mapping[str, object]] = []
        while True:
            with asking("dynamodb:Query", f"table {self._table}"):
                page = self._dynamodb.query(**query)
            found += [entry(item) for item in page["Items"]]
            if not (last := page.get("LastEvaluatedKey")):
                return tuple(found)
            query["ExclusiveStartKey"] = last

    def take(self, mute_id: str, *, until: datetime, now: datetime) -> bool:
        """Take on to tell that a mute has run out; False when it is told, gone, or another scan is at it."""
        if self._is_read_only:
            return False
        query = self._update(mute_id)
        query["UpdateExpression"] = "SET told_until = :until"
        query["ConditionExpression"] = (
            "attribute_exists(pk) AND attribute_not_exists(told_at) "
            "AND (attribute_not_exists(told_until) OR told_until <= :now)"
        )
        query["ExpressionAttributeValues"] = {":until": _seconds(until), ":now": _seconds(now)}
        try:
            with asking("dynamodb:UpdateItem", f"table {self._table}"):
                self._dynamodb.update_item(**query)
        except ClientError as error:
            if code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def close(self, mute_id: str, *, now: datetime) -> None:
        """Note that it has been told that a mute has run out; the entry goes a month later."""
        query = self._update(mute_id)
        query["UpdateExpression"] = "SET told_at = :now, expires_at = :expires"
        query["ConditionExpression"] = "attribute_exists(pk)"
        query["ExpressionAttributeValues"] = {":now": _seconds(now), ":expires": _seconds(now + KEPT)}
        try:
            with asking("dynamodb:UpdateItem", f"table {self._table}"):
                self._dynamodb.update_item(**query)
        except ClientError as error:
            if code(error) != "ConditionalCheckFailedException":
                raise

    def _update(self, mute_id: str) -> UpdateItemInputTypeDef:
        return {"TableName": self._table, "Key": {"pk": {"S": PARTITION}, "sk": {"S": mute_id}}}


def entry(item: Mapping[str, AttributeValueTypeDef]) -> Mapping[str, object]:
    """Return an item as the entry that was written: texts as they are, anything else as what it is not."""
    words: dict[str, object] = {name: value.get("S", value) for name, value in item.items() if name not in _OURS}
    return {**words, "id": item["sk"].get("S", "")}


def _seconds(moment: datetime) -> AttributeValueTypeDef:
    return {"N": str(int(moment.timestamp()))}
