"""Turns the list of accounts and Regions into the items of a map state: one per target or shard.

    {"targets": [{"account": "111122223333", "regions": ["eu-west-1", "us-east-1"]}]}

The state of a state machine is limited to 256 KiB, so an item is small and their number bounded.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence

from fleetscan.errors import SettingError
from fleetscan.immutable import immutable
from fleetscan.model.target import Target
from fleetscan.numbers import shown

TARGETS = "targets.json"
"""Key of the object with the list."""
PLAN = "plan.json"
MOST_ITEMS = 1_000
"""Targets and shards of one run. An item and its result take at most 200 bytes each, and a state's input and output
256 KiB (Step Functions developer guide, Quotas)."""
MOST_BYTES = 1_000_000
"""Size of the list: a thousand accounts in every Region take a fifth of it."""

_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+){1,3}-[0-9]{1,2}")


@immutable
class Item:
    """The input of one invocation."""

    target: Target
    credit_nodes: int
    """Most nodes whose credit metrics it may read."""

    def document(self) -> dict[str, object]:
        """Return it as JSON values, the item of the map state."""
        return {
            "account": self.target.account,
            "region": self.target.region,
            "shard": self.target.shard,
            "shards": self.target.shards,
            "credit_nodes": self.credit_nodes,
        }


def targets(text: bytes | None) -> tuple[Target, ...]:
    """Parse the list. SettingError says what is invalid: a misspelt account must not be skipped silently."""
    if text is None:
        raise SettingError(f"There is no {TARGETS} in the bucket; it lists the accounts and Regions to scan")
    if len(text) > MOST_BYTES:
        raise SettingError(f"{TARGETS} has more than {MOST_BYTES:,} bytes")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingError(f"{TARGETS} is not valid JSON: {shown(str(error))}") from error
    entries = document.get("targets") if isinstance(document, dict) else None
    if not isinstance(entries, list) or not entries:
        raise SettingError(f'{TARGETS} has no list "targets" with an entry in it')
    found = tuple(target for entry in entries for target in _entry(entry))
    if len(set(found)) != len(found):
        raise SettingError(f"{TARGETS} names an account and Region twice")
    return found


def items(workers: Mapping[Target, int], *, shard_nodes: int, credit_nodes: int) -> tuple[Item, ...]:
    """Return the items for these targets, given their numbers of workers (0 if unknown).

    A target whose workers could not be counted is planned too: its scan reports the error. Raises SettingError when
    there would be too many items for a run.
    """
    found = [
        Target(account=target.account, region=target.region, shard=shard, shards=shards)
        for target, number in workers.items()
        for shards in [max(1, math.ceil(number / shard_nodes))]
        for shard in range(shards)
    ]
    if len(found) > MOST_ITEMS:
        raise SettingError(f"{len(found):,} targets and shards are too many for a run; the limit is {MOST_ITEMS:,}")
    share = math.ceil(credit_nodes / len(found)) if found else 0
    return tuple(Item(target=target, credit_nodes=share) for target in found)


def target_of(document: object) -> Target:
    """Parse the target of an item. ValueError says what is invalid, as an event can be sent by hand."""
    if not isinstance(document, Mapping):
        raise ValueError("The event has no target")  # noqa: TRY004  # one kind of error for any invalid event
    account, region = document.get("account"), document.get("region")
    shard, shards = document.get("shard", 0), document.get("shards", 1)
    _demand(_ACCOUNT, account, "account")
    _demand(_REGION, region, "Region")
    if not (isinstance(shard, int) and isinstance(shards, int) and 0 <= shard < shards):
        raise ValueError(f"{shown(str(shard))} of {shown(str(shards))} is not a shard")
    return Target(account=str(account), region=str(region), shard=shard, shards=shards)


def written(plan: Sequence[Item]) -> bytes:
    """Return the plan as stored, for the last step and for a retry of this one."""
    return json.dumps({"items": [item.document() for item in plan]}).encode()


def planned(text: bytes | None) -> tuple[Item, ...]:
    """Parse a stored plan. ValueError if there is none or it is damaged."""
    if text is None:
        raise ValueError("The plan of this run is missing")
    found = json.loads(text)["items"]
    return tuple(Item(target=target_of(item), credit_nodes=int(item["credit_nodes"])) for item in found)


def _entry(entry: object) -> tuple[Target, ...]:
    if not isinstance(entry, dict) or set(entry) != {"account", "regions"} or not isinstance(entry["regions"], list):
        raise SettingError(
            f'{TARGETS}: an entry has "account" and a list "regions" and nothing else, not {shown(str(entry))}'
        )
    try:
        return tuple(target_of({"account": entry["account"], "region": region}) for region in entry["regions"])
    except ValueError as error:
        raise SettingError(f"{TARGETS}: {error}") from error


def _demand(pattern: re.Pattern[str], value: object, what: str) -> None:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(f"{shown(str(value))} is not a valid {what}")
