"""The mute list in DynamoDB: one item an entry, kept by ``fleetscan mute`` and read by every scan.

pk=mutes  sk=k7f3q2  rule=swap_*  cluster=staging  until=2026-03-01T00:00:00+00:00  why=...
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from fleetscan.aws.dynamodb.table import Condition, Key, Table

PERMISSIONS = frozenset({"dynamodb:Query", "dynamodb:UpdateItem"})

PARTITION = "mutes"
KEPT = timedelta(days=30)
"""How long a mute stays on the list after it was told that it has run out."""
_OURS = frozenset({"told_at", "told_until", "expires_at"})
"""Attributes that are not a part of the entry as it was written."""
_UNTOLD = (
    "attribute_exists(pk) AND attribute_not_exists(#told_at) "
    "AND (attribute_not_exists(#told_until) OR #told_until <= :now)"
)


class DynamoMutes:
    """The mute list of one table. Where that is read only no notice is taken, for none is told."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def entries(self) -> tuple[Mapping[str, object], ...]:
        """Return every entry as it was written, oldest id first. Raises AccessError when it is refused."""
        return tuple(
            {**{name: value for name, value in item.values.items() if name not in _OURS}, "id": item.key[1]}
            for item in self._table.query(PARTITION)
        )

    def take(self, mute_id: str, *, until: datetime, now: datetime) -> bool:
        """Take on to tell that a mute has run out; False when it is told, gone, or another scan is at it."""
        return self._table.update(
            _key(mute_id), {"told_until": _seconds(until)}, Condition(_UNTOLD, {"now": _seconds(now)})
        )

    def close(self, mute_id: str, *, now: datetime) -> None:
        """Note that it has been told that a mute has run out; the entry goes a month later."""
        ended = {"told_at": _seconds(now), "expires_at": _seconds(now + KEPT)}
        self._table.update(_key(mute_id), ended, Condition("attribute_exists(pk)", {}))


def _key(mute_id: str) -> Key:
    return PARTITION, mute_id


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
