"""The mute list in DynamoDB: one item per mute, written by ``fleetscan mute`` and read by every scan.

pk=mutes  sk=k7f3q2  rule=swap_*  cluster=staging  until=2026-03-01T00:00:00+00:00  why=...
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from fleetscan.aws.dynamodb.table import Condition, Key, Table

PERMISSIONS = frozenset({"dynamodb:Query", "dynamodb:UpdateItem"})

PARTITION = "mutes"
KEPT = timedelta(days=30)
"""How long a mute stays in the list after the notice of its expiry was sent."""
_OURS = frozenset({"told_at", "told_until", "expires_at"})
"""Attributes that scans add; the others are the entry as it was written."""
_NOTICE_DUE = (
    "attribute_exists(pk) AND attribute_not_exists(#told_at) "
    "AND (attribute_not_exists(#told_until) OR #told_until <= :now)"
)


class DynamoMutes:
    """The mute list of one table. On a read-only table no notice can be claimed, as none is sent."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def entries(self) -> tuple[Mapping[str, object], ...]:
        """Return every entry as it was written, oldest id first. Raises AccessError when denied."""
        return tuple(
            {**{name: value for name, value in item.values.items() if name not in _OURS}, "id": item.key[1]}
            for item in self._table.query(PARTITION)
        )

    def claim_notice(self, mute_id: str, *, until: datetime, now: datetime) -> bool:
        """Claim the notice that a mute has expired; False if it was sent, the mute is gone, or another scan has it."""
        return self._table.update(
            _key(mute_id), {"told_until": _seconds(until)}, Condition(_NOTICE_DUE, {"now": _seconds(now)})
        )

    def close_notice(self, mute_id: str, *, now: datetime) -> None:
        """Store that the notice of an expired mute was sent; the entry is deleted a month later."""
        ended = {"told_at": _seconds(now), "expires_at": _seconds(now + KEPT)}
        self._table.update(_key(mute_id), ended, Condition("attribute_exists(pk)", {}))


def _key(mute_id: str) -> Key:
    return PARTITION, mute_id


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
