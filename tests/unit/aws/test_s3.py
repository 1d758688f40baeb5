"""Whole reports in a bucket of moto's."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from fleetscan.aws.clients import Clients
from fleetscan.aws.s3 import LATEST, LATEST_PAGE, ReportBucket, key
from fleetscan.errors import AccessError, StoredReportError
from fleetscan.ports import StoredReport
from fleetscan.storage import report_codec
from tests.fixtures.lives import diagnosis, finding, report

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "fleetscan-reports"
REPORT = report(diagnosis(1, finding()))
KEY = "reports/2026/01/15/20260115T060500.000000Z.json.gz"
PAGE_KEY = "reports/2026/01/15/20260115T060500.000000Z.html"
STORED = StoredReport(scan_id="20260115T060500.000000Z", key=KEY)


@pytest.fixture
def s3() -> Iterator[S3Client]:
    """Provide the stack's bucket."""
    with mock_aws():
        client = Clients(region="eu-west-1").s3
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield client


@pytest.fixture
def report_archive(s3: S3Client) -> ReportBucket:
    """Provide the shelf in it."""
    return ReportBucket(s3, BUCKET)


def test_a_report_is_stored_by_its_day_and_found_again(report_archive: ReportBucket) -> None:
    """By the pointer to the last one, and whole."""
    assert report_archive.put(REPORT) == STORED
    assert report_archive.latest() == STORED
    assert report_archive.load(KEY) == REPORT


def test_a_report_without_news_writes_no_page_and_leaves_the_pointer_to_the_last_one(
    report_archive: ReportBucket,
) -> None:
    """The page of the last change stays reachable while later scans have nothing to say."""
    with_page = report_archive.put(REPORT, "<!doctype html>page")
    later = replace(REPORT, scan_id="20260115T061000.000000Z")
    quiet = report_archive.put(later)

    assert replace(STORED, page_key=PAGE_KEY) == with_page == report_archive.latest_page()
    assert quiet == report_archive.latest() == replace(STORED, scan_id=later.scan_id, key=key(later.scan_id))


def test_a_page_is_served_as_one(s3: S3Client, report_archive: ReportBucket) -> None:
    """Packed, unpacked by the browser, never kept by a cache on the way; lone surrogates spoil nothing."""
    report_archive.put(REPORT, "<!doctype html>\ud800 é")
    found = s3.get_object(Bucket=BUCKET, Key=PAGE_KEY)
    expected = ("text/html; charset=utf-8", "gzip", "no-store", "<!doctype html>? é")

    assert expected == (
        found["ContentType"],
        found["ContentEncoding"],
        found["CacheControl"],
        gzip.decompress(found["Body"].read()).decode(),
    )


def test_an_empty_bucket_has_no_report_yet(report_archive: ReportBucket) -> None:
    """And no page."""
    with pytest.raises(StoredReportError, match="There is no report yet; the next scan writes one"):
        report_archive.latest()
    assert report_archive.latest_page() is None


def test_a_report_that_has_expired_is_said_to_have(report_archive: ReportBucket) -> None:
    """Its key was once right."""
    with pytest.raises(StoredReportError, match="is not in the bucket: there was no such scan, or it has expired"):
        report_archive.load(KEY)


def test_a_bucket_that_does_not_exist_is_named(s3: S3Client) -> None:
    """A wrong name on the command line is no missing report."""
    with pytest.raises(StoredReportError, match="There is no bucket elsewhere"):
        ReportBucket(s3, "elsewhere").latest()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "damaged"),
        (b"[" * 9_000, "damaged"),
        (b"{}", "damaged"),
        (b'{"schema": 1, "scan_id": "x", "key": 7, "page_key": ""}', "another version"),
        (b'{"schema": 2, "scan_id": "x", "key": "k", "page_key": ""}', "another version"),
        (b'{"schema": 1, "scan_id": "x", "key": "secrets/key.pem", "page_key": ""}', "another version"),
        (json.dumps({"schema": 1, "scan_id": "x", "key": KEY, "page_key": "../../x.html"}).encode(), "another version"),
        (b" " * 20_000, "larger than any report"),
    ],
)
def test_a_pointer_that_was_meddled_with_points_nowhere(
    content: bytes, words: str, s3: S3Client, report_archive: ReportBucket
) -> None:
    """It is not followed to another place in the bucket."""
    for pointer in (LATEST, LATEST_PAGE):
        s3.put_object(Bucket=BUCKET, Key=pointer, Body=content)

    with pytest.raises(StoredReportError, match=words):
        report_archive.latest()
    assert report_archive.latest_page() is None


