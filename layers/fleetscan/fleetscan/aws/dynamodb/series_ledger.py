"""Which metric series are paid for, hour by hour: one item each, and of two writers of one version one is let through.

pk=series  sk=2026-01-15T06  version=2  marks=0f3a...,91bc...  expires_at=1768550400
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from fleetscan.aws.access import asking
from fleetscan.aws.errors import code
from fleetscan.ports import Clock, LedgerPage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PERMISSIONS = frozenset({"dynamodb:GetItem", "dynamodb:PutItem"})

PARTITION = "series"
KEPT_SECONDS = 86_400
"""An hour is over after an hour; a day is for whoever looks."""


class DynamoSeriesLedger:
    """The ledger of one table."""

    def __init__(self, dynamodb: DynamoDBClient, table: str, clock: Clock) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._clock = clock

    def paid(self, hour: str) -> LedgerPage:
        """Return the page of an hour, read consistently. Raises AccessError when it is refused."""
        with asking("dynamodb:GetItem", f"table {self._table}"):
            answer = self._dynamodb.get_item(
                TableName=self._table, Key={"pk": {"S": PARTITION}, "sk": {"S": hour}}, ConsistentRead=True
            )
        item = answer.get("Item", {})
        marks = item.get("marks", {}).get("S", "")
        return LedgerPage(
            hour=hour,
            series=frozenset(marks.split(",")) if marks else frozenset(),
            version=int(item.get("version", {}).get("N", "0")),
        )

    def pay(self, page: LedgerPage) -> bool:
        """Write a page as the next version of what was read; False when another scan has written one before.

        Raises AccessError when it is refused, and botocore's error when the call fails.
        """
        try:
            with asking("dynamodb:PutItem", f"table {self._table}"):
                self._dynamodb.put_item(
                    TableName=self._table,
                    Item={
                        "pk": {"S": PARTITION},
                        "sk": {"S": page.hour},
                        "version": {"N": str(page.version + 1)},
                        "marks": {"S": ",".join(sorted(page.series))},
                        "expires_at": {"N": str(int(self._clock()) + KEPT_SECONDS)},
                    },
                    ConditionExpression="attribute_not_exists(pk) OR #version = :read",
                    ExpressionAttributeNames={"#version": "version"},
                    ExpressionAttributeValues={":read": {"N": str(page.version)}},
                )
        except ClientError as error:
            if code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True
