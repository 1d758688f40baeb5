"""The metric series billed in each hour, one item per hour, with optimistic locking.

pk=series  sk=2026-01-15T06  version=2  marks=0f3a...,91bc...  expires_at=1768550400
"""

from __future__ import annotations

from fleetscan.aws.dynamodb.table import Condition, Table
from fleetscan.ports import Clock, LedgerPage

PERMISSIONS = frozenset({"dynamodb:GetItem", "dynamodb:PutItem"})

PARTITION = "series"
KEPT_SECONDS = 86_400
"""The item is needed for an hour; a day leaves time to look into the table."""


class DynamoSeriesLedger:
    """The ledger of one table."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def paid(self, hour: str) -> LedgerPage:
        """Return the series of an hour (strongly consistent read). Raises AccessError when denied."""
        item = self._table.get((PARTITION, hour))
        marks = item.text("marks")
        series = frozenset(marks.split(",")) if marks else frozenset()
        return LedgerPage(hour=hour, series=series, version=item.number("version"))

    def pay(self, page: LedgerPage) -> bool:
        """Write the series of an hour as the next version; False if another scan wrote that version first.

        Raises AccessError when denied, and botocore's error when the call fails.
        """
        there = self._table.put(
            (PARTITION, page.hour),
            {"version": page.version + 1, "marks": ",".join(sorted(page.series))},
            expires_at=int(self._clock()) + KEPT_SECONDS,
            condition=Condition("attribute_not_exists(pk) OR #version = :read", {"read": page.version}),
        )
        return there is None
