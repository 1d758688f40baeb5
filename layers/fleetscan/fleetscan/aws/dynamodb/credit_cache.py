"""The CPU credits that were read lately, in one item of the table.

    pk=credits  sk=111122223333/eu-west-1/0-of-1  body={"i-0abc": [1768457100, {"mode": "standard", ...}], ...}

One item for each target, so that invocations that look at different shards do not write over each other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cattrs.preconf.json import make_converter

from fleetscan.aws.access import asking
from fleetscan.aws.names import printable
from fleetscan.model import Credits
from fleetscan.ports import Clock
from fleetscan.storage import sane

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PERMISSIONS = frozenset({"dynamodb:GetItem", "dynamodb:PutItem"})

PARTITION = "credits"
HOME = "home"
"""The sort key where one invocation scans everything."""
KEPT_SECONDS = 2 * 86_400
"""Nothing older than a day is ever used."""
_KEY_CHARACTERS = 200

_CONVERTER = make_converter()
_BOOK = dict[str, tuple[float, Credits]]


class DynamoCreditBook:
    """The book of one target in one table; where it is read only nothing is written."""

    def __init__(
        self, dynamodb: DynamoDBClient, table: str, clock: Clock, *, key: str = HOME, is_read_only: bool = False
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._clock = clock
        self._key = printable(key, _KEY_CHARACTERS)
        self._is_read_only = is_read_only

    def load(self) -> Mapping[str, tuple[float, Credits]]:
        """Return what is in it. Raises AccessError when it is refused, and ValueError when it is damaged."""
        with asking("dynamodb:GetItem", f"table {self._table}"):
            answer = self._dynamodb.get_item(
                TableName=self._table, Key={"pk": {"S": PARTITION}, "sk": {"S": self._key}}
            )
        body = answer.get("Item", {}).get("body", {}).get("S", "{}")
        return _CONVERTER.structure(sane.loads(body), _BOOK)

    def save(self, readings: Mapping[str, tuple[float, Credits]]) -> None:
        """Replace what is in it. Raises AccessError when it is refused, and botocore's error when the call fails."""
        if self._is_read_only:
            return
        with asking("dynamodb:PutItem", f"table {self._table}"):
            self._dynamodb.put_item(
                TableName=self._table,
                Item={
                    "pk": {"S": PARTITION},
                    "sk": {"S": self._key},
                    "body": {"S": json.dumps(_CONVERTER.unstructure(dict(readings), _BOOK), separators=(",", ":"))},
                    "expires_at": {"N": str(int(self._clock()) + KEPT_SECONDS)},
                },
            )
