"""The workers of each cluster in the last scan in DynamoDB, one item for each cluster.

    pk=workers  sk=live  body=<compressed JSON>  expires_at=1767225600

An id takes 10 bytes when compressed (11 in small clusters), so a cluster of 30,000 workers fits an item.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence

from fleetscan.aws.dynamodb.table import Item, Table
from fleetscan.aws.names import printable
from fleetscan.errors import StoredDataError
from fleetscan.model.roster import Roster
from fleetscan.ports import Clock
from fleetscan.storage import gunzip, value_codec

PERMISSIONS = frozenset({"dynamodb:PutItem", "dynamodb:Query"})

PARTITION = "workers"
KEPT_SECONDS = 2 * 86_400
"""What is older than a day is not compared with."""
MOST_BODY_BYTES = 380_000
"""An item has at most 400 KB (DynamoDB developer guide, Quotas); a larger roster is not written."""
MOST_JSON_BYTES = 4_000_000
_KEY_CHARACTERS = 200


class DynamoRosters:
    """The rosters of one table; on a read-only table they stay as they are."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def load(self, clusters: Sequence[str]) -> tuple[Roster, ...]:
        """Return the rosters of these clusters, of all where none is named; a damaged one is as if it were not there.

        Raises AccessError when denied, and botocore's error when a call fails.
        """
        found = (_decoded(item) for item in self._table.query(PARTITION, is_consistent=False))
        return tuple(one for one in found if one is not None and (not clusters or one.cluster in clusters))

    def save(self, rosters: Sequence[Roster]) -> None:
        """Write rosters; each replaces that of its cluster. Raises as ``load``."""
        expires_at = int(self._clock()) + KEPT_SECONDS
        for one in rosters:
            body = gzip.compress(value_codec.write(one).encode(), mtime=0)
            if len(body) <= MOST_BODY_BYTES:
                self._table.put(_key(one.cluster), {"body": body}, expires_at=expires_at)


def _decoded(item: Item) -> Roster | None:
    try:
        roster = value_codec.read(gunzip.unpacked(item.content("body"), MOST_JSON_BYTES), Roster)
    except (StoredDataError, gunzip.SizeLimitError, zlib.error, ValueError):
        return None
    return roster if item.key == _key(roster.cluster) else None


def _key(cluster: str) -> tuple[str, str]:
    return PARTITION, printable(cluster, _KEY_CHARACTERS)
