"""The handler: what it wires together, how long it lets a scan take, and what it answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import boto3
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from moto import mock_aws

from fleetscan.aws.s3 import ReportBucket
from fleetscan.errors import PublishError, SettingError
from fleetscan.model import (
    CaptureStatus,
    Coverage,
    Diagnosis,
    Evidence,
    Finding,
    Node,
    Report,
    Severity,
)
from fleetscan.model.threshold import MovedThreshold
from functions.scan import app
from tests.fixtures.stack_table import create_table

REGION = "eu-central-1"


@dataclass
class Context:
    """What Lambda passes to a function about its invocation."""

    milliseconds_left: int = 300_000
    function_name: str = "fleetscan-ScanFunction"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = f"arn:aws:lambda:{REGION}:210987654321:function:fleetscan-ScanFunction"
    aws_request_id: str = "3f2b6c1e-8f5d-4c0b-9a36-5d0c4b1f7a21"

    def get_remaining_time_in_millis(self) -> int:
        """Return what is left."""
        return self.milliseconds_left


def context() -> LambdaContext:
    """Return a context of five minutes."""
    return cast("LambdaContext", Context())


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Provide an account without instances and the environment of a function in it."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": REGION,
        "FLEETSCAN_DOCUMENT_NAME": "fleetscan-Collector",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


@pytest.mark.usefixtures("account")
class TestHandler:
    """In an account in which everything works and nothing runs."""

    def test_it_answers_counts_and_publishes_that_the_scan_ran(self) -> None:
        """An empty Region is scanned, and says so in CloudWatch."""
        answer = app.handler({"source": "fleetscan.schedule"}, context())
        expected = {"nodes": 0, "answered": 0, "findings": {"info": 0, "warning": 0, "critical": 0}}

        assert expected == {key: answer[key] for key in expected}
        assert set(answer) == {"scan_id", "duration_seconds", *expected}
        found = boto3.client("cloudwatch", region_name=REGION).list_metrics(Namespace="FleetScan")["Metrics"]
        assert {"ScanCompleted", "NodesTotal"} <= {metric["MetricName"] for metric in found}

    def test_it_logs_the_counts_and_the_event_s_id(self, caplog: pytest.LogCaptureFixture) -> None:
        """So that a log query can find the scan of a schedule."""
        answer = app.handler({"execution_id": "e-1"}, context())
        (line,) = (record.__dict__ for record in caplog.records if record.message == "Scan completed")

        assert answer == {key: line[key] for key in answer}
        assert line["execution_id"] == "e-1"

    def test_a_wrong_setting_fails_the_invocation(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Visibly, with the name: a scan with half its settings would look at something else."""
        monkeypatch.setenv("FLEETSCAN_NOTIFY_SEVERTY", "critical")

        with pytest.raises(SettingError, match="FLEETSCAN_NOTIFY_SEVERTY"):
            app.handler({}, context())

    def test_a_wrong_threshold_fails_the_invocation(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A fleet is never evaluated by other limits than those that were asked for."""
        monkeypatch.setenv("FLEETSCAN_THRESHOLDS", "load_high.warning_per_cpu=9")

        with pytest.raises(SettingError, match="critical_load5_per_cpu must be at least warning_per_cpu"):
            app.handler({}, context())

    def test_moved_thresholds_are_in_the_report(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Also in the notes that the log keeps."""
        monkeypatch.setenv("FLEETSCAN_THRESHOLDS", "load_high.warning_per_cpu=3")
        report = app.run(time.time() + 60)
        expected = (MovedThreshold(rule="load_high", name="warning_per_cpu", value=3.0, default=2.0),)

        assert expected == report.thresholds
        assert "Evaluated with changed thresholds: load_high.warning_per_cpu 3.0 instead of 2.0." in report.notes

    def test_a_function_without_a_document_says_so_before_it_calls_anybody(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The template always sets it; a stack that was changed by hand may not."""
        monkeypatch.setenv("FLEETSCAN_DOCUMENT_NAME", "")

        with pytest.raises(SettingError, match="FLEETSCAN_DOCUMENT_NAME is not set"):
            app.handler({}, context())

    def test_a_run_returns_the_whole_report(self) -> None:
        """For whoever calls the function's inside from a terminal."""
        stages: list[str] = []
        report = app.run(time.time() + 60, lambda stage, _done, _total: stages.append(stage), account="210987654321")

        assert (report.account, report.region) == ("210987654321", REGION)
        assert stages[0] == "discovery"


class TestMemory:
    """With the stack's table."""

    @pytest.fixture(autouse=True)
    def table(self, account: None, monkeypatch: pytest.MonkeyPatch) -> None:
        """Provide the table."""
        assert account is None
        monkeypatch.setenv("FLEETSCAN_TABLE_NAME", "fleetscan-Table")
        create_table(boto3.client("dynamodb", region_name=REGION))

    def test_a_start_that_is_delivered_twice_makes_one_scan(self) -> None:
        """By its time: each attempt has an execution id of its own. What is sent by hand is always made."""
        events = [
            {"scheduled_at": "2026-01-15T06:05:00Z", "execution_id": "e-1"},
            {"scheduled_at": "2026-01-15T06:05:00Z", "execution_id": "e-2"},
            {"scheduled_at": "2026-01-15T06:10:00Z", "execution_id": "e-3"},
            {"execution_id": "e-4"},
            {"execution_id": "e-4"},
            {},
            {},
        ]
        answers = [app.handler(event, context()) for event in events]

        assert [answer.get("duplicate", False) for answer in answers] == [False, True, False, False, True, False, False]
        assert answers[1] == {"scan_id": None, "duplicate": True}

    def test_a_scan_that_failed_may_be_tried_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Lambda retries it with the same event."""
        event = {"scheduled_at": "2026-01-15T06:05:00Z"}
        monkeypatch.setenv("FLEETSCAN_DOCUMENT_NAME", "")
        with pytest.raises(SettingError):
            app.handler(event, context())
        monkeypatch.setenv("FLEETSCAN_DOCUMENT_NAME", "fleetscan-Collector")

        assert app.handler(event, context())["nodes"] == 0

    def test_the_report_says_what_changed(self) -> None:
        """Nothing, in an empty Region; which is not the same as not remembered."""
        assert app.run(time.time() + 60).events == ()


@pytest.mark.usefixtures("account")
class TestBucket:
    """With the stack's bucket."""

    def test_the_whole_report_is_kept_in_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The one that the function returned; without a page, for there is nothing to report."""
        s3 = boto3.client("s3", region_name=REGION)
        s3.create_bucket(Bucket="reports", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        monkeypatch.setenv("FLEETSCAN_BUCKET_NAME", "reports")
        answer = app.handler({}, context())
        report_archive = ReportBucket(s3, "reports")
        stored = report_archive.latest()

        assert (stored.scan_id, stored.page_key) == (answer["scan_id"], "")
        assert report_archive.load(stored.key).region == REGION

    def test_a_bucket_that_is_not_there_fails_the_invocation_after_all_else_is_done(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The scan counts as made, and somebody hears that its report is lost."""
        monkeypatch.setenv("FLEETSCAN_BUCKET_NAME", "nowhere")

        with pytest.raises(PublishError, match="ReportBucket: NoSuchBucket"):
            app.handler({}, context())
        found = boto3.client("cloudwatch", region_name=REGION).list_metrics(Namespace="FleetScan")["Metrics"]
        assert "ScanCompleted" in {metric["MetricName"] for metric in found}


def finding(severity: Severity, rule: str = "load_high") -> Finding:
    """Return a finding of which only rule and severity matter."""
    evidence = Evidence(severity=severity, text="Seen.", measured=1, limit=1)
    return Finding(rule=rule, title="t", remedy="r", evidence=evidence)


def test_the_log_keeps_every_finding_of_a_node_in_short() -> None:
    """Rule and evidence; not the remedy, which is the same for each."""
    diagnosis = Diagnosis(
        node=Node(instance_id="i-1", cluster="live"),
        coverage=Coverage(status=CaptureStatus.ANSWERED),
        findings=(finding(Severity.WARNING), finding(Severity.INFO, "memory_limit_missing")),
    )
    expected = {
        "instance_id": "i-1",
        "cluster": "live",
        "coverage": "answered",
        "severity": "warning",
        "rules": {"load_high": "Seen.", "memory_limit_missing": "Seen."},
    }

    assert expected == app.in_short(diagnosis)


def test_counts_are_of_nodes_and_findings() -> None:
    """How many nodes, how many answered, how many findings of each severity."""
    report = Report(
        scan_id="20260115T060500.000000Z",
        started_at=datetime(2026, 1, 15, 6, 5, tzinfo=UTC),
        duration_seconds=12.3456,
        diagnoses=(
            Diagnosis(
                node=Node(instance_id="i-1"),
                coverage=Coverage(status=CaptureStatus.ANSWERED),
                findings=(finding(Severity.CRITICAL), finding(Severity.CRITICAL), finding(Severity.INFO)),
            ),
            Diagnosis(node=Node(instance_id="i-2"), coverage=Coverage(status=CaptureStatus.TIMED_OUT)),
        ),
    )
    expected = {
        "scan_id": "20260115T060500.000000Z",
        "nodes": 2,
        "answered": 1,
        "findings": {"info": 1, "warning": 0, "critical": 2},
        "duration_seconds": 12.346,
    }

    assert expected == app.counts(report)
