"""One DynamoDB table: keys, paging, batches, conditions and read-only access, shared by the adapters of this package.

Partition key ``pk``, sort key ``sk``, TTL attribute ``expires_at``. Attributes are strings,
whole numbers and bytes; other types, written by hand, are returned as they are. A denied call is an AccessError that
names the action; every other error is botocore's.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import batched, chain
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.exceptions import ClientError

from fleetscan.aws.access import asking
from fleetscan.aws.errors import code
from fleetscan.aws.parallel import WORKERS, mapped
from fleetscan.immutable import immutable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

MOST_READS = 100
"""Keys in one BatchGetItem (DynamoDB API reference)."""
MOST_WRITES = 25
"""Requests in one BatchWriteItem (DynamoDB API reference)."""
THROTTLED = frozenset({"ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException"})
"""Error codes of a throttled batch."""
FIRST_PAUSE_SECONDS = 0.1
"""Doubled from attempt to attempt (exponential backoff, DynamoDB API reference)."""

type Key = tuple[str, str]
"""Partition key and sort key."""
type Value = str | int | bytes

_NUMBER = re.compile(r"-?[0-9]{1,20}")
_NAME = re.compile(r"#(\w+)")


@immutable
class Item:
    """One item. An attribute that is missing or of another type reads as empty or 0."""

    key: Key
    values: Mapping[str, object]
    """All attributes but the keys; strings, whole numbers and bytes as such, other types as DynamoDB returns them."""

    def text(self, name: str) -> str:
        """Return a string attribute, or an empty string."""
        value = self.values.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> int:
        """Return a whole-number attribute, or 0."""
        value = self.values.get(name)
        return value if isinstance(value, int) else 0

    def content(self, name: str) -> bytes:
        """Return a binary attribute, or no bytes."""
        value = self.values.get(name)
        return value if isinstance(value, bytes) else b""


@immutable(kw_only=False)
class Condition:
    """A condition on the stored item: attributes as ``#name``, values as ``:name``."""

    expression: str
    values: Mapping[str, Value]
    """By their names, without the colon."""


