"""From the list of accounts and Regions that people keep to the items of a map: one for each target or shard of it.

    {"targets": [{"account": "111122223333", "regions": ["eu-west-1", "us-east-1"]}]}

Everything between the steps of a state machine has to fit into 256 KiB, so an item is small and their number bounded.
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
"""The object with the list."""
PLAN = "plan.json"
MOST_ITEMS = 1_000
"""Targets and shards of one run. An item and its result take at most 200 bytes each, and a state's input and output
256 KiB (Step Functions developer guide, Quotas)."""
MOST_BYTES = 1_000_000
"""Of the list: a thousand accounts in every Region take a fifth of it."""

_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+){1,3}-[0-9]{1,2}")


@immutable
class Item:
    """What one invocation gets."""

    target: Target
    credit_nodes: int
    """Its share of the nodes whose credit metrics may be read."""

    def document(self) -> dict[str, object]:
        """Return it as plain values, as the map hands it over."""
        return {
            "account": self.target.account,
            "region": self.target.region,
            "shard": self.target.shard,
            "shards": self.target.shards,
            "credit_nodes": self.credit_nodes,
        }


def targets(text: bytes | None) -> tuple[Target, ...]:
    """Read the list. SettingError says what in it is wrong: an account that is misspelt must not just be left out."""
    if text is None:
        raise SettingError(f"There is no {TARGETS} in the bucket; it lists the accounts and Regions to scan")
    if len(text) > MOST_BYTES:
        raise SettingError(f"{TARGETS} has more than {MOST_BYTES:,} bytes")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingError(f"{TARGETS} is no JSON: {shown(str(error))}") from error
    entries = document.get("targets") if isinstance(document, dict) else None
    if not isinstance(entries, list) or not entries:
        raise SettingError(f'{TARGETS} has no list "targets" with an entry in it')
    found = tuple(target for entry in entries for target in _entry(entry))
    if len(set(found)) != len(found):
        raise SettingError(f"{TARGETS} names an account and Region twice")
    return found


def items(workers: Mapping[Target, int], *, shard_nodes: int, credit_nodes: int) -> tuple[Item, ...]:
    """Return the items for these targets with so many workers each; 0 where they could not be counted.

    A target that could not be counted is planned all the same: the scan of it says why it cannot be scanned. Raises
    SettingError when there would be more than a run can hold.
    """
    found = [
        Target(account=target.account, region=target.region, shard=shard, shards=shards)
        for target, number in workers.items()
        for shards in [max(1, math.ceil(number / shard_nodes))]
        for shard in range(shards)
    ]
    if len(found) > MOST_ITEMS:
        raise SettingError(f"{len(found):,} targets and shards are more than a run can hold: {MOST_ITEMS:,}")
    share = math.ceil(credit_nodes / len(found)) if found else 0
    return tuple(Item(target=target, credit_nodes=share) for target in found)


def target_of(document: object) -> Target:
    """Read the target of an item. ValueError says what is wrong: an event can be sent by hand."""
    if not isinstance(document, Mapping):
        raise ValueError("The event names no target")  # noqa: TRY004  # one kind of error for all that is wrong in an event
    account, region = document.get("account"), document.get("region")
    shard, shards = document.get("shard", 0), document.get("shards", 1)
    _demand(_ACCOUNT, account, "account")
    _demand(_REGION, region, "Region")
    if not (isinstance(shard, int) and isinstance(shards, int) and 0 <= shard < shards):
        raise ValueError(f"{shown(str(shard))} of {shown(str(shards))} is no shard")
    return Target(account=str(account), region=str(region), shard=shard, shards=shards)


def written(plan: Sequence[Item]) -> bytes:
    """Return the plan as it is stored, for the conclusion and for an attempt whose answer is lost."""
    return json.dumps({"items": [item.document() for item in plan]}).encode()


def planned(text: bytes | None) -> tuple[Item, ...]:
    """Read a stored plan. ValueError when there is none or it is damaged."""
    if text is None:
        raise ValueError("The plan of this run is not there")
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
        raise ValueError(f"{shown(str(value))} is no {what}")
