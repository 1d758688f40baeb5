"""Where whole reports are kept, for who reads them."""

from __future__ import annotations

from fleetscan.aws.clients import Clients
from fleetscan.aws.s3 import ReportShelf
from fleetscan.ports import Shelf


def shelf(aws: Clients, bucket: str) -> Shelf:
    """Return the reports in a bucket."""
    return ReportShelf(aws.s3, bucket)
