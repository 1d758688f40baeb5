"""Wires the destinations of a report from the settings: the same for one Region and for many accounts."""

from __future__ import annotations

import time

from fleetscan.aws.clients import Clients
from fleetscan.aws.cloudwatch import CloudWatchMetricSink
from fleetscan.aws.dynamodb.rosters import DynamoRosters
from fleetscan.aws.dynamodb.series_ledger import DynamoSeriesLedger
from fleetscan.aws.dynamodb.table import Table
from fleetscan.aws.s3 import ReportBucket
from fleetscan.aws.sns import SnsSink
from fleetscan.bootstrap.findings import finding_tracker
from fleetscan.ports import Clock, RosterStore, SeriesLedger, Sink
from fleetscan.render.html import page
from fleetscan.render.message import chat_notification, sns
from fleetscan.scan.ports import Destinations
from fleetscan.scan.report_store import ReportStore
from fleetscan.settings import Settings


def destinations(aws: Clients, settings: Settings, *, account: str, region: str) -> Destinations:
    """Return the destinations of a report: the stack's table, metrics, bucket and topics."""
    return Destinations(
        clock=time.time,
        account=account,
        region=region,
        finding_tracker=finding_tracker(aws, settings),
        rosters=_rosters(aws, settings),
        metric_sink=CloudWatchMetricSink(aws.cloudwatch, settings.metric_namespace),
        series_ledger=_series_ledger(aws, settings),
        report_store=_report_store(aws, settings),
        sinks=_sinks(aws, settings),
    )


def _sinks(aws: Clients, settings: Settings) -> tuple[Sink, ...]:
    """Return a sink for each configured topic, each with its own text format."""
    topics = {settings.topic_arn: sns.texts, settings.chat_topic_arn: chat_notification.texts}
    return tuple(
        SnsSink(aws.sns, topic_arn, subject=sns.subject, texts=texts, attributes=sns.attributes)
        for topic_arn, texts in topics.items()
        if topic_arn
    )


def _rosters(aws: Clients, settings: Settings, *, is_read_only: bool = False) -> RosterStore | None:
    """Return the store of the last scan's workers; None without a table."""
    if not settings.table_name:
        return None
    return DynamoRosters(Table(aws.dynamodb, settings.table_name, is_read_only=is_read_only), time.time)


def _series_ledger(aws: Clients, settings: Settings) -> SeriesLedger | None:
    """Return the ledger of metric series; None without a table."""
    return DynamoSeriesLedger(Table(aws.dynamodb, settings.table_name), time.time) if settings.table_name else None


def _report_store(aws: Clients, settings: Settings) -> ReportStore | None:
    """Return the store of whole reports; None without a bucket."""
    if not settings.bucket_name:
        return None
    report_archive = ReportBucket(aws.s3, settings.bucket_name)
    return ReportStore(report_archive=report_archive, bucket=settings.bucket_name, page=page.render)


def unpublished(aws: Clients, settings: Settings, *, clock: Clock, account: str, region: str) -> Destinations:
    """Return destinations for the command line: findings are compared with the table, nothing is written."""
    return Destinations(
        clock=clock,
        account=account,
        region=region,
        finding_tracker=finding_tracker(aws, settings, is_read_only=True),
        rosters=_rosters(aws, settings, is_read_only=True),
    )
