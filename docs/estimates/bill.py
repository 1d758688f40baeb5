"""What fleetscan itself costs in a month, line by line, from the calls it makes and the prices of the list."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from docs.estimates import synthetic
from docs.estimates.prices import PriceList
from docs.estimates.workload import SHARD_NODES, calls, seconds
from fleetscan.aws.cloudwatch import requests
from fleetscan.aws.credits import METRICS
from fleetscan.ports import LedgerPage
from fleetscan.scan.metric_budget import admitted
from fleetscan.scan.metrics import metrics
from fleetscan.settings import Settings

ROOT = Path(__file__).parents[2]

DAYS = 30
HOURS = 24 * DAYS
MEGABYTES = 512
GIGABYTE = 1_000_000_000
MOST_OF_ONE_FUNCTION = 10_000
"""Above it a scan is cut into shards."""
HISTORY_SECONDS = 900
"""A quiet node's ring is written every 15 minutes (decision 0009)."""
LOG_BYTES_OF_A_SCAN = 2_500
"""Lambda's own lines and the counts."""
LOG_BYTES_OF_A_NODE = 1_800
"""A node with findings: the rules and their evidence, measured on the incident's fleet."""
PART_BYTES_OF_A_NODE = 320
"""`python tests/bench/bench_fanout.py`: 311 bytes a node, packed."""
ROSTER_BYTES_OF_A_NODE = 11
"""The id of a worker in the list of the last scan, compressed; written whenever workers come or go: at every scan."""
REPORT_DAYS = 7
"""For how long reports are kept."""
CONCLUDE_MEGABYTES = 2_048
CONCLUDE_CPU_SECONDS_OF_A_NODE = 0.0006
"""Read, gather and compare: the same bench, doubled for the rest of the conclusion."""
TRANSITIONS_OF_A_RUN = 7
TRANSITIONS_OF_AN_ITEM = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """How a month goes."""

    name: str
    critical_nodes: int = 0
    """Sick all month."""
    credit_nodes: int = 0
    """Burstable nodes whose credits are in question all month."""
    messages: int = 0

    def of(self, nodes: int) -> Month:
        """Return the month for a fleet that may have fewer nodes than are critical."""
        return Month(
            name=self.name,
            critical_nodes=min(self.critical_nodes, nodes),
            credit_nodes=min(self.credit_nodes, nodes),
            messages=self.messages,
        )


