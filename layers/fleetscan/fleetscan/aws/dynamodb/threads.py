"""Which thread of a Slack channel tells of which incident.

pk=slack#threads#C0123456789  sk=slab_unreclaimable_high#live#socket_queue  thread=1768457103.218441  by=scan#...
expires_at=1776233103
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from fleetscan.aws.access import asking
from fleetscan.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef

PERMISSIONS = frozenset({"dynamodb:PutItem", "dynamodb:Query"})

PARTITION = "slack#threads#"
KEPT = timedelta(days=90)
"""As long as an open episode is remembered after it was last seen."""
_MOST_KEY_BYTES = 900
"""A sort key has at most 1,024 (DynamoDB developer guide, Quotas)."""


class DynamoThreads:
    """The threads of one channel."""

    def __init__(self, dynamodb: DynamoDBClient, table: str, channel: str, clock: Clock) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._partition = f"{PARTITION}{channel}"
        self._clock = clock

    def load(self, *, but_by: str = "") -> Mapping[str, str]:
        """Return incident -> thread, without those that the message ``but_by`` began itself."""
        query: QueryInputTypeDef = {
            "TableName": self._table,
            "ConsistentRead": True,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": self._partition}},
        }
        found: dict[str, str] = {}
        while True:
            with asking("dynamodb:Query", f"table {self._table}"):
                page = self._dynamodb.query(**query)
            for item in page["Items"]:
                if not but_by or item.get("by", {}).get("S") != but_by:
                    found[item.get("incident", {}).get("S", "")] = item.get("thread", {}).get("S", "")
            if not (last := page.get("LastEvaluatedKey")):
                return {incident: thread for incident, thread in found.items() if incident and thread}
            query["ExclusiveStartKey"] = last

    def keep(self, incidents: Sequence[str], thread: str, *, by: str) -> None:
        """Remember that a thread tells of these incidents from now on, and which message began it."""
        expires_at = int(self._clock() + KEPT.total_seconds())
        for incident in incidents:
            with asking("dynamodb:PutItem", f"table {self._table}"):
                self._dynamodb.put_item(
                    TableName=self._table,
                    Item={
                        "pk": {"S": self._partition},
                        "sk": {"S": _sort_key(incident)},
                        "incident": {"S": incident},
                        "thread": {"S": thread},
                        "by": {"S": by},
                        "expires_at": {"N": str(expires_at)},
                    },
                )


def _sort_key(incident: str) -> str:
    """Return the incident, or its hash where it is too long for a key."""
    encoded = incident.encode(errors="replace")
    return hashlib.sha256(encoded).hexdigest() if len(encoded) > _MOST_KEY_BYTES else incident
