"""Stores the report of a scan before notifications are sent, so that they can link to it.

The report is stored by every scan, for the dashboard's widget and ``fleetscan report``. The HTML page is made and
stored only if a notification will be sent (docs/adr/0017).
"""

from __future__ import annotations

from collections.abc import Callable

from fleetscan.immutable import immutable
from fleetscan.model import Report
from fleetscan.model.whereabouts import Whereabouts
from fleetscan.ports import ReportArchive

LINK_SECONDS = 12 * 3_600
"""Validity of the links in notifications. They expire earlier with the session of the function's role, which Lambda
renews at any time; so a notification also says how to get the report without the link."""


@immutable
class ReportStore:
    """Stores reports and their HTML pages."""

    report_archive: ReportArchive
    bucket: str
    page: Callable[[Report], str]
    """Makes the HTML page."""

    def store(self, report: Report, *, with_page: bool) -> Whereabouts:
        """Store a report and return its links; raises AccessError and what storing or rendering raises."""
        stored = self.report_archive.put(report, self.page(report) if with_page else "")
        url = self.report_archive.link(stored.page_key, LINK_SECONDS) if stored.page_key else ""
        return Whereabouts(bucket=self.bucket, key=stored.key, report_url=url)