HEALTHY = Month(name="healthy", credit_nodes=5, messages=4)
BAD = Month(name="bad", critical_nodes=10, credit_nodes=50, messages=120)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the bill."""

    what: str
    units: float
    unit: str
    usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """One month of one fleet."""

    nodes: int
    schedule_minutes: int
    month: Month
    lines: tuple[Line, ...]
    series: int
    series_without_budget: int

    @property
    def usd(self) -> float:
        """All of it."""
        return sum(line.usd for line in self.lines)

    def of(self, what: str) -> float:
        """Return the lines whose name begins so, in USD."""
        return sum(line.usd for line in self.lines if line.what.startswith(what))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """What the templates make that is paid for by being there."""

    alarms: int
    dashboards: int
    keys: int


def stack(templates: Sequence[str]) -> Stack:
    """Count in the templates' own text."""
    text = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in templates)

    def count(kind: str) -> int:
        return len(re.findall(rf"^    Type: {re.escape(kind)}$", text, re.MULTILINE))

    return Stack(
        alarms=count("AWS::CloudWatch::Alarm"),
        dashboards=count("AWS::CloudWatch::Dashboard"),
        keys=count("AWS::KMS::Key"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What one scan publishes."""

    series: int
    series_without_budget: int
    requests: int


@cache
def published(nodes: int, critical_nodes: int, settings: Settings) -> Published:
    """Count what metrics.py and the adapter make of a synthetic report of that size."""
    found = metrics(
        synthetic.report(nodes, critical_nodes=critical_nodes), node_series_limit=settings.node_series_limit
    )
    page = admitted(found, LedgerPage(hour=""), settings.series_limit)
    return Published(
        series=len(page.series),
        series_without_budget=len({(one.name, one.dimensions) for one in found}),
        requests=sum(1 for _ in requests(settings.metric_namespace, found[: len(page.series)])),
    )


def bill(prices: PriceList, nodes: int, schedule_minutes: int, month: Month, settings: Settings | None = None) -> Bill:
    """Return the bill of a month of 30 days, without any free tier."""
    wanted = settings or Settings()
    month = month.of(nodes)
    scans = HOURS * 60 // schedule_minutes
    shards = math.ceil(nodes / SHARD_NODES) if nodes > MOST_OF_ONE_FUNCTION else 0
    templates = ("template.yaml", "fanout.yaml") if shards else ("template.yaml",)
    there = stack(templates)
    numbers = published(nodes, month.critical_nodes, wanted)
    lines: list[Line] = []

    def add(what: str, name: str, units: float) -> None:
        price = prices.prices[name]
        lines.append(Line(what=what, units=units, unit=price.unit, usd=price.of(units)))

    add("Lambda, time", "lambda_gb_second", scans * _gigabyte_seconds(nodes, shards))
    add("Lambda, requests", "lambda_request", scans * (shards + 2 if shards else 1))
    add("CloudWatch, metrics", "metric_series", numbers.series)
    add("CloudWatch, PutMetricData", "put_metric_data", scans * numbers.requests)
    add(
        "CloudWatch, CPU credits and limits of disks read",
        "get_metric_data",
        _credit_metrics(month, scans, schedule_minutes, wanted),
    )
    add("CloudWatch, alarms", "alarm", there.alarms)
    add("CloudWatch, dashboards", "dashboard", there.dashboards)
    histories = nodes * HOURS * 3_600 / max(HISTORY_SECONDS, schedule_minutes * 60)
    critical_histories = month.critical_nodes * scans
    episodes = 3 * month.critical_nodes * HOURS
    rosters = scans * math.ceil(nodes * ROSTER_BYTES_OF_A_NODE / 1_024)
    writes = histories + critical_histories + episodes + rosters + 3 * scans + 14 * HOURS
    add("DynamoDB, writes", "table_write", writes)
    add("DynamoDB, reads", "table_read", scans * (nodes / 2 + nodes * ROSTER_BYTES_OF_A_NODE / 8_192 + 6))
    add("DynamoDB, storage", "table_storage", nodes * 1_024 / GIGABYTE)
    add("S3, reports and parts, PUT", "object_put", scans * (2 + (shards + 1 if shards else 0)))
    add("S3, reports and parts, GET", "object_get", scans * (shards + 2 if shards else 0))
    kept = scans / DAYS * (REPORT_DAYS + (3 if shards else 0)) * nodes * PART_BYTES_OF_A_NODE
    add("S3, reports and parts, storage", "object_storage", kept / GIGABYTE)
    logged = scans * (LOG_BYTES_OF_A_SCAN * (shards + 2 if shards else 1) + month.critical_nodes * LOG_BYTES_OF_A_NODE)
    add("Logs, ingestion", "log_ingestion", logged / GIGABYTE)
    add("Logs, storage", "log_storage", logged / GIGABYTE)
    add("SNS, publish", "message", month.messages)
    add("SNS, e-mail", "mail", month.messages)
    add("KMS, key", "key", there.keys)
    add("KMS, requests", "key_request", 2 * month.messages)
    add("EventBridge Scheduler", "schedule", scans)
    add("Step Functions", "state_transition", scans * _transitions(shards))
    add("SSM Run Command", "run_command", scans * nodes)
    return Bill(
        nodes=nodes,
        schedule_minutes=schedule_minutes,
        month=month,
        lines=tuple(line for line in lines if line.units),
        series=numbers.series,
        series_without_budget=numbers.series_without_budget,
    )


def _gigabyte_seconds(nodes: int, shards: int) -> float:
    """Return what one scan takes of memory and time."""
    if not shards:
        return seconds(nodes) * MEGABYTES / 1024
    each = seconds(SHARD_NODES, region_nodes=nodes) * MEGABYTES / 1024
    planning = calls(nodes).describe_instances * 0.5 * MEGABYTES / 1024
    return planning + shards * each + conclude_seconds(nodes) * CONCLUDE_MEGABYTES / 1024


def conclude_seconds(nodes: int) -> float:
    """Return how long a conclusion over so many nodes takes; its memory comes with a whole core."""
    return 2.0 + nodes * CONCLUDE_CPU_SECONDS_OF_A_NODE


def _transitions(shards: int) -> int:
    return TRANSITIONS_OF_A_RUN + shards * TRANSITIONS_OF_AN_ITEM if shards else 0


def _credit_metrics(month: Month, scans: int, schedule_minutes: int, settings: Settings) -> float:
    """Return the metrics that are asked for: those of each node again when they are as old as may be."""
    refresh_minutes = max(schedule_minutes, settings.credit_refresh_seconds / 60)
    readings = scans * schedule_minutes / refresh_minutes
    return min(month.credit_nodes, settings.credit_node_limit) * len(METRICS) * readings
