"""Claims of scans that run or are done: EventBridge delivers a start at least once, and each must run once.

pk=scan  sk=2026-01-15T06:05:00Z  state=started|done  until=1768457400  owner=3f2b6c1e-...  expires_at=1768543500

The owner is Lambda's request id: a retry has the same id and comes after the attempt before it has ended. So a claim
with the caller's own id was left by an attempt that was killed, and is taken over at once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from fleetscan.aws.dynamodb.table import Condition, Key, Table, Value
from fleetscan.aws.names import printable
from fleetscan.ports import Clock

PERMISSIONS = frozenset({"dynamodb:DeleteItem", "dynamodb:PutItem"})

PARTITION = "scan"
KEPT = timedelta(days=1)
"""Retries of a start come within minutes; a day leaves time to look into the table."""
_KEY_CHARACTERS = 200

logger = logging.getLogger(__name__)


class ScanClaims:
    """The claims of one table. A running scan's claim expires when the scan must have ended."""

    def __init__(self, table: Table) -> None:
        self._table = table

    @contextmanager
    def claimed(self, key: str, *, clock: Clock, until: float, owner: str = "") -> Iterator[bool]:
        """Yield whether this invocation makes the scan; afterwards mark it done, or release it if the block raised.

        An empty key claims nothing. If the table cannot be written the scan is made: two scans are better than none.
        """
        is_claimed = False
        try:
            is_ours = is_claimed = not key or self.claim(key, now=clock(), until=until, owner=owner)
        except Exception:
            logger.exception("The scan could not be claimed; it runs without a claim")
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
        """Claim a scan; False if it is done, or another invocation makes it.

        An owner takes over its own claim; without an owner no claim is taken over.
        """
        values: dict[str, Value] = {"started": "started", "now": int(now)}
        is_over = "#until <= :now"
        if owner:
            values["owner"] = owner
            is_over = "(#until <= :now OR #owner = :owner)"
        condition = Condition(f"attribute_not_exists(pk) OR (#state = :started AND {is_over})", values)
        return self._put(key, "started", until=until, now=now, owner=owner, condition=condition)

    def done(self, key: str, *, now: float) -> None:
        """Mark a scan as done: later starts with the same key are duplicates."""
        self._put(key, "done", until=now, now=now)

    def release(self, key: str) -> None:
        """Delete a claim: the scan has failed, and a retry may make it."""
        self._table.delete(_key(key))

    def _put(
        self, key: str, state: str, *, until: float, now: float, owner: str = "", condition: Condition | None = None
    ) -> bool:
        values: dict[str, Value] = {"state": state, "until": int(until)}
        if owner:
            values["owner"] = owner
        expires_at = int(now + KEPT.total_seconds())
        return self._table.put(_key(key), values, expires_at=expires_at, condition=condition) is None


def _key(key: str) -> Key:
    return PARTITION, printable(key, _KEY_CHARACTERS).strip() or "-"
