"""What every response of the dashboard's widget has: one element with its style sheet, and the links in it."""

from __future__ import annotations

import json
import re
from datetime import datetime

from fleetscan import quantities
from fleetscan.immutable import immutable
from fleetscan.model import Diagnosis, Report
from fleetscan.render.elements.markup import Child, Markup, element, joined
from fleetscan.render.widget.style import ROOM, sheet

INSTANCE_ID = re.compile(r"i-(?:[0-9a-f]{8}|[0-9a-f]{17})", re.ASCII)
"""An EC2 instance id, in its short and its long form: the only thing that a widget is ever asked by."""

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


@immutable
class Frame:
    """Where a widget is shown, and what it may link to."""

    endpoint: str
    """The ARN of the function that made it, which its buttons call again."""
    now: datetime
    old_after_seconds: int
    """From this age on a report is marked as old."""
    theme: str = "light"
    bucket: str = ""
    page_url: str = ""
    """The page of the last report that had changes; empty where there is none."""
    page_scan_id: str = ""
    """The scan that it is of."""


def framed(theme: str, *children: Child) -> str:
    """Return a whole response: the children inside the widget's one element, below its style sheet."""
    return element("div", element("style", Markup(sheet(theme))), *children, class_=ROOM).text


def notice(words: str, theme: str = "light") -> str:
    """Return a response of one sentence: why there is nothing to show."""
    return framed(theme, element("p", words, class_="notice"))


def opening(frame: Frame, diagnosis: Diagnosis, words: Child) -> Markup:
    """Return words that open a node's investigation in a pop-up; plain text if its id is not valid.

    The dashboard calls the function again with what stands in ``cwdb-action``, when the element before it is clicked.
    """
    instance_id = diagnosis.node.instance_id
    if not INSTANCE_ID.fullmatch(instance_id):
        return joined(words)
    call = element(
        "cwdb-action",
        json.dumps({"node": instance_id}),
        action="call",
        display="popup",
        endpoint=frame.endpoint,
    )
    return joined(element("button", words, type="button", class_="opens"), call)


def age(report: Report, frame: Frame) -> Markup:
    """Return how old the report is; highlighted if the next one is overdue."""
    seconds = (frame.now - report.started_at).total_seconds()
    when = report.started_at.strftime("%Y-%m-%d %H:%M UTC")
    took = f"took {quantities.duration(report.duration_seconds)}"
    if seconds > frame.old_after_seconds:
        words = f"This report is {_age(seconds)} old ({when}): no scan has been stored since."
        return element("p", f"{words} It may be out of date.", role="alert", class_="old")
    return element("p", f"{_age(seconds)} old ({when}, {took})", class_="age soft small")


def _age(seconds: float) -> str:
    """Return an age in its largest unit: ``14 minutes``. A clock that runs ahead does not make it negative."""
    for unit, unit_seconds in _UNITS:
        if seconds >= unit_seconds:
            return quantities.counted(int(seconds // unit_seconds), unit)
    return "less than a minute"
