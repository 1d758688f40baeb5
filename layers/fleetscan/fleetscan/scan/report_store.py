"""Where a scan stores its report before anybody is notified, so that messages can link to it.

The report is stored by every scan: that is what the dashboard's widget shows and ``fleetscan report`` reads. The page
is made and stored only where a message is going to be sent (docs/adr/0017).
"""

from __future__ import annotations

from collections.abc import Callable

from fleetscan.immutable import immutable
from fleetscan.model import Report
from fleetscan.model.whereabouts import Whereabouts
from fleetscan.ports import ReportArchive

LINK_SECONDS = 12 * 3_600
"""How long a message's link is signed for. It ends sooner with the session of the function's role, which Lambda renews
when it likes; so a message also says how to get the report without it."""


@immutable
class ReportStore:
    """Stores reports, and pages made of them."""

    report_archive: ReportArchive
    bucket: str
    page: Callable[[Report], str]
    """Makes the HTML page."""

    def store(self, report: Report, *, with_page: bool) -> Whereabouts:
        """Store a report and return where it is; raises AccessError and what storing or making the page raises."""
        stored = self.report_archive.put(report, self.page(report) if with_page else "")
        url = self.report_archive.link(stored.page_key, LINK_SECONDS) if stored.page_key else ""
        return Whereabouts(bucket=self.bucket, key=stored.key, report_url=url)
