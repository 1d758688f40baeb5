"""Items that earlier releases wrote, as they were recorded: each adapter reads them as the same values, for good.

``tests/fixtures/stored/items.json`` has one item or two of each adapter; it is never recorded anew.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fleetscan.aws.dynamodb.claims import ScanClaims
from fleetscan.aws.dynamodb.cluster_history import DynamoClusterHistory
from fleetscan.aws.dynamodb.credit_cache import DynamoCreditCache
from fleetscan.aws.dynamodb.episodes import DynamoEpisodes
from fleetscan.aws.dynamodb.mutes import DynamoMutes
from fleetscan.aws.dynamodb.node_history import DynamoNodeHistory
from fleetscan.aws.dynamodb.series_ledger import DynamoSeriesLedger
from fleetscan.aws.dynamodb.table import Table
from fleetscan.aws.dynamodb.threads import DynamoThreads
from fleetscan.incidents import mute
from fleetscan.model.death import ClusterPast
from fleetscan.ports import LedgerPage, LoadedEpisodes
from fleetscan.storage import history_codec
from tests.fixtures import stored_examples as examples
from tests.fixtures.stack_table import TABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ITEMS = Path(__file__).parents[3] / "fixtures" / "stored" / "items.json"
NOW = examples.AT.timestamp()


@pytest.fixture(autouse=True)
def recorded(dynamodb: DynamoDBClient) -> None:
    """Put the recorded items into the table."""
    for item in json.loads(ITEMS.read_text()):
        attributes: dict[str, Any] = {
            name: {"B": base64.b64decode(value["B"])} if "B" in value else value for name, value in item.items()
        }
        dynamodb.put_item(TableName=TABLE, Item=attributes)


def test_episodes(table: Table) -> None:
    """In their version, and the next one is let through."""
    store = DynamoEpisodes(table)
    (episode,) = store.load().episodes

    assert store.load() == LoadedEpisodes(episodes=(examples.EPISODE_AS_WRITTEN,))
    assert store.reload(episode) == episode
    assert store.store(episode) == replace(episode, version=2)


def test_what_is_kept_of_kubernetes(table: Table) -> None:
    """Events and deaths."""
    short = replace(examples.EVENT, uid="w", reason="FailedScheduling")
    expected = ClusterPast(
        events={"live": (examples.EVENT, short)}, deaths=(examples.SPARSE_DEATH, examples.DEATH), problems=()
    )

    assert DynamoClusterHistory(table, clock=lambda: NOW).load([]) == expected


def test_credits(table: Table) -> None:
    """In the book of their target."""
    assert DynamoCreditCache(table, lambda: NOW, key="111122223333/eu-west-1/0-of-1").load() == examples.CREDITS


def test_rings_of_nodes(table: Table) -> None:
    """As bytes."""
    found = DynamoNodeHistory(table).load(["i-0a41c7e29d5f3b618", "i-1"])

    assert {each: history_codec.decode(ring) for each, ring in found.histories.items()} == {
        "i-0a41c7e29d5f3b618": (examples.HISTORY, "")
    }


def test_mutes(table: Table) -> None:
    """What was noted of a notice is no part of an entry."""
    mutes = DynamoMutes(table)

    assert mute.read(mutes.entries(), examples.AT, ["swap_thrashing"]).active == (
        examples.MUTE,
        replace(examples.MUTE, id="m2"),
    )
    assert not mutes.claim_notice("m2", until=examples.AT, now=examples.AT)
    assert mutes.claim_notice("m1", until=examples.AT, now=examples.AT)


def test_claims(table: Table) -> None:
    """One is under way, and its owner may take it over; one is done, and nobody may."""
    claims = ScanClaims(table)

    assert not claims.claim("2026-01-15T06:05:00Z", now=NOW, until=NOW + 1, owner="another")
    assert claims.claim("2026-01-15T06:05:00Z", now=NOW, until=NOW + 1, owner="3f2b6c1e")
    assert not claims.claim("2026-01-15T06:00:00Z", now=NOW + 9_999, until=NOW + 9_999, owner="3f2b6c1e")


def test_series(table: Table) -> None:
    """The page of the hour."""
    page = LedgerPage(hour="2026-01-15T06", series=frozenset({"0f3a", "91bc"}), version=1)
    ledger = DynamoSeriesLedger(table, lambda: NOW)

    assert ledger.paid("2026-01-15T06") == page
    assert ledger.pay(page)
    assert not ledger.pay(page)


def test_threads(table: Table) -> None:
    """By name, and by the hash of a name that is too long for a key."""
    expected = dict.fromkeys(["slab_unreclaimable_high#live#socket_queue", "x" * 950], "1768457103.218441")

    assert DynamoThreads(table, "C0123456789", lambda: NOW).load() == expected
