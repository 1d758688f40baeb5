"""Episodes in DynamoDB: one item each, and of two writers of the same version only one is let through.

    pk=episodes  sk=slab_unreclaimable_high#live#socket_queue  version=3  state=open  body={...}  expires_at=1767225600

The body is the episode; the other attributes are for the condition, for TTL, and for whoever looks at the table.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from fleetscan.aws.access import asking
from fleetscan.aws.errors import code
from fleetscan.aws.names import printable
from fleetscan.errors import EpisodeError
from fleetscan.model.episode import Episode
from fleetscan.ports import Remembered
from fleetscan.storage import episode_codec

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, PutItemInputTypeDef, QueryInputTypeDef

PERMISSIONS = frozenset({"dynamodb:PutItem", "dynamodb:Query"})

PARTITION = "episodes"
OPEN_KEPT = timedelta(days=90)
"""How long an open episode is kept after it was last seen: that of a cluster nobody scans any more ends some day."""
MOST_BODY_BYTES = 380_000
"""An item has at most 400 KB, names and the other attributes included (DynamoDB developer guide, Quotas). An incident
on 15,000 nodes needs 345 KB."""


class DynamoEpisodes:
    """The episodes of one table; where it is read only nothing is stored, and every store is let through."""

    def __init__(self, dynamodb: DynamoDBClient, table: str, *, is_read_only: bool = False) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._is_read_only = is_read_only
        self._writer = uuid.uuid4().hex
        self._damaged: dict[str, int] = {}

    def load(self, clusters: Sequence[str] = ()) -> Remembered:
        """Return the episodes of these clusters, or all; those that cannot be understood as problems.

        Reads consistently: what another scan stored a moment ago is there. Raises AccessError when it is refused.
        """
        episodes, problems = [], []
        for item in self._query(partition_query(self._table)):
            try:
                episodes.append(self._understood(item))
            except EpisodeError as error:
                sort_key = printable(item["sk"].get("S", ""), 200)
                problems.append(f"What was remembered of {sort_key} is lost: {error}.")
        kept = tuple(one for one in episodes if not clusters or one.fingerprint.cluster in clusters)
        return Remembered(episodes=kept, problems=tuple(problems))

    def store(self, episode: Episode) -> Episode | None:
        """Store an episode as its next version and return that; None when another scan has stored one before.

        Raises AccessError when it is refused, and botocore's error when the call fails.
        """
        before = episode.version or self._damaged.get(str(episode.fingerprint), 0)
        following = replace(episode, version=before + 1)
        if self._is_read_only:
            return following
        query = put(self._table, following, before=before, writer=self._writer)
        try:
            with asking("dynamodb:PutItem", f"table {self._table}"):
                self._dynamodb.put_item(**query)
        except ClientError as error:
            if code(error) != "ConditionalCheckFailedException":
                raise
            # botocore repeats a call whose answer got lost; the second one then meets the first one's item.
            there: Mapping[str, object] = error.response.get("Item") or {}  # type: ignore[assignment]  # not in its stubs
            is_ours = all(there.get(name) == query["Item"][name] for name in ("writer", "version", "body"))
            return following if is_ours else None
        self._damaged.pop(str(episode.fingerprint), None)
        return following

    def again(self, episode: Episode) -> Episode | None:
        """Return what is stored under an episode's fingerprint now; None when nothing is, or nothing understandable."""
        query = partition_query(self._table)
        query["KeyConditionExpression"] = "pk = :pk AND sk = :sk"
        query["ExpressionAttributeValues"] = {":pk": {"S": PARTITION}, ":sk": {"S": str(episode.fingerprint)}}
        for item in self._query(query):
            try:
                return self._understood(item)
            except EpisodeError:
                return None
        return None

    def _understood(self, item: dict[str, AttributeValueTypeDef]) -> Episode:
        """Return an item's episode in the version of the item; a damaged one's version is kept, to be written over."""
        sort_key = item["sk"].get("S", "")
        number = item.get("version", {}).get("N", "0")
        version = int(number) if number.isascii() and number.isdigit() else 0
        try:
            episode = episode_codec.read(item.get("body", {}).get("S", ""))
        except EpisodeError:
            self._damaged[sort_key] = version
            raise
        if str(episode.fingerprint) != sort_key:
            self._damaged[sort_key] = version
            raise EpisodeError("it is the episode of another trouble")
        return replace(episode, version=version)

    def _query(self, query: QueryInputTypeDef) -> list[dict[str, AttributeValueTypeDef]]:
        found: list[dict[str, AttributeValueTypeDef]] = []
        while True:
            with asking("dynamodb:Query", f"table {self._table}"):
                page = self._dynamodb.query(**query)
            found += page["Items"]
            if not (last := page.get("LastEvaluatedKey")):
                return found
            query["ExclusiveStartKey"] = last


def partition_query(table: str) -> QueryInputTypeDef:
    """Return the request for every episode of a table."""
    return {
        "TableName": table,
        "ConsistentRead": True,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": PARTITION}},
    }


def put(table: str, episode: Episode, *, before: int, writer: str) -> PutItemInputTypeDef:
    """Return the request that stores an episode where version ``before`` is; 0 is where there is no version yet."""
    expires_at = episode.forgotten_at or episode.seen_at + OPEN_KEPT
    query: PutItemInputTypeDef = {
        "TableName": table,
        "Item": {
            "pk": {"S": PARTITION},
            "sk": {"S": str(episode.fingerprint)},
            "version": {"N": str(episode.version)},
            "writer": {"S": writer},
            "state": {"S": episode.state.value},
            "severity": {"S": episode.severity.value},
            "opened_at": {"S": episode.opened_at.isoformat()},
            "expires_at": {"N": str(int(expires_at.timestamp()))},
            "body": {"S": episode_codec.write(episode)},
        },
        "ConditionExpression": "attribute_not_exists(#version)",
        "ExpressionAttributeNames": {"#version": "version"},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    if before:
        query["ConditionExpression"] = "#version = :before"
        query["ExpressionAttributeValues"] = {":before": {"N": str(before)}}
    return query
