"""Adds and removes mutes: done by people, from a terminal, with their own credentials."""

from __future__ import annotations

from fleetscan.aws.dynamodb.mutes import PARTITION
from fleetscan.aws.dynamodb.table import Table
from fleetscan.model.episode import Mute

PERMISSIONS = frozenset({"dynamodb:DeleteItem", "dynamodb:PutItem"})
"""Needed by whoever edits the list. The scan's role has these actions too, but not in this partition."""


class MuteEdits:
    """Edits the mute list of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, mute: Mute) -> None:
        """Store a mute; one with the same id is replaced."""
        words = {
            "rule": mute.rule,
            "cluster": mute.cluster,
            "node_group": mute.node_group,
            "until": mute.until.isoformat(),
            "why": mute.why,
        }
        self._table.put((PARTITION, mute.id), words, expires_at=None)

    def remove(self, mute_id: str) -> bool:
        """Remove a mute; False if no mute has this id."""
        return self._table.delete((PARTITION, mute_id))
