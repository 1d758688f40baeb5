"""Putting a mute on the list and taking it off: done by people, from a terminal, with their own credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleetscan.aws.access import asking
from fleetscan.aws.dynamodb.mutes import PARTITION
from fleetscan.model.episode import Mute

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import PutItemInputTypeDef

PERMISSIONS = frozenset({"dynamodb:DeleteItem", "dynamodb:PutItem"})
"""Of whoever edits the list. The scan's role has these actions too, but not in this partition."""


class MuteEdits:
    """Edits the mute list of one table."""

    def __init__(self, dynamodb: DynamoDBClient, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def add(self, mute: Mute) -> None:
        """Put a mute on the list, in place of one with the same id."""
        with asking("dynamodb:PutItem", f"table {self._table}"):
            self._dynamodb.put_item(**put(self._table, mute))

    def remove(self, mute_id: str) -> bool:
        """Take a mute off the list; False when there is none of that id."""
        with asking("dynamodb:DeleteItem", f"table {self._table}"):
            answer = self._dynamodb.delete_item(
                TableName=self._table,
                Key={"pk": {"S": PARTITION}, "sk": {"S": mute_id}},
                ReturnValues="ALL_OLD",
            )
        return bool(answer.get("Attributes"))


def put(table: str, mute: Mute) -> PutItemInputTypeDef:
    """Return the request that puts a mute on the list."""
    words = {
        "pk": PARTITION,
        "sk": mute.id,
        "rule": mute.rule,
        "cluster": mute.cluster,
        "node_group": mute.node_group,
        "until": mute.until.isoformat(),
        "why": mute.why,
    }
    return {"TableName": table, "Item": {name: {"S": text} for name, text in words.items()}}
