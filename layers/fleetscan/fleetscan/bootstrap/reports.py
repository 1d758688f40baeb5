"""Wiring of the stored reports."""

from __future__ import annotations

from fleetscan.aws.clients import Clients
from fleetscan.aws.s3 import ReportBucket
from fleetscan.ports import ReportArchive


def report_archive(aws: Clients, bucket: str) -> ReportArchive:
    """Return the archive of reports in a bucket."""
    return ReportBucket(aws.s3, bucket)
