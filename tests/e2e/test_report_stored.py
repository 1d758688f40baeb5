"""A report from the scan into the bucket, and out of it into a message's link, a terminal and the dashboard."""

from __future__ import annotations

import gzip
import json
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from fleetscan import cli
from fleetscan.cli.exit_code import ExitCode
from fleetscan.errors import PublishError
from functions.scan import app as scan
from functions.widget import app as widget
from simulator import demo
from simulator.account import BUCKET_NAME
from simulator.cluster import SimulatedAws
from simulator.faults import Faults
from simulator.fleet import load

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

SECONDS = 240.0
AFFECTED = "i-0a41c7e29d5f3b618"
ROOT = Path(__file__).parents[2]


@dataclass
class Context:
    """What Lambda passes to the widget about its invocation."""

    function_name: str = "fleetscan-WidgetFunction"
    memory_limit_in_mb: int = 1_024
    invoked_function_arn: str = "arn:aws:lambda:ap-south-1:123456789012:function:fleetscan-WidgetFunction"
    aws_request_id: str = "3f2b6c1e-8f5d-4c0b-9a36-5d0c4b1f7a21"


def shown(event: dict[str, object]) -> str:
    """Return what the dashboard would show."""
    return widget.handler(event, cast("LambdaContext", Context()))


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[SimulatedAws]:
    """Provide the incident's account with its sickest node alone."""
    fleet = load("incident")
    one = replace(fleet, nodes=tuple(node for node in fleet.nodes if node.instance_id == AFFECTED))
    with SimulatedAws(one, tmp_path / "nodes", window_seconds=1) as simulated, demo.environment(simulated.environment):
        yield simulated


def test_what_a_scan_found_is_behind_its_message_in_the_terminal_and_on_the_dashboard(
    aws: SimulatedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    """One report, the same in all of them; before the first scan each says that there is none."""
    before = shown({})
    report = scan.run(time.time() + SECONDS, account=aws.fleet.account)
    (message,) = aws.messages
    words = json.dumps(message)

    # The message's link opens the page, with no credentials but its own.
    lines = json.loads(message["Message"])["text"].splitlines()
    (url,) = (line for line in lines if line.startswith(f"{aws.endpoint_url}/{BUCKET_NAME}/"))
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - of this machine
        page = gzip.decompress(answer.read()).decode()
        content_type = answer.headers["Content-Type"]
    assert content_type == "text/html; charset=utf-8"
    assert page.startswith("<!doctype html>")
    assert report.scan_id in page
    assert f"fleetscan report --bucket {BUCKET_NAME} --scan {report.scan_id}" in words

    # The command that the message names.
    asked = ["report", "--bucket", BUCKET_NAME, "--scan", report.scan_id, "--json"]
    assert cli.main([*asked, "--endpoint-url", aws.endpoint_url]) == ExitCode.SCANNED
    stored = json.loads(capsys.readouterr().out)
    assert (stored["scan_id"], stored["nodes"][0]["instance_id"]) == (report.scan_id, AFFECTED)

    # The dashboard: as it was, as it is, and a node of it.
    assert "There is no report yet" in before
    now = shown(json.loads((ROOT / "events" / "widget.json").read_text()))
    assert "failing now" in now
    assert "less than a minute old" in now
    assert "the page of this scan, the last with changes" in now
    assert "Investigation" in shown({"node": AFFECTED})


def test_a_second_scan_without_news_stores_its_report_and_no_page(aws: SimulatedAws) -> None:
    """The dashboard shows the later one, and links to the page of the one that was reported."""
    first = scan.run(time.time() + SECONDS, account=aws.fleet.account)
    second = scan.run(time.time() + SECONDS, account=aws.fleet.account)
    now = shown({})

    assert len(aws.messages) == 1
    assert f"Scan {second.scan_id}" in now
    assert f"the page of scan {first.scan_id}, the last with changes" in now


def test_a_bucket_that_refuses_costs_the_link_and_not_the_message(aws: SimulatedAws) -> None:
    """The scan fails visibly, with the permission that is missing."""
    aws.set_faults(Faults(denied=frozenset({"s3:PutObject"})))

    with pytest.raises(PublishError, match="ReportBucket: AccessError: AWS refused s3:PutObject"):
        scan.run(time.time() + SECONDS, account=aws.fleet.account)
    (message,) = aws.messages
    assert "The whole report" not in message["Message"]
    assert BUCKET_NAME not in message["Message"]


def test_a_dashboard_that_is_refused_says_which_permission_is_missing(aws: SimulatedAws) -> None:
    """Not that there is no report."""
    aws.set_faults(Faults(denied=frozenset({"s3:GetObject"})))

    assert "The last report could not be read: AWS refused s3:GetObject" in shown({})
