"""Which thread of a Slack channel belongs to which incident.

pk=slack#threads#C0123456789  sk=slab_unreclaimable_high#live#socket_queue  thread=1768457103.218441  by=scan#...
expires_at=1776233103
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta

from fleetscan.aws.dynamodb.table import Table
from fleetscan.ports import Clock

PERMISSIONS = frozenset({"dynamodb:PutItem", "dynamodb:Query"})

PARTITION = "slack#threads#"
KEPT = timedelta(days=90)
"""As long as an open episode is stored after it was last seen."""
_MOST_KEY_BYTES = 900
"""A sort key has at most 1,024 (DynamoDB developer guide, Quotas)."""


class DynamoThreads:
    """The threads of one channel."""

    def __init__(self, table: Table, channel: str, clock: Clock) -> None:
        self._table = table
        self._partition = f"{PARTITION}{channel}"
        self._clock = clock

    def load(self, *, excluding: str = "") -> Mapping[str, str]:
        """Return incident -> thread, without threads that the message ``excluding`` started."""
        found = {
            item.text("incident"): item.text("thread")
            for item in self._table.query(self._partition)
            if not excluding or item.text("by") != excluding
        }
        return {incident: thread for incident, thread in found.items() if incident and thread}

    def keep(self, incidents: Sequence[str], thread: str, *, by: str) -> None:
        """Store that a thread belongs to these incidents from now on, and which message started it."""
        expires_at = int(self._clock() + KEPT.total_seconds())
        for incident in incidents:
            values = {"incident": incident, "thread": thread, "by": by}
            self._table.put((self._partition, _sort_key(incident)), values, expires_at=expires_at)


def _sort_key(incident: str) -> str:
    """Return the incident, or its hash where it is too long for a key."""
    encoded = incident.encode(errors="replace")
    return hashlib.sha256(encoded).hexdigest() if len(encoded) > _MOST_KEY_BYTES else incident
