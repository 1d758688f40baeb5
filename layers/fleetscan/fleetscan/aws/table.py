"""What one DynamoDB table remembers, wired for a scan: nodes, episodes, mutes, credits, series, claims.

One table, keys ``pk`` and ``sk``, TTL attribute ``expires_at``. Without a table a scan works and remembers nothing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext

from fleetscan.aws.clients import Clients
from fleetscan.aws.credits import Ec2CreditReader
from fleetscan.aws.dynamodb.claims import ScanClaims
from fleetscan.aws.dynamodb.cluster_memory import DynamoClusterMemory
from fleetscan.aws.dynamodb.credit_cache import HOME, DynamoCreditBook
from fleetscan.aws.dynamodb.episodes import DynamoEpisodes
from fleetscan.aws.dynamodb.mutes import DynamoMutes
from fleetscan.aws.dynamodb.node_memory import DynamoNodeMemory
from fleetscan.aws.dynamodb.series_ledger import DynamoSeriesLedger
from fleetscan.aws.dynamodb.table import Table
from fleetscan.diagnosis.rules import RULES
from fleetscan.incidents.lifecycle import forgotten_at
from fleetscan.incidents.tracker import Keeper
from fleetscan.ports import ClusterMemory, CreditReader, NodeMemory, SeriesLedger
from fleetscan.scan.credit_cache import RememberingCreditReader
from fleetscan.settings import Settings


def opened(aws: Clients, wanted: Settings, *, is_read_only: bool = False) -> Table:
    """Return the table that is wanted."""
    return Table(aws.dynamodb, wanted.table_name, is_read_only=is_read_only)


def keeper(aws: Clients, wanted: Settings, *, is_read_only: bool = False) -> Keeper | None:
    """Return what writes a scan into the memory, or, read only, what compares it with that; None without a table."""
    if not wanted.table_name:
        return None
    table = opened(aws, wanted, is_read_only=is_read_only)
    return Keeper(
        episodes=DynamoEpisodes(table, forgotten_at),
        mutes=DynamoMutes(table),
        rules=tuple(rule.id for rule in RULES),
        clusters=wanted.clusters,
        least=wanted.notify_severity,
    )


def memory(aws: Clients, wanted: Settings, *, is_read_only: bool = False) -> NodeMemory | None:
    """Return the memory of nodes, or, read only, what merely looks at it; None without a table."""
    return DynamoNodeMemory(opened(aws, wanted, is_read_only=is_read_only)) if wanted.table_name else None


def credit_reader(aws: Clients, wanted: Settings, *, hub: Clients | None = None, key: str = HOME) -> CreditReader:
    """Return what reads CPU credits, with a table only when what it remembers of them has become old.

    ``hub`` has the table where that is in another account than the nodes; ``key`` says whose book it is.
    """
    reader = Ec2CreditReader(aws.ec2, aws.cloudwatch, time.time)
    if not wanted.table_name or not wanted.credit_refresh_seconds:
        return reader
    book = DynamoCreditBook(opened(hub or aws, wanted), time.time, key=key)
    return RememberingCreditReader(reader, book, time.time, refresh_seconds=wanted.credit_refresh_seconds)


def ledger(aws: Clients, wanted: Settings) -> SeriesLedger | None:
    """Return what remembers the metric series of the running hour; None without a table."""
    return DynamoSeriesLedger(opened(aws, wanted), time.time) if wanted.table_name else None


def cluster_memory(aws: Clients, wanted: Settings, *, is_read_only: bool = False) -> ClusterMemory | None:
    """Return what is kept of Kubernetes, or, read only, what merely looks at that; None without a table."""
    if not wanted.table_name:
        return None
    return DynamoClusterMemory(opened(aws, wanted, is_read_only=is_read_only))


def claimed(
    aws: Clients, wanted: Settings, event: Mapping[str, object], *, until: float, owner: str = ""
) -> AbstractContextManager[bool]:
    """Return a context that says whether the scan of an event is ours to make; ``owner`` is who asks.

    The scheduled time comes first: EventBridge delivers a start at least once, and gives each attempt an execution id
    of its own. An event without either, such as one sent by hand, is always ours.
    """
    key = str(event.get("scheduled_at") or event.get("execution_id") or "")
    if not wanted.table_name or not key:
        return nullcontext(enter_result=True)
    return ScanClaims(opened(aws, wanted)).claimed(key, clock=time.time, until=until, owner=owner)
