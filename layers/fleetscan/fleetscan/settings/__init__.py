"""The settings of a scan, read once from the environment (``FLEETSCAN_*``).

    FLEETSCAN_CLUSTERS=live,staging
    FLEETSCAN_NOTIFY_SEVERITY=warning
    FLEETSCAN_SAFETY_MARGIN_SECONDS=30
    FLEETSCAN_THRESHOLDS=slab_unreclaimable_high.warning_ratio=0.12 memory_pressure_high.critical_percent=70

An invalid value is an error (``environment``). Other functions have their own settings: ``fanout``, ``slack``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from fleetscan.diagnosis import tuning
from fleetscan.immutable import immutable
from fleetscan.model import CreditMode, Severity
from fleetscan.model.threshold import MovedThreshold
from fleetscan.settings.environment import BUCKET, TABLE, Reader, between, fields, invalid_value, matching

PREFIX = "FLEETSCAN_"

_CLUSTER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}")
"""ClusterName of the EKS API."""
_DOCUMENT = re.compile(r"[0-9A-Za-z_.:/-]{3,128}")
_VERSION = re.compile(r"[1-9][0-9]{0,3}")
"""A number, never ``$DEFAULT`` or ``$LATEST``, which anyone who edits the document can change; at most 1,000
versions."""
_HASH = re.compile(r"[0-9a-f]{64}")
"""DocumentARN of the SSM API: a name or an ARN."""
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[0-9a-z-]+:[0-9]{12}:[0-9A-Za-z_-]{1,256}")
_URL = re.compile(r"https://[!-~]{1,2000}")
_NAMESPACE = re.compile(r"(?!AWS/)[0-9A-Za-z._/#:-]{1,255}")
"""Namespace of the CloudWatch API; ``AWS/`` belongs to AWS."""


@immutable
class Settings:
    """The settings of a scan. The defaults scan everything and notify of warnings."""

    clusters: tuple[str, ...] = ()
    """EKS clusters to scan; empty for all of the Region."""
    document_name: str = ""
    """The SSM document of the stack; empty where there is no stack."""
    document_version: str = ""
    """The version that is sent; empty for the document's default version."""
    document_hash: str = ""
    """SHA-256 of that version from SSM; a document with another hash is rejected. Empty to pin the version alone."""
    topic_arn: str = ""
    """The SNS topic for notifications; empty for none."""
    chat_topic_arn: str = ""
    """The SNS topic for Amazon Q Developer in chat applications; empty for none."""
    table_name: str = ""
    """The DynamoDB table with the history of earlier scans; empty for none."""
    bucket_name: str = ""
    """The S3 bucket for whole reports; empty for none."""
    dashboard_url: str = ""
    """The stack's dashboard in the console, linked in notifications."""
    alarm_window_seconds: int = 900
    """Evaluation window of the alarms; an older report is marked as outdated."""
    metric_namespace: str = "FleetScan"
    notify_severity: Severity = Severity.WARNING
    """Lowest severity that is notified."""
    credit_mode: CreditMode | None = None
    """The CPU credit mode that burstable nodes should have; None if any is accepted."""
    credit_node_limit: int = 50
    """Most nodes whose credit metrics are read in one scan. Four metrics each, at 0.01 USD a thousand."""
    credit_refresh_seconds: int = 3_600
    """Age at which the cached credits of a node are read again. Every five minutes, 50 busy nodes cost 17 USD a month;
    every hour, 1.44 USD."""
    kubernetes_node_limit: int = 20
    """Most nodes whose pods are listed in one scan, if Kubernetes access is on: nodes with problems, worst first."""
    node_series_limit: int = 10
    """Most nodes that get metric series of their own in one scan, 0.30 USD a series and month."""
    series_limit: int = 26
    """Most metric series in an hour, 0.30 USD each a month: 7.80 of the 20 USD budgeted for 1,000 nodes
    (docs/cost.md). Fifteen totals, five of a cluster, and six for findings, node groups and nodes."""
    kubernetes_access: bool = False
    """Whether to read the clusters' Kubernetes API; docs/kubernetes-access.md has the requirements."""
    bottlerocket_scan: bool = True
    """Whether to run the script on Bottlerocket nodes too, in the container of their agent, with partial coverage."""
    thresholds: tuple[MovedThreshold, ...] = ()
    """Changed limits of rules."""
    delivery_timeout_seconds: int = 60
    """Delivery timeout of the command; the SSM API requires at least 30."""
    safety_margin_seconds: int = 30
    """Part of the function's time reserved for diagnosis and publishing."""


