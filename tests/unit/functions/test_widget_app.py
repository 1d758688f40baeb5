"""The widget's handler: what it reads, and that whatever goes wrong is one friendly sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from fleetscan.aws.clients import Clients
from fleetscan.aws.s3 import ReportBucket, key
from fleetscan.bootstrap import clients
from fleetscan.model import Report
from functions.widget import app
from tests.fixtures.lives import diagnosis, finding, report

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

BUCKET = "fleetscan-reports"
ARN = "arn:aws:lambda:eu-central-1:210987654321:function:fleetscan-WidgetFunction"
EVENTS = Path(__file__).parents[3] / "events"
AFFECTED = diagnosis(1, finding())


@dataclass
class Context:
    """What Lambda passes to a function about its invocation."""

    function_name: str = "fleetscan-WidgetFunction"
    memory_limit_in_mb: int = 1_024
    invoked_function_arn: str = ARN
    aws_request_id: str = "3f2b6c1e-8f5d-4c0b-9a36-5d0c4b1f7a21"


def asked(event: dict[str, Any]) -> str:
    """Return the handler's answer."""
    return app.handler(event, cast("LambdaContext", Context()))


def example(name: str) -> dict[str, Any]:
    """Return one of the example events."""
    event: dict[str, Any] = json.loads((EVENTS / name).read_text())
    return event


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Provide the environment of the function, in an account that is empty."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "FLEETSCAN_BUCKET_NAME": BUCKET,
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        app._report.cache_clear()  # noqa: SLF001 - each test has an account of its own
        yield


@pytest.fixture
def report_archive() -> ReportBucket:
    """Provide the stack's bucket."""
    s3 = Clients().s3
    s3.create_bucket(Bucket=BUCKET)
    return ReportBucket(s3, BUCKET)


def fresh(*, minutes: int = 0) -> Report:
    """Return the report of a scan that has just begun, with one affected node."""
    at = datetime.now(UTC)
    return replace(report(AFFECTED, minute=minutes), started_at=at)


class TestReports:
    """What there is to see."""

    def test_the_console_s_event_shows_the_last_report(self, report_archive: ReportBucket) -> None:
        """With buttons that call this very function, in the console's theme."""
        report_archive.put(fresh())
        answer = asked(example("widget.json"))

        assert "ip-10-0-0-1 is critical" in answer
        assert f'endpoint="{ARN}"' in answer
        assert "color-scheme: dark" in answer

    def test_a_button_s_event_shows_that_node(self, report_archive: ReportBucket) -> None:
        """The example names a node that is not there; with another id it is the node's own page."""
        report_archive.put(fresh())
        event = example("widget-node.json")

        assert f"Node {event['node']} is not in the last report" in asked(event)
        assert "slab_unreclaimable_high" in asked({**event, "node": AFFECTED.node.instance_id})

    def test_whoever_asks_what_it_is_gets_markdown_and_no_report_is_read(self) -> None:
        """There is not even a bucket."""
        assert asked(example("widget-describe.json")).startswith("## fleetscan")

    def test_a_report_that_is_stored_later_is_shown_at_the_next_refresh(self, report_archive: ReportBucket) -> None:
        """What is kept for the next click is kept by its key."""
        report_archive.put(fresh())
        first = asked({})
        report_archive.put(replace(fresh(minutes=5), diagnoses=(diagnosis(2),)))

        assert "ip-10-0-0-1 is critical" in first
        assert "ip-10-0-0-2 is healthy" in asked({})

    def test_it_links_to_the_page_of_the_last_news(self, report_archive: ReportBucket) -> None:
        """Signed for an hour, and not the page of the report that is shown."""
        report_archive.put(fresh(), "<!doctype html>")
        report_archive.put(fresh(minutes=5))
        answer = asked({})

        assert f"{key(report().scan_id).removesuffix('.json.gz')}.html?X-Amz-Algorithm=AWS4-HMAC-SHA256" in answer
        assert "X-Amz-Expires=3600" in answer

    @pytest.mark.parametrize("forms", [{"all": {"node": "i-0123456789abcdef0"}}, {"all": "x"}, "x", None, 7])
    def test_forms_and_parameters_of_the_dashboard_change_nothing(
        self, report_archive: ReportBucket, forms: object
    ) -> None:
        """A node is asked for by the button's own event, never by what a page has in its fields."""
        report_archive.put(fresh())
        context = {**example("widget.json")["widgetContext"], "forms": forms, "params": {"node": "i-1"}}

        assert "ip-10-0-0-1 is critical" in asked({"widgetContext": context, "bucket": "other", "key": "x"})

    @pytest.mark.parametrize("context", [None, "dark", [], {"theme": "sepia"}, {"theme": ["dark"]}])
    def test_a_context_that_is_none_is_light(self, report_archive: ReportBucket, context: object) -> None:
        """Whatever calls it."""
        report_archive.put(fresh())

        assert "color-scheme: light" in asked({"widgetContext": context})


class TestTrouble:
    """One friendly sentence, never an exception: of that CloudWatch shows only the type."""

    @pytest.mark.parametrize(
        "node",
        ["", "i-", "i-0123", "I-0123456789ABCDEF0", "i-0123456789abcdef0\n", "../../x", 7, ["i-1"], {"a": 1}, True],
    )
    def test_what_is_no_instance_id_is_asked_of_nobody(self, node: object) -> None:
        """Refused before anything is read: there is no bucket in this test."""
        assert "That is not an instance id; one looks like i-0123456789abcdef0." in asked({"node": node})

    def test_an_empty_bucket_has_no_report_yet(self, report_archive: ReportBucket) -> None:
        """As on the first day."""
        assert isinstance(report_archive, ReportBucket)
        assert "There is no report yet; the next scan writes one." in asked({})

    def test_a_bucket_that_is_gone_is_named(self) -> None:
        """Somebody deleted it by hand."""
        assert f"There is no bucket {BUCKET}." in asked({})

    def test_a_damaged_report_is_named(self, report_archive: ReportBucket) -> None:
        """With its key."""
        stored = report_archive.put(fresh())
        Clients().s3.put_object(Bucket=BUCKET, Key=stored.key, Body=b"x")

        assert f"The report {stored.key} in the bucket is damaged (ValueError: not one whole gzip member)." in asked({})

    def test_a_missing_setting_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A function that was set up by hand."""
        monkeypatch.setenv("FLEETSCAN_BUCKET_NAME", "")

        assert "The last report could not be read: FLEETSCAN_BUCKET_NAME is not set" in asked({})

    @pytest.mark.parametrize(
        ("code", "words"),
        [
            (
                "AccessDenied",
                f"The last report could not be read: AWS refused s3:GetObject on {BUCKET}/reports/latest.json",
            ),
            ("SlowDown", "The last report could not be shown (ClientError); the log of this function says why."),
        ],
    )
    def test_a_refusal_names_the_permission_and_other_errors_the_log(
        self, code: str, words: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The log has the traceback of both."""

        def refuse(*_: object, **__: object) -> None:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, "GetObject")

        monkeypatch.setattr(clients.own().s3, "get_object", refuse)  # moto refuses nobody

        assert words in asked({})
        assert [record.levelname for record in caplog.records] == ["ERROR"]
