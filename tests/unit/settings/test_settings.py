"""The settings: every variable, every default, every refusal."""

from __future__ import annotations

from dataclasses import fields

import pytest

from fleetscan import settings
from fleetscan.errors import SettingError
from fleetscan.model import CreditMode, Severity
from fleetscan.model.threshold import MovedThreshold
from fleetscan.settings import Settings

TOPIC = "arn:aws:sns:eu-central-1:123456789012:fleetscan-Topic"


def test_an_environment_without_settings_gives_the_defaults() -> None:
    """Other variables are none of its business."""
    expected = Settings()

    assert expected == settings.read({"PATH": "/bin", "AWS_REGION": "eu-central-1"})


def test_every_setting_can_be_given() -> None:
    """Whole values, each read as its own kind."""
    expected = Settings(
        clusters=("live", "staging"),
        document_name="fleetscan-Collector-1A2B",
        document_version="3",
        document_hash="0a" * 32,
        topic_arn=TOPIC,
        bucket_name="fleetscan-reports-1a2b",
        dashboard_url="https://eu-central-1.console.aws.amazon.com/cloudwatch/home#dashboards/dashboard/fleetscan",
        alarm_window_seconds=300,
        metric_namespace="Nodes/Kernel",
        notify_severity=Severity.CRITICAL,
        credit_mode=CreditMode.UNLIMITED,
        credit_node_limit=0,
        node_series_limit=25,
        delivery_timeout_seconds=30,
        safety_margin_seconds=45,
    )

    assert expected == settings.read(
        {
            "FLEETSCAN_CLUSTERS": " live, staging,live,",
            "FLEETSCAN_DOCUMENT_NAME": "fleetscan-Collector-1A2B",
            "FLEETSCAN_DOCUMENT_VERSION": "3",
            "FLEETSCAN_DOCUMENT_HASH": "0a" * 32,
            "FLEETSCAN_TOPIC_ARN": TOPIC,
            "FLEETSCAN_BUCKET_NAME": "fleetscan-reports-1a2b",
            "FLEETSCAN_DASHBOARD_URL": (
                "https://eu-central-1.console.aws.amazon.com/cloudwatch/home#dashboards/dashboard/fleetscan"
            ),
            "FLEETSCAN_ALARM_WINDOW_SECONDS": "300",
            "FLEETSCAN_METRIC_NAMESPACE": "Nodes/Kernel",
            "FLEETSCAN_NOTIFY_SEVERITY": "critical",
            "FLEETSCAN_CREDIT_MODE": "unlimited",
            "FLEETSCAN_CREDIT_NODE_LIMIT": "0",
            "FLEETSCAN_NODE_SERIES_LIMIT": "25",
            "FLEETSCAN_DELIVERY_TIMEOUT_SECONDS": "30",
            "FLEETSCAN_SAFETY_MARGIN_SECONDS": "45",
        }
    )


@pytest.mark.parametrize("field", [field.name for field in fields(Settings)])
def test_an_empty_variable_is_the_default(field: str) -> None:
    """A stack cannot unset a variable; it can only leave it empty. And each field has a variable."""
    expected = Settings()

    assert expected == settings.read({f"FLEETSCAN_{field.upper()}": " "})


def test_an_unknown_name_is_refused_with_the_names_there_are() -> None:
    """A misspelt setting must not be a scan of something else."""
    with pytest.raises(SettingError) as caught:
        settings.read({"FLEETSCAN_CLUSTER": "live"})

    message = str(caught.value)
    expected = "'FLEETSCAN_CLUSTER' is not a setting; the settings are FLEETSCAN_CLUSTERS, FLEETSCAN_DOCUMENT_NAME, "

    assert expected == message[: len(expected)]


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("CLUSTERS", "live;rm", "EKS cluster names separated by commas"),
        ("DOCUMENT_NAME", "a b c", "the name or ARN of an SSM document"),
        ("DOCUMENT_VERSION", "$LATEST", "the number of a version of the document"),
        ("DOCUMENT_HASH", "sha256:0a", "a SHA-256 in 64 lower-case hexadecimal digits"),
        ("TOPIC_ARN", "topic", "the ARN of an SNS topic"),
        ("BUCKET_NAME", "Reports", "the name of an S3 bucket"),
        ("DASHBOARD_URL", "http://console", "an https URL"),
        ("ALARM_WINDOW_SECONDS", "59", "a whole number from 60 to 86400"),
        ("METRIC_NAMESPACE", "AWS/EC2", "a CloudWatch namespace outside AWS/"),
        ("NOTIFY_SEVERITY", "Warning", "info, warning, critical"),
        ("CREDIT_MODE", "cheap", "standard, unlimited or nothing"),
        ("CREDIT_NODE_LIMIT", "1001", "a whole number from 0 to 1000"),
        ("NODE_SERIES_LIMIT", "1_0", "a whole number from 0 to 500"),
        ("NODE_SERIES_LIMIT", "\uff11", "a whole number from 0 to 500"),
        ("DELIVERY_TIMEOUT_SECONDS", "29", "a whole number from 30 to 3600"),
        ("SAFETY_MARGIN_SECONDS", "-1", "a whole number from 0 to 300"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_words(name: str, value: str, allowed: str) -> None:
    """The message has the name, the value and what is allowed."""
    with pytest.raises(SettingError) as caught:
        settings.read({f"FLEETSCAN_{name}": value})

    quoted = value.encode("unicode_escape").decode()
    expected = f"FLEETSCAN_{name} is '{quoted}'; allowed: {allowed}"

    assert expected == str(caught.value)


def test_moved_thresholds_are_read_and_a_wrong_one_is_refused_by_its_entry() -> None:
    """The setting is a list; the error says which part of it."""
    expected = (MovedThreshold(rule="load_high", name="warning_per_cpu", value=3.0, default=2.0),)

    assert expected == settings.read({"FLEETSCAN_THRESHOLDS": "load_high.warning_per_cpu=3"}).thresholds
    with pytest.raises(SettingError) as caught:
        settings.read({"FLEETSCAN_THRESHOLDS": "load_high.warning_per_cpu=3 load_hihg.warning_per_cpu=3"})
    wanted = (
        "FLEETSCAN_THRESHOLDS: 'load_hihg.warning_per_cpu=3': there is no rule 'load_hihg'; did you mean load_high?"
    )

    assert wanted == str(caught.value)


def test_a_long_value_is_cut_in_the_message() -> None:
    """A message stays a line, whatever was put into the variable."""
    with pytest.raises(SettingError) as caught:
        settings.read({"FLEETSCAN_CLUSTERS": "-" * 10_000})

    expected = f"FLEETSCAN_CLUSTERS is '{'-' * 40}...'; allowed: EKS cluster names separated by commas"

    assert expected == str(caught.value)
