"""Which metric series are paid for, hour by hour: one item each, and of two writers of one version one is let through.

pk=series  sk=2026-01-15T06  version=2  marks=0f3a...,91bc...  expires_at=1768550400
"""

from __future__ import annotations

from fleetscan.aws.dynamodb.table import Condition, Table
from fleetscan.ports import Clock, LedgerPage

PERMISSIONS = frozenset({"dynamodb:GetItem", "dynamodb:PutItem"})

PARTITION = "series"
KEPT_SECONDS = 86_400
"""An hour is over after an hour; a day is for whoever looks."""


class DynamoSeriesLedger:
    """The ledger of one table."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def paid(self, hour: str) -> LedgerPage:
        """Return the page of an hour, read consistently. Raises AccessError when it is refused."""
        item = self._table.get((PARTITION, hour))
        marks = item.text("marks")
        series = frozenset(marks.split(",")) if marks else frozenset()
        return LedgerPage(hour=hour, series=series, version=item.number("version"))

    def pay(self, page: LedgerPage) -> bool:
        """Write a page as the next version of what was read; False when another scan has written one before.

        Raises AccessError when it is refused, and botocore's error when the call fails.
        """
        there = self._table.put(
            (PARTITION, page.hour),
            {"version": page.version + 1, "marks": ",".join(sorted(page.series))},
            expires_at=int(self._clock()) + KEPT_SECONDS,
            condition=Condition("attribute_not_exists(pk) OR #version = :read", {"read": page.version}),
        )
        return there is None
