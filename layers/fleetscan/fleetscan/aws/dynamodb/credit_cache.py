"""Caches of paid readings in DynamoDB, one item per target and kind: CPU credits, and the limits of disks.

    pk=credits  sk=111122223333/eu-west-1/0-of-1        body={"i-0abc": [1768457100, {"mode": "standard", ...}], ...}
    pk=credits  sk=111122223333/eu-west-1/0-of-1#disks  body={"i-0abc": [1768457100, {"volumes": [...], ...}], ...}

One item per target, so that invocations that scan different shards do not overwrite each other.
"""

from __future__ import annotations

from collections.abc import Mapping

from fleetscan.aws.dynamodb.table import Table
from fleetscan.aws.names import printable
from fleetscan.model import Credits
from fleetscan.model.disk_limits import DiskLimits
from fleetscan.ports import Clock
from fleetscan.storage import value_codec

PERMISSIONS = frozenset({"dynamodb:GetItem", "dynamodb:PutItem"})

PARTITION = "credits"
HOME = "home"
"""The sort key where one invocation scans everything."""
KEPT_SECONDS = 2 * 86_400
"""Entries older than a day are never used."""
_KEY_CHARACTERS = 200


class _Cache[V]:
    """The cached readings of one target in one table; a read-only table leaves them as they are."""

    def __init__(self, table: Table, clock: Clock, kind: type[dict[str, tuple[float, V]]], key: str) -> None:
        self._table = table
        self._clock = clock
        self._kind = kind
        self._key = (PARTITION, printable(key, _KEY_CHARACTERS))

    def load(self) -> Mapping[str, tuple[float, V]]:
        """Return instance id -> (time, reading). Raises AccessError when denied, StoredDataError when damaged."""
        return value_codec.read(self._table.get(self._key, is_consistent=False).text("body") or "{}", self._kind)

    def save(self, readings: Mapping[str, tuple[float, V]]) -> None:
        """Replace all entries. Raises AccessError when denied, and botocore's error when the call fails."""
        expires_at = int(self._clock()) + KEPT_SECONDS
        self._table.put(self._key, {"body": value_codec.write(readings)}, expires_at=expires_at)


class DynamoCreditCache(_Cache[Credits]):
    """The cached CPU credits."""

    def __init__(self, table: Table, clock: Clock, *, key: str = HOME) -> None:
        super().__init__(table, clock, dict[str, tuple[float, Credits]], key)


class DynamoDiskCache(_Cache[DiskLimits]):
    """The cached limits of disks."""

    def __init__(self, table: Table, clock: Clock, *, key: str = HOME) -> None:
        super().__init__(table, clock, dict[str, tuple[float, DiskLimits]], f"{key}#disks")