def read(environment: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables; SettingError names variable, value and allowed values."""
    return Settings(**fields(environment, PREFIX, _READERS))


def _clusters(name: str, value: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
    for cluster in names:
        if not _CLUSTER.fullmatch(cluster):
            raise invalid_value(name, cluster, "EKS cluster names separated by commas")
    return names


def _thresholds(name: str, value: str) -> tuple[MovedThreshold, ...]:
    return tuning.read(value, source=name)


def _switch(name: str, value: str) -> bool:
    if value not in {"on", "off"}:
        raise invalid_value(name, value, "on or off")
    return value == "on"


def _severity(name: str, value: str) -> Severity:
    try:
        return Severity(value)
    except ValueError:
        raise invalid_value(name, value, ", ".join(Severity)) from None


def _credit_mode(name: str, value: str) -> CreditMode:
    try:
        return CreditMode(value)
    except ValueError:
        raise invalid_value(name, value, f"{', '.join(CreditMode)} or nothing") from None


_READERS: Mapping[str, Reader] = {
    "FLEETSCAN_CLUSTERS": _clusters,
    "FLEETSCAN_DOCUMENT_NAME": matching(_DOCUMENT, "the name or ARN of an SSM document"),
    "FLEETSCAN_DOCUMENT_VERSION": matching(_VERSION, "the number of a version of the document"),
    "FLEETSCAN_DOCUMENT_HASH": matching(_HASH, "a SHA-256 in 64 lower-case hexadecimal digits"),
    "FLEETSCAN_TOPIC_ARN": matching(_TOPIC, "the ARN of an SNS topic"),
    "FLEETSCAN_CHAT_TOPIC_ARN": matching(_TOPIC, "the ARN of an SNS topic"),
    "FLEETSCAN_TABLE_NAME": matching(TABLE, "the name of a DynamoDB table"),
    "FLEETSCAN_BUCKET_NAME": matching(BUCKET, "the name of an S3 bucket"),
    "FLEETSCAN_DASHBOARD_URL": matching(_URL, "an https URL"),
    "FLEETSCAN_ALARM_WINDOW_SECONDS": between(60, 86_400),
    "FLEETSCAN_METRIC_NAMESPACE": matching(_NAMESPACE, "a CloudWatch namespace outside AWS/"),
    "FLEETSCAN_NOTIFY_SEVERITY": _severity,
    "FLEETSCAN_CREDIT_MODE": _credit_mode,
    "FLEETSCAN_CREDIT_NODE_LIMIT": between(0, 1_000),
    "FLEETSCAN_CREDIT_REFRESH_SECONDS": between(0, 86_400),
    "FLEETSCAN_KUBERNETES_NODE_LIMIT": between(0, 500),
    "FLEETSCAN_NODE_SERIES_LIMIT": between(0, 500),
    "FLEETSCAN_SERIES_LIMIT": between(10, 5_000),
    "FLEETSCAN_KUBERNETES_ACCESS": _switch,
    "FLEETSCAN_BOTTLEROCKET_SCAN": _switch,
    "FLEETSCAN_THRESHOLDS": _thresholds,
    "FLEETSCAN_DELIVERY_TIMEOUT_SECONDS": between(30, 3_600),
    "FLEETSCAN_SAFETY_MARGIN_SECONDS": between(0, 300),
}
"""One row for each field of Settings: the variable's name is the field's, in upper case."""
