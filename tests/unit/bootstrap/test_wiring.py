"""What the settings make of the two halves of a scan: which parts are there, and which of them may write."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from fleetscan.aws.clients import Clients
from fleetscan.bootstrap.destinations import destinations, unpublished
from fleetscan.bootstrap.sources import sources, sources_of_target
from fleetscan.errors import SettingError
from fleetscan.model.target import Target
from fleetscan.scan.ports import Destinations, Sources
from fleetscan.settings import Settings

TOPIC = "arn:aws:sns:eu-west-1:123456789012:findings"
CHAT = "arn:aws:sns:eu-west-1:123456789012:chat"
BARE = Settings(document_name="d")
FULL = Settings(
    document_name="d",
    table_name="t",
    bucket_name="bucket",
    topic_arn=TOPIC,
    chat_topic_arn=CHAT,
    kubernetes_access=True,
)


@pytest.fixture(scope="module")
def aws() -> Clients:
    """Return clients whose making is all that is done with them."""
    return Clients(region="eu-west-1")


def parts(half: Sources | Destinations) -> Mapping[str, str]:
    """Return the class of each port that is there."""
    names = (
        ("node_history", "cluster_reader", "cluster_history", "credit_reader", "disk_reader")
        if isinstance(half, Sources)
        else ("finding_tracker", "rosters", "metric_sink", "series_ledger", "report_store", "sinks")
    )
    found = {name: getattr(half, name) for name in names}
    return {
        name: ", ".join(type(one).__name__ for one in (part if isinstance(part, tuple) else (part,)))
        for name, part in found.items()
        if part not in (None, ())
    }


def test_without_a_table_nothing_is_remembered_and_without_access_no_cluster_is_asked(aws: Clients) -> None:
    """The credits are read anew each time."""
    assert parts(sources(aws, BARE)) == {"credit_reader": "Ec2CreditReader", "disk_reader": "CloudWatchDiskReader"}
    assert parts(destinations(aws, BARE, account="1", region="r")) == {"metric_sink": "CloudWatchMetricSink"}


def test_with_everything_everything_is_there(aws: Clients) -> None:
    """Each topic has a sink of its own."""
    assert parts(sources(aws, FULL)) == {
        "node_history": "DynamoNodeHistory",
        "cluster_reader": "ApiClusterReader",
        "cluster_history": "DynamoClusterHistory",
        "credit_reader": "CachedCreditReader",
        "disk_reader": "CachedDiskReader",
    }
    assert parts(destinations(aws, FULL, account="1", region="r")) == {
        "finding_tracker": "FindingTracker",
        "rosters": "DynamoRosters",
        "metric_sink": "CloudWatchMetricSink",
        "series_ledger": "DynamoSeriesLedger",
        "report_store": "ReportStore",
        "sinks": "SnsSink, SnsSink",
    }


def test_a_target_is_observed_without_its_clusters(aws: Clients) -> None:
    """The hub has no way to their APIs; what is remembered of its nodes is in the hub's table."""
    target = Target(account="111122223333", region="eu-west-1")

    assert parts(sources_of_target(aws, aws, FULL, target)) == {
        "node_history": "DynamoNodeHistory",
        "credit_reader": "CachedCreditReader",
        "disk_reader": "CachedDiskReader",
    }


def test_a_terminal_publishes_nothing_and_compares_with_the_table(aws: Clients) -> None:
    """Whatever else the settings name."""
    assert parts(unpublished(aws, FULL, clock=lambda: 0.0, account="1", region="r")) == {
        "finding_tracker": "FindingTracker",
        "rosters": "DynamoRosters",
    }


def test_a_scan_without_a_document_is_refused(aws: Clients) -> None:
    """Nothing else is ever sent to a node."""
    with pytest.raises(SettingError, match="FLEETSCAN_DOCUMENT_NAME is not set"):
        sources(aws, Settings())