def test_a_damaged_report_is_named(s3: S3Client, report_archive: ReportBucket) -> None:
    """With its key."""
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"nothing")

    with pytest.raises(StoredReportError, match=rf"The report {KEY} in the bucket is damaged \(.+\)\."):
        report_archive.load(KEY)


def test_an_object_that_is_too_large_is_not_read_to_its_end(
    s3: S3Client, report_archive: ReportBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever wrote it, a reader's memory is not his."""
    monkeypatch.setattr(report_codec, "MOST_PACKED_BYTES", 10)
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"x" * 11)

    with pytest.raises(StoredReportError, match="larger than any report"):
        report_archive.load(KEY)


@pytest.mark.parametrize(
    "scan_id",
    [
        "",
        "x",
        "20260115",
        "20260115T060500.000000Z/../../x",
        "20260115T060500.000000Z\n",
        "\uff12\uff10260115T060500.000000Z",
    ],
)
def test_an_id_of_no_scan_is_no_key(scan_id: str) -> None:
    """What a user types becomes a part of a key only when it is the id of a scan."""
    with pytest.raises(StoredReportError, match="not a scan id"):
        key(scan_id)


def test_a_link_reads_one_object_for_a_while(report_archive: ReportBucket) -> None:
    """Signed for the Region's endpoint, for no longer than a signature may last."""
    url = urlsplit(report_archive.link(KEY, 10**9))
    given = parse_qs(url.query)

    assert (url.scheme, url.netloc, url.path) == ("https", f"{BUCKET}.s3.eu-west-1.amazonaws.com", f"/{KEY}")
    assert given["X-Amz-Expires"] == ["604800"]
    assert given["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]


def test_the_links_of_the_oldest_region_are_signed_like_all_others() -> None:
    """Botocore would sign for the global endpoint, by the old signature."""
    link = ReportBucket(Clients(region="us-east-1").s3, BUCKET).link(KEY, 60)

    assert link.startswith(f"https://{BUCKET}.s3.us-east-1.amazonaws.com/{KEY}?X-Amz-Algorithm=AWS4-HMAC-SHA256&")


@pytest.mark.parametrize(
    ("action", "call"),
    [
        ("s3:PutObject", lambda report_archive: report_archive.put(REPORT)),
        ("s3:GetObject", lambda report_archive: report_archive.latest()),
        ("s3:GetObject", lambda report_archive: report_archive.latest_page()),
        ("s3:GetObject", lambda report_archive: report_archive.load(KEY)),
    ],
)
def test_a_refusal_names_the_action(
    action: str, call: Callable[[ReportBucket], object], connect: Callable[..., Any]
) -> None:
    """Denied must never look like "nothing there"."""

    def answer(operation: str, _: dict[str, Any]) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)

    with pytest.raises(AccessError, match=f"AWS refused {action} on {BUCKET}/reports/"):
        call(ReportBucket(connect("s3", answer), BUCKET))


def test_other_errors_pass_as_it_is(connect: Callable[..., Any]) -> None:
    """A throttled call is no missing report."""

    def answer(operation: str, _: dict[str, Any]) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "SlowDown", "Message": "reduce"}}, operation)

    with pytest.raises(ClientError, match="SlowDown"):
        ReportBucket(connect("s3", answer), BUCKET).latest()
