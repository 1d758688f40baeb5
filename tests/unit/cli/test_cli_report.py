"""``fleetscan report --bucket``: what a stack's scans have stored, read from a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from fleetscan import cli
from fleetscan.aws.s3 import ReportBucket
from fleetscan.cli.exit_code import ExitCode
from fleetscan.model import Report

BUCKET = "fleetscan-reports"
FIRST, LAST = "20260115T060500.000000Z", "20260115T061000.000000Z"


@pytest.fixture(autouse=True)
def bucket(report: Report, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Provide a bucket with two reports, and credentials that reach nothing else."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket=BUCKET)
        report_archive = ReportBucket(s3, BUCKET)
        for scan_id, minute in ((FIRST, 5), (LAST, 10)):
            at = datetime(2026, 1, 15, 6, minute, tzinfo=UTC)
            report_archive.put(replace(report, scan_id=scan_id, started_at=at))
        yield


def test_a_pod_is_explained_from_the_last_report_of_the_stack(capsys: pytest.CaptureFixture[str]) -> None:
    """The on-call's own machine has no report; a bucket that is not there is reported and spoils no answer."""
    asked = ["explain", "pod", "live/nobody", "--region", "us-east-1", "--json", "--bucket"]
    codes = [cli.main([*asked, name]) for name in (BUCKET, "elsewhere")]
    shown = capsys.readouterr()
    first, second, _ = shown.out.split("\n}\n")

    assert codes == [ExitCode.NOTHING_SCANNED] * 2
    assert json.loads(f"{first}}}")["looked_in"] == [f"the report of 2026-01-15 06:10 UTC in bucket {BUCKET}"]
    assert json.loads(f"{second}}}")["looked_in"] == []
    assert shown.err.endswith("fleetscan: There is no bucket elsewhere.\n")


@pytest.mark.parametrize(("arguments", "expected"), [([], LAST), (["--scan", FIRST], FIRST), (["--scan", LAST], LAST)])
def test_a_stored_report_is_shown_as_json(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last one, or that of a scan."""
    assert cli.main(["report", "--bucket", BUCKET, "--region", "us-east-1", *arguments, "--json"]) == ExitCode.SCANNED
    assert json.loads(capsys.readouterr().out)["scan_id"] == expected


def test_it_is_shown_as_text_and_as_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In every form that the last report of this machine has; exit codes too."""
    asked = ["report", "--bucket", BUCKET, "--region", "us-east-1"]
    file = tmp_path / "page.html"

    assert cli.main([*asked, "--fail-on", "warning"]) == ExitCode.FOUND
    assert "swap is nearly full" in capsys.readouterr().out
    assert cli.main([*asked, "--html", str(file)]) == ExitCode.SCANNED
    assert file.read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--bucket", "elsewhere"], ExitCode.NOTHING_SCANNED, "There is no bucket elsewhere."),
        (
            ["--bucket", BUCKET, "--scan", "../../x"],
            ExitCode.NOTHING_SCANNED,
            "That is not a scan id; one looks",
        ),
        (
            ["--bucket", BUCKET, "--scan", "20250115T061000.000000Z"],
            ExitCode.NOTHING_SCANNED,
            "there was no such scan, or it has expired.",
        ),
        (["--scan", LAST], ExitCode.USAGE, "--scan needs --bucket"),
    ],
)
def test_what_is_not_there_is_one_line(
    arguments: list[str], code: ExitCode, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which of the reasons it is, and nothing on standard output."""
    assert cli.main(["report", "--region", "us-east-1", *arguments]) == code
    written = capsys.readouterr()
    assert not written.out
    assert words in written.err
    assert written.err.count("\n") == 1
