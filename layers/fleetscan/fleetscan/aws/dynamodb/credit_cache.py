"""The CPU credits that were read lately, in one item of the table.

    pk=credits  sk=111122223333/eu-west-1/0-of-1  body={"i-0abc": [1768457100, {"mode": "standard", ...}], ...}

One item for each target, so that invocations that look at different shards do not write over each other.
"""

from __future__ import annotations

from collections.abc import Mapping

from fleetscan.aws.dynamodb.table import Table
from fleetscan.aws.names import printable
from fleetscan.model import Credits
from fleetscan.ports import Clock
from fleetscan.storage import value_codec

PERMISSIONS = frozenset({"dynamodb:GetItem", "dynamodb:PutItem"})

PARTITION = "credits"
HOME = "home"
"""The sort key where one invocation scans everything."""
KEPT_SECONDS = 2 * 86_400
"""Nothing older than a day is ever used."""
_KEY_CHARACTERS = 200

_BOOK = dict[str, tuple[float, Credits]]


class DynamoCreditBook:
    """The book of one target in one table; a table that is read only keeps it as it is."""

    def __init__(self, table: Table, clock: Clock, *, key: str = HOME) -> None:
        self._table = table
        self._clock = clock
        self._key = (PARTITION, printable(key, _KEY_CHARACTERS))

    def load(self) -> Mapping[str, tuple[float, Credits]]:
        """Return what is in it. Raises AccessError when it is refused, and ArchiveError when it is damaged."""
        return value_codec.read(self._table.get(self._key, is_consistent=False).text("body") or "{}", _BOOK)

    def save(self, readings: Mapping[str, tuple[float, Credits]]) -> None:
        """Replace what is in it. Raises AccessError when it is refused, and botocore's error when the call fails."""
        expires_at = int(self._clock()) + KEPT_SECONDS
        self._table.put(self._key, {"body": value_codec.write(readings)}, expires_at=expires_at)