class Table:
    """One table. If read-only, writes are skipped and succeed: for commands that only show."""

    def __init__(
        self,
        dynamodb: DynamoDBClient,
        name: str,
        *,
        is_read_only: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._dynamodb = dynamodb
        self._name = name
        self._is_read_only = is_read_only
        self._sleep = sleep

    def get(self, key: Key, *, is_consistent: bool = True) -> Item:
        """Return an item, an empty one if there is none; an eventually consistent read is half the price."""
        answer = self._call("GetItem", Key=_attributes(key), ConsistentRead=is_consistent)
        return _item(answer.get("Item", {}))

    def query(
        self, partition: str, prefix: str = "", *, is_consistent: bool = True, most_pages: int | None = None
    ) -> Iterator[Item]:
        """Yield the items whose sort keys begin with ``prefix``, in pages of 1 MB."""
        query: dict[str, Any] = {"KeyConditionExpression": "pk = :pk", "ConsistentRead": is_consistent}
        query["ExpressionAttributeValues"] = _marshalled({":pk": partition})
        if prefix:
            query["KeyConditionExpression"] = "pk = :pk AND begins_with(sk, :prefix)"
            query["ExpressionAttributeValues"] = _marshalled({":pk": partition, ":prefix": prefix})
        pages = 0
        while pages != most_pages:
            page = self._call("Query", **query)
            yield from map(_item, page["Items"])
            if not (last := page.get("LastEvaluatedKey")):
                return
            query["ExclusiveStartKey"] = last
            pages += 1

    def put(
        self, key: Key, values: Mapping[str, Value], *, expires_at: int | None, condition: Condition | None = None
    ) -> Item | None:
        """Replace an item and return None; if the condition fails, return the stored item instead."""
        more = _condition(condition) if condition else {}
        if condition:
            more["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        try:
            self._write("PutItem", Item=_attributes(key, values, expires_at), **more)
        except ClientError as error:
            if code(error) != "ConditionalCheckFailedException":
                raise
            return _item(error.response.get("Item") or {})  # type: ignore[arg-type]  # not in botocore's stubs
        return None

    def update(self, key: Key, values: Mapping[str, Value], condition: Condition) -> bool:
        """Set attributes of an item; False if the condition fails, and always if read-only."""
        named = Condition(
            ", ".join(f"#{name} = :new_{name}" for name in values), {f"new_{name}": one for name, one in values.items()}
        )
        more = _condition(condition, named)
        try:
            done = self._write("UpdateItem", Key=_attributes(key), UpdateExpression=f"SET {named.expression}", **more)
        except ClientError as error:
            if code(error) != "ConditionalCheckFailedException":
                raise
            return False
        return done is not None

    def delete(self, key: Key) -> bool:
        """Delete an item; False if there is none."""
        done = self._write("DeleteItem", Key=_attributes(key), ReturnValues="ALL_OLD")
        return done is not None and bool(done.get("Attributes"))

    def get_all(self, keys: Sequence[Key], *, attempts: int) -> tuple[list[Item], list[Key]]:
        """Return the items found, and the keys that could not be read because the table is throttled."""
        found: list[Item] = []

        def get_some(some: Sequence[Key]) -> Sequence[Key]:
            asked = {self._name: {"Keys": [_attributes(key) for key in some]}}
            answer = self._batch("BatchGetItem", asked)
            if answer is None:
                return some
            found.extend(map(_item, answer["Responses"].get(self._name, [])))
            return [_item(key).key for key in answer["UnprocessedKeys"].get(self._name, {}).get("Keys", [])]

        return found, self._in_batches(get_some, tuple(dict.fromkeys(keys)), MOST_READS, attempts, WORKERS)

    def put_all(
        self, items: Mapping[Key, Mapping[str, Value]], expires_at: Mapping[Key, int], *, attempts: int, workers: int
    ) -> list[Key]:
        """Replace items, and return the keys of those that were not written because the table is throttled."""

        def put_some(some: Sequence[Key]) -> Sequence[Key]:
            asked = [{"PutRequest": {"Item": _attributes(key, items[key], expires_at[key])}} for key in some]
            answer = self._batch("BatchWriteItem", {self._name: asked})
            if answer is None:
                return some
            return [_item(one["PutRequest"]["Item"]).key for one in answer["UnprocessedItems"].get(self._name, [])]

        return [] if self._is_read_only else self._in_batches(put_some, tuple(items), MOST_WRITES, attempts, workers)

    def _in_batches(
        self,
        work: Callable[[Sequence[Key]], Sequence[Key]],
        keys: Sequence[Key],
        size: int,
        attempts: int,
        workers: int,
    ) -> list[Key]:
        """Run ``work`` in batches; retry unprocessed keys with backoff, on top of botocore's retries of whole calls."""
        left = list(keys)
        for attempt in range(attempts):
            if not left:
                break
            if attempt:
                self._sleep(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
            left = list(chain.from_iterable(mapped(work, batched(left, size, strict=False), workers)))
        return left

    def _batch(self, action: str, asked: Mapping[str, object]) -> Any:  # noqa: ANN401 - botocore's answer
        """Return the response; None if the whole batch is throttled."""
        try:
            with asking(f"dynamodb:{action}", f"table {self._name}"):
                return getattr(self._dynamodb, xform_name(action))(RequestItems=asked)
        except ClientError as error:
            if code(error) in THROTTLED:
                return None
            raise

    def _write(self, action: str, **request: object) -> Any:  # noqa: ANN401 - botocore's answer
        """Return the response; None if read-only."""
        return None if self._is_read_only else self._call(action, **request)

    def _call(self, action: str, **request: object) -> Any:  # noqa: ANN401 - botocore's answer
        with asking(f"dynamodb:{action}", f"table {self._name}"):
            return getattr(self._dynamodb, xform_name(action))(TableName=self._name, **request)


def _attributes(
    key: Key, values: Mapping[str, Value] | None = None, expires_at: int | None = None
) -> dict[str, AttributeValueTypeDef]:
    """Return a key, or a whole item, as DynamoDB attribute values."""
    pk, sk = key
    end: dict[str, Value] = {} if expires_at is None else {"expires_at": expires_at}
    return _marshalled({"pk": pk, "sk": sk, **(values or {}), **end})


def _marshalled(values: Mapping[str, Value]) -> dict[str, AttributeValueTypeDef]:
    return {
        name: {"S": value} if isinstance(value, str) else {"N": str(value)} if isinstance(value, int) else {"B": value}
        for name, value in values.items()
    }


def _item(attributes: Mapping[str, AttributeValueTypeDef]) -> Item:
    plain = {name: _plain(value) for name, value in attributes.items()}
    pk, sk = plain.pop("pk", ""), plain.pop("sk", "")
    return Item(key=(str(pk), str(sk)), values=plain)


def _plain(value: AttributeValueTypeDef) -> object:
    if "S" in value:
        return value["S"]
    if "B" in value:
        return bytes(value["B"])
    number = value.get("N", "")
    return int(number) if _NUMBER.fullmatch(number) else value


def _condition(*used: Condition) -> dict[str, Any]:
    """Return the expression parameters of a call: the first condition, and the names and values of all."""
    names = {name for each in used for name in _NAME.findall(each.expression)}
    values = {f":{name}": value for each in used for name, value in each.values.items()}
    found: dict[str, Any] = {
        "ConditionExpression": used[0].expression,
        "ExpressionAttributeNames": {f"#{name}": name for name in sorted(names)},
    }
    # DynamoDB rejects an empty mapping.
    return {**found, "ExpressionAttributeValues": _marshalled(values)} if values else found
