"""A report from a stack's bucket, for whoever sits at a terminal."""

from __future__ import annotations

import argparse

from fleetscan.model import Report


def stored(arguments: argparse.Namespace, scan: str = "") -> Report:
    """Return a report from the named bucket, by default the last one; StoredReportError if there is none."""
    # boto3 takes a third of a second to import; who asks this machine does not wait for it.
    from fleetscan.bootstrap import terminal  # noqa: PLC0415

    return terminal.stored_report(arguments.region, arguments.profile, arguments.endpoint_url, arguments.bucket, scan)
