"""What a scan observes with, from the settings: the nodes of one account and Region, and what is remembered of them."""

from __future__ import annotations

import time
from collections.abc import Sequence

from fleetscan.aws.clients import Clients
from fleetscan.aws.cluster_access import EksClusterAccess
from fleetscan.aws.credits import Ec2CreditReader
from fleetscan.aws.dynamodb.cluster_memory import DynamoClusterMemory
from fleetscan.aws.dynamodb.credit_cache import HOME, DynamoCreditBook
from fleetscan.aws.dynamodb.node_memory import DynamoNodeMemory
from fleetscan.aws.dynamodb.table import Table
from fleetscan.aws.ec2 import Ec2Inventory
from fleetscan.aws.run_command.collector import RunCommandCollector
from fleetscan.bootstrap.findings import keeper
from fleetscan.errors import SettingError
from fleetscan.kubernetes.reader import Listener, cluster_reader
from fleetscan.model.target import Target
from fleetscan.ports import Clock, ClusterMemory, ClusterReader, CreditReader, NodeMemory, Progress
from fleetscan.scan.credit_cache import RememberingCreditReader
from fleetscan.scan.outside import Sources, follow_none, unwatched
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
    """Return what observes the nodes that these clients see; SettingError where no document is named.

    With ``script`` the document is AWS's own, which runs these lines. Read only, nothing is written to the table.
    ``listener`` keeps what the clusters' APIs say.
    """
    inventory = Ec2Inventory(aws.ec2, aws.eks, settings.clusters)
    findings = keeper(aws, settings, is_read_only=True)
    return Sources(
        inventory=inventory,
        collector=_collector(aws, settings, inventory, clock=clock, progress=progress, script=script),
        credit_reader=_credit_reader(aws, aws, settings, HOME),
        clock=clock,
        progress=progress,
        followed=findings.followed if findings else follow_none,
        node_memory=_node_memory(aws, settings, is_read_only=is_read_only),
        cluster_reader=reader_of_clusters(aws, settings, clock, listener),
        cluster_memory=_cluster_memory(aws, settings, is_read_only=is_read_only),
    )


def sources_of_target(inside: Clients, hub: Clients, settings: Settings, target: Target) -> Sources:
    """Return what observes a target with its own clients; what is remembered of its nodes is in the hub's table.

    Clusters are not asked: the hub has no way into the networks of other accounts.
    """
    inventory = Ec2Inventory(inside.ec2, inside.eks, settings.clusters, target=target)
    findings = keeper(hub, settings, is_read_only=True)
    return Sources(
        inventory=inventory,
        collector=_collector(inside, settings, inventory),
        credit_reader=_credit_reader(inside, hub, settings, target.key),
        clock=time.time,
        followed=findings.followed if findings else follow_none,
        node_memory=_node_memory(hub, settings, is_read_only=False),
    )


def reader_of_clusters(
    aws: Clients, settings: Settings, clock: Clock = time.time, listener: Listener | None = None
) -> ClusterReader | None:
    """Return what asks the clusters' own APIs; None where the settings want none asked."""
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
    """Return what runs the stack's own document, pinned as the settings have it, and nothing else."""
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
    )


def _credit_reader(aws: Clients, hub: Clients, settings: Settings, key: str) -> CreditReader:
    """Return what reads CPU credits, with a table only when what it remembers of them has become old.

    ``hub`` has the table, which may be in another account than the nodes; ``key`` says whose cache it is.
    """
    reader = Ec2CreditReader(aws.ec2, aws.cloudwatch, time.time)
    if not settings.table_name or not settings.credit_refresh_seconds:
        return reader
    book = DynamoCreditBook(Table(hub.dynamodb, settings.table_name), time.time, key=key)
    return RememberingCreditReader(reader, book, time.time, refresh_seconds=settings.credit_refresh_seconds)


def _cluster_memory(aws: Clients, settings: Settings, *, is_read_only: bool) -> ClusterMemory | None:
    if not settings.table_name:
        return None
    return DynamoClusterMemory(Table(aws.dynamodb, settings.table_name, is_read_only=is_read_only))


def _node_memory(aws: Clients, settings: Settings, *, is_read_only: bool) -> NodeMemory | None:
    if not settings.table_name:
        return None
    return DynamoNodeMemory(Table(aws.dynamodb, settings.table_name, is_read_only=is_read_only))
