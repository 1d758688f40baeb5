"""Where more is to be found than a message can hold, in lines for its end."""

from __future__ import annotations

from fleetscan.model.whereabouts import Whereabouts


def links(whereabouts: Whereabouts) -> list[str]:
    """Return a line for each link, with how long it works and what works after that; none where there is none.

    A URL stands on a line of its own and is never broken: it would lead nowhere.
    """
    lines: list[str] = []
    if whereabouts.report_url:
        lines += ["", "The whole report (the link ends after some hours, with the session that signed it):"]
        lines += [whereabouts.report_url]
    if whereabouts.key:
        scan_id = whereabouts.key.rpartition("/")[2].partition(".json")[0]
        lines += ["", f"Any time: fleetscan report --bucket {whereabouts.bucket} --scan {scan_id}"]
    if whereabouts.dashboard_url:
        lines += ["", f"Dashboard: {whereabouts.dashboard_url}"]
    return lines
