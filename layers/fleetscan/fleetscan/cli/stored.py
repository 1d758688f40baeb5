"""A report from a stack's bucket, for whoever sits at a terminal."""

from __future__ import annotations

import argparse

from fleetscan.model import Report


def stored(arguments: argparse.Namespace, scan: str = "") -> Report:
    """Return the report of a scan from the bucket that is named, or of its last one; ShelfError when there is none."""
    # boto3 takes a third of a second to import; who asks this machine does not wait for it.
    from fleetscan.aws.clients import Clients  # noqa: PLC0415
    from fleetscan.aws.s3 import ReportShelf, key  # noqa: PLC0415

    clients = Clients(region=arguments.region, profile=arguments.profile, endpoint_url=arguments.endpoint_url)
    shelf = ReportShelf(clients.s3, arguments.bucket)
    return shelf.load(key(scan) if scan else shelf.latest().key)
