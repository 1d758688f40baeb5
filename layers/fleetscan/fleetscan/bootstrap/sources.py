"""Wires the sources of a scan from the settings: the nodes of an account and Region, and their history."""

from __future__ import annotations

import time
from collections.abc import Sequence

from fleetscan.aws.clients import Clients
from fleetscan.aws.cluster_access import EksClusterAccess
from fleetscan.aws.credits import Ec2CreditReader
from fleetscan.aws.disk_limits import CloudWatchDiskReader
from fleetscan.aws.dynamodb.cluster_history import DynamoClusterHistory
from fleetscan.aws.dynamodb.credit_cache import HOME, DynamoCreditCache, DynamoDiskCache
from fleetscan.aws.dynamodb.node_history import DynamoNodeHistory
from fleetscan.aws.dynamodb.table import Table
from fleetscan.aws.ec2 import Ec2Inventory
from fleetscan.aws.run_command.collector import RunCommandCollector
from fleetscan.bootstrap.findings import finding_tracker
from fleetscan.errors import SettingError
from fleetscan.kubernetes.reader import Listener, cluster_reader
from fleetscan.model.target import Target
from fleetscan.ports import (
    Clock,
    ClusterHistoryStore,
    ClusterReader,
    CreditReader,
    DiskReader,
    NodeHistoryStore,
    Progress,
)
from fleetscan.scan.credit_cache import CachedCreditReader
from fleetscan.scan.disk_cache import CachedDiskReader
from fleetscan.scan.ports import Sources, follow_none, unwatched
from fleetscan.settings import Settings


def sources(
    aws: Clients,
    settings: Settings,
    *,
    clock: Clock = time.time,
    progress: Progress = unwatched,
    script: Sequence[str] = (),
    is_read_only: bool = False,
    listener: Listener | None = None,
) -> Sources:
    """Return the sources of these clients' account and Region; SettingError if no document is set.

    With ``script`` the document is AWS's own, which runs these lines. If read-only, nothing is written to the table.
    ``listener`` keeps what the clusters' APIs say.
    """
    inventory = Ec2Inventory(aws.ec2, aws.eks, settings.clusters)
    findings = finding_tracker(aws, settings, is_read_only=True)
    return Sources(
        inventory=inventory,
        collector=_collector(aws, settings, inventory, clock=clock, progress=progress, script=script),
        credit_reader=_credit_reader(aws, aws, settings, HOME),
        disk_reader=_disk_reader(aws, aws, settings, HOME),
        clock=clock,
        progress=progress,
        followed=findings.followed if findings else follow_none,
        node_history=_node_history(aws, settings, is_read_only=is_read_only),
        cluster_reader=reader_of_clusters(aws, settings, clock, listener),
        cluster_history=_cluster_history(aws, settings, is_read_only=is_read_only),
    )


def sources_of_target(inside: Clients, hub: Clients, settings: Settings, target: Target) -> Sources:
    """Return the sources of a target, with the target's own clients and the history in the hub's table.

    Kubernetes is not queried: the hub has no access to the networks of other accounts.
    """
    inventory = Ec2Inventory(inside.ec2, inside.eks, settings.clusters, target=target)
    findings = finding_tracker(hub, settings, is_read_only=True)
    return Sources(
        inventory=inventory,
        collector=_collector(inside, settings, inventory),
        credit_reader=_credit_reader(inside, hub, settings, target.key),
        disk_reader=_disk_reader(inside, hub, settings, target.key),
        clock=time.time,
        followed=findings.followed if findings else follow_none,
        node_history=_node_history(hub, settings, is_read_only=False),
    )


def reader_of_clusters(
    aws: Clients, settings: Settings, clock: Clock = time.time, listener: Listener | None = None
) -> ClusterReader | None:
    """Return the reader of the Kubernetes API; None if it is switched off."""
    if not settings.kubernetes_access:
        return None
    return cluster_reader(EksClusterAccess(aws), clock, time.sleep, listener=listener)


def _collector(
    aws: Clients,
    settings: Settings,
    inventory: Ec2Inventory,
    *,
    clock: Clock = time.time,
    progress: Progress = unwatched,
    script: Sequence[str] = (),
) -> RunCommandCollector:
    """Return the collector for the stack's document, pinned by the version and hash of the settings."""
    if not settings.document_name:
        raise SettingError("FLEETSCAN_DOCUMENT_NAME is not set; it names the SSM document that runs on the nodes")
    return RunCommandCollector(
        aws.ssm,
        document=settings.document_name,
        document_version=settings.document_version,
        document_hash=settings.document_hash,
        commands=script,
        clock=clock,
        sleep=time.sleep,
        delivery_timeout_seconds=settings.delivery_timeout_seconds,
        running=inventory.running,
        progress=progress,
        scans_bottlerocket=settings.bottlerocket_scan,
    )


def _credit_reader(aws: Clients, hub: Clients, settings: Settings, key: str) -> CreditReader:
    """Return the reader of CPU credits, with a cache if there is a table.

    ``hub`` has the table, which may be in another account than the nodes; ``key`` is the key of the cache.
    """
    reader = Ec2CreditReader(aws.ec2, aws.cloudwatch, time.time)
    if not settings.table_name or not settings.credit_refresh_seconds:
        return reader
    cache = DynamoCreditCache(Table(hub.dynamodb, settings.table_name), time.time, key=key)
    return CachedCreditReader(reader, cache, time.time, refresh_seconds=settings.credit_refresh_seconds)


def _disk_reader(aws: Clients, hub: Clients, settings: Settings, key: str) -> DiskReader:
    """Return the reader of disk limits, cached as CPU credits are."""
    reader = CloudWatchDiskReader(aws.cloudwatch, time.time)
    if not settings.table_name or not settings.credit_refresh_seconds:
        return reader
    cache = DynamoDiskCache(Table(hub.dynamodb, settings.table_name), time.time, key=key)
    return CachedDiskReader(reader, cache, time.time, refresh_seconds=settings.credit_refresh_seconds)


def _cluster_history(aws: Clients, settings: Settings, *, is_read_only: bool) -> ClusterHistoryStore | None:
    if not settings.table_name:
        return None
    return DynamoClusterHistory(Table(aws.dynamodb, settings.table_name, is_read_only=is_read_only))


def _node_history(aws: Clients, settings: Settings, *, is_read_only: bool) -> NodeHistoryStore | None:
    if not settings.table_name:
        return None
    return DynamoNodeHistory(Table(aws.dynamodb, settings.table_name, is_read_only=is_read_only))
