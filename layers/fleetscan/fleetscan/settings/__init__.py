"""The settings of a scan, read once from the environment (``FLEETSCAN_*``).

    FLEETSCAN_CLUSTERS=live,staging
    FLEETSCAN_NOTIFY_SEVERITY=warning
    FLEETSCAN_SAFETY_MARGIN_SECONDS=30
    FLEETSCAN_THRESHOLDS=slab_unreclaimable_high.warning_ratio=0.12 memory_pressure_high.critical_percent=70

What does not fit is an error (``environment``). Other functions have settings of their own: ``fanout``, ``slack``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from fleetscan.diagnosis import tuning
from fleetscan.immutable import immutable
from fleetscan.model import CreditMode, Severity
from fleetscan.model.threshold import MovedThreshold
from fleetscan.settings.environment import BUCKET, TABLE, Reader, between, fields, matching, misfit

PREFIX = "FLEETSCAN_"

_CLUSTER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}")
"""ClusterName of the EKS API."""
_DOCUMENT = re.compile(r"[0-9A-Za-z_.:/-]{3,128}")
_VERSION = re.compile(r"[1-9][0-9]{0,3}")
"""A number, never ``$DEFAULT`` or ``$LATEST``, which whoever edits the document decides; it may have 1,000 of them."""
_HASH = re.compile(r"[0-9a-f]{64}")
"""DocumentARN of the SSM API: a name or an ARN."""
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[0-9a-z-]+:[0-9]{12}:[0-9A-Za-z_-]{1,256}")
_URL = re.compile(r"https://[!-~]{1,2000}")
_NAMESPACE = re.compile(r"(?!AWS/)[0-9A-Za-z._/#:-]{1,255}")
"""Namespace of the CloudWatch API; ``AWS/`` belongs to AWS."""


@immutable
class Settings:
    """What an operator may decide about a scan. The defaults scan everything and tell of warnings."""

    clusters: tuple[str, ...] = ()
    """EKS clusters to scan; empty for all of the Region."""
    document_name: str = ""
    """The SSM document of the stack; empty where there is no stack."""
    document_version: str = ""
    """The one version that is sent; empty for whatever the document's default is."""
    document_hash: str = ""
    """SHA-256 of that version as SSM gives it: a document with another is refused; empty to pin the version alone."""
    topic_arn: str = ""
    """The SNS topic to tell; empty to tell nobody."""
    chat_topic_arn: str = ""
    """The SNS topic that Amazon Q Developer in chat applications reads; empty where it reads none."""
    table_name: str = ""
    """The DynamoDB table that remembers earlier scans; empty to remember nothing."""
    bucket_name: str = ""
    """The S3 bucket that keeps whole reports; empty to keep none."""
    dashboard_url: str = ""
    """The stack's dashboard in the console, for messages to link to."""
    alarm_window_seconds: int = 900
    """What the alarms look back on; a report that is older is told to be old."""
    metric_namespace: str = "FleetScan"
    notify_severity: Severity = Severity.WARNING
    """The mildest finding that is worth a message."""
    credit_mode: CreditMode | None = None
    """The CPU credit mode that burstable nodes should have; None when any is welcome."""
    credit_node_limit: int = 50
    """Most nodes whose credit metrics are read in one scan. Four metrics each, at 0.01 USD a thousand."""
    credit_refresh_seconds: int = 3_600
    """How old the credits of a node may be before they are read again. Read every five minutes, those of 50 busy nodes
    cost 17 USD a month; every hour, 1.44."""
    kubernetes_node_limit: int = 20
    """Most nodes whose pods are asked for in one scan, where Kubernetes may be asked: the unwell, worst first."""
    node_series_limit: int = 10
    """Most nodes that get metric series of their own in one scan, 0.30 USD a series and month."""
    series_limit: int = 26
    """Most metric series that are paid for in an hour, 0.30 USD each a month: 7.80 of the 20 that 1,000 nodes may cost
    (docs/cost.md). Fifteen totals, five of a cluster, and six for findings, node groups and nodes."""
    kubernetes_access: bool = False
    """Whether to ask the clusters' own APIs what Kubernetes knows; what it takes is in docs/kubernetes-access.md."""
    thresholds: tuple[MovedThreshold, ...] = ()
    """The limits of rules that are not what the rules came with."""
    delivery_timeout_seconds: int = 60
    """How long SSM tries to hand the command to a node; the API takes no less than 30."""
    safety_margin_seconds: int = 30
    """What is kept of the function's time for reading, judging and publishing."""


def read(environment: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables; SettingError names the variable, its value and what fits."""
    return Settings(**fields(environment, PREFIX, _READERS))


def _clusters(name: str, value: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
    for cluster in names:
        if not _CLUSTER.fullmatch(cluster):
            raise misfit(name, cluster, "EKS cluster names separated by commas")
    return names


def _thresholds(name: str, value: str) -> tuple[MovedThreshold, ...]:
    return tuning.read(value, source=name)


def _switch(name: str, value: str) -> bool:
    if value not in {"on", "off"}:
        raise misfit(name, value, "on or off")
    return value == "on"


def _severity(name: str, value: str) -> Severity:
    try:
        return Severity(value)
    except ValueError:
        raise misfit(name, value, ", ".join(Severity)) from None


def _credit_mode(name: str, value: str) -> CreditMode:
    try:
        return CreditMode(value)
    except ValueError:
        raise misfit(name, value, f"{', '.join(CreditMode)} or nothing") from None


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
    "FLEETSCAN_THRESHOLDS": _thresholds,
    "FLEETSCAN_DELIVERY_TIMEOUT_SECONDS": between(30, 3_600),
    "FLEETSCAN_SAFETY_MARGIN_SECONDS": between(0, 300),
}
"""One row for each field of Settings: the variable's name is the field's, in capitals."""
