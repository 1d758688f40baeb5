"""Wiring for the command line: clients of the chosen account, and read access to the data of a stack."""

from __future__ import annotations

from fleetscan.aws.clients import Clients
from fleetscan.aws.dynamodb.cluster_history import DynamoClusterHistory
from fleetscan.aws.dynamodb.mute_edits import MuteEdits
from fleetscan.aws.dynamodb.mutes import DynamoMutes
from fleetscan.aws.dynamodb.table import Table
from fleetscan.aws.s3 import ReportBucket, key
from fleetscan.errors import SettingError
from fleetscan.model import Report
from fleetscan.ports import Clock, ClusterHistoryStore, MuteEditor, MuteList


def account(region: str | None, profile: str | None, endpoint_url: str | None) -> Clients:
    """Return the clients of an account and Region; SettingError if no Region is configured."""
    aws = Clients(region=region, profile=profile, endpoint_url=endpoint_url)
    if not aws.region:
        raise SettingError("no Region is configured; name one with --region")
    return aws


def mute_list(aws: Clients, table: str) -> MuteList:
    """Return the mute list of a stack's table, read-only."""
    return DynamoMutes(Table(aws.dynamodb, table, is_read_only=True))


def mute_edits(aws: Clients, table: str) -> MuteEditor:
    """Return the editor of the mute list of a stack's table."""
    return MuteEdits(Table(aws.dynamodb, table))


def cluster_history(aws: Clients, table: str, clock: Clock) -> ClusterHistoryStore:
    """Return the Kubernetes history of a stack's table, read-only."""
    return DynamoClusterHistory(Table(aws.dynamodb, table, is_read_only=True), clock=clock)


def stored_report(region: str | None, profile: str | None, endpoint_url: str | None, bucket: str, scan: str) -> Report:
    """Return a report from a stack's bucket, by default the last one; StoredReportError if there is none."""
    report_archive = ReportBucket(Clients(region=region, profile=profile, endpoint_url=endpoint_url).s3, bucket)
    return report_archive.load(key(scan) if scan else report_archive.latest().key)
