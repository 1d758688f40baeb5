"""A report from a stack's bucket, for the commands of a terminal."""

from __future__ import annotations

import argparse

from fleetscan.model import Report


def stored(arguments: argparse.Namespace, scan: str = "") -> Report:
    """Return the report of a scan from the named bucket, or the last one; StoredReportError if there is none."""
    # boto3 takes a third of a second to import; a report of this machine does not need it.
    from fleetscan.bootstrap import terminal  # noqa: PLC0415

    return terminal.stored_report(arguments.region, arguments.profile, arguments.endpoint_url, arguments.bucket, scan)
