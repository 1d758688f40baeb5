"""Whole reports in a bucket: one object per scan, an HTML page where anything changed, two pointers to the last ones.

    reports/2026/01/06/20260106T120000.000000Z.json.gz   the report, compressed by fleetscan.storage.report_codec
    reports/2026/01/06/20260106T120000.000000Z.html      the same as an HTML page
    reports/latest.json                                  keys of the last report
    reports/latest-page.json                             keys of the last page

The pointers are written last, so they never name a missing object.
"""

from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from fleetscan.aws.access import asking
from fleetscan.aws.errors import code
from fleetscan.errors import StoredDataError, StoredReportError
from fleetscan.model import Report
from fleetscan.ports import StoredReport
from fleetscan.storage import report_codec

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import PutObjectRequestTypeDef

WRITING = frozenset({"s3:GetObject", "s3:PutObject"})
"""Actions of a scan. GetObject is for presigned links, which have the permissions of their signer."""
READING = frozenset({"s3:GetObject", "s3:ListBucket"})
"""Actions of a reader: without ListBucket S3 returns 403 for a missing object."""
PERMISSIONS = WRITING | READING

PREFIX = "reports/"
LATEST = f"{PREFIX}latest.json"
LATEST_PAGE = f"{PREFIX}latest-page.json"

MOST_POINTER_BYTES = 10_000
MOST_LINK_SECONDS = 604_800
"""A week, the most that Signature Version 4 allows. The session of a role ends hours after it began."""

_SCAN_ID = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})T\d{6}\.\d{6}Z", re.ASCII)
"""How the pipeline names a scan: its start, in UTC."""
_KEY = re.compile(r"reports/\d{4}/\d{2}/\d{2}/\d{8}T\d{6}\.\d{6}Z\.(?:json\.gz|html)", re.ASCII)
_MISSING = frozenset({"NoSuchKey", "404"})
_SCHEMA = 1


def key(scan_id: str) -> str:
    """Return the key of the report of a scan; StoredReportError if this is not a scan id."""
    if not (found := _SCAN_ID.fullmatch(scan_id)):
        raise StoredReportError("That is not a scan id; one looks like 20260106T120000.000000Z.")
    return f"{PREFIX}{found['year']}/{found['month']}/{found['day']}/{scan_id}.json.gz"


class ReportBucket:
    """The reports of one stack, in its bucket."""

    def __init__(self, s3: S3Client, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def put(self, report: Report, page: str = "") -> StoredReport:
        """Store a report, and its page where one is given; raises AccessError and botocore's errors."""
        place = key(report.scan_id)
        page_place = f"{place.removesuffix('.json.gz')}.html" if page else ""
        stored = StoredReport(scan_id=report.scan_id, key=place, page_key=page_place)
        self._put(place, report_codec.pack(report), content_type="application/gzip")
        if page:
            packed = gzip.compress(page.encode(errors="replace"), mtime=0)
            # The browser decompresses the page.
            self._put(page_place, packed, content_type="text/html; charset=utf-8", content_encoding="gzip")
            self._point(LATEST_PAGE, stored)
        self._point(LATEST, stored)
        return stored

    def latest(self) -> StoredReport:
        """Return the keys of the last report; StoredReportError if there is none, AccessError if denied."""
        return self._pointed(LATEST)

    def latest_page(self) -> StoredReport | None:
        """Return the keys of the last report with a page; None if there is none or its pointer is damaged."""
        try:
            stored = self._pointed(LATEST_PAGE)
        except StoredReportError:
            return None
        return stored if stored.page_key else None

    def load(self, key: str) -> Report:
        """Return the report under a key; StoredReportError if it is missing or damaged, AccessError if denied."""
        packed = self._read(key, report_codec.MOST_PACKED_BYTES)
        try:
            return report_codec.unpack(packed)
        except StoredDataError as error:
            raise StoredReportError(f"The report {key} in the bucket {error}.") from error

    def link(self, key: str, seconds: int) -> str:
        """Return a presigned URL of one object, valid for at most so many seconds; makes no call.

        It expires earlier with the session that signed it: a role's session ends after hours.
        """
        return self._s3.generate_presigned_url(
            "get_object",
            Params={"Bucket": self._bucket, "Key": key},
            ExpiresIn=min(seconds, MOST_LINK_SECONDS),
        )

    def _point(self, pointer: str, stored: StoredReport) -> None:
        words = {"schema": _SCHEMA, "scan_id": stored.scan_id, "key": stored.key, "page_key": stored.page_key}
        self._put(pointer, json.dumps(words).encode(), content_type="application/json")

    def _pointed(self, pointer: str) -> StoredReport:
        try:
            said = json.loads(self._read(pointer, MOST_POINTER_BYTES))
            scan_id, place, page, schema = (str(said[name]) for name in ("scan_id", "key", "page_key", "schema"))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise StoredReportError(
                f"The pointer {pointer} in the bucket is damaged; the next scan writes a new one."
            ) from error
        if schema != str(_SCHEMA) or not all(_KEY.fullmatch(one) for one in (place, page or place)):
            raise StoredReportError(f"The pointer {pointer} in the bucket was written by another version.")
        return StoredReport(scan_id=scan_id, key=place, page_key=page)

    def _put(self, place: str, content: bytes, *, content_type: str, content_encoding: str = "") -> None:
        query: PutObjectRequestTypeDef = {
            "Bucket": self._bucket,
            "Key": place,
            "Body": content,
            "ContentType": content_type,
            "CacheControl": "no-store",
        }
        if content_encoding:
            query["ContentEncoding"] = content_encoding
        with asking("s3:PutObject", f"{self._bucket}/{place}"):
            self._s3.put_object(**query)

    def _read(self, place: str, most_bytes: int) -> bytes:
        """Return an object of at most so many bytes; a larger one raises StoredReportError."""
        try:
            with asking("s3:GetObject", f"{self._bucket}/{place}"):
                answer = self._s3.get_object(Bucket=self._bucket, Key=place)
        except ClientError as error:
            if code(error) == "NoSuchBucket":
                raise StoredReportError(f"There is no bucket {self._bucket}.") from error
            if code(error) not in _MISSING:
                raise
            raise StoredReportError(_missing(place)) from error
        with answer["Body"] as body:
            content = body.read(most_bytes + 1)
        if len(content) > most_bytes:
            raise StoredReportError(f"{place} in the bucket is larger than any report.")
        return content


def _missing(place: str) -> str:
    if place in {LATEST, LATEST_PAGE}:
        return "There is no report yet; the next scan writes one."
    return f"The report {place} is not in the bucket: there was no such scan, or it has expired."
