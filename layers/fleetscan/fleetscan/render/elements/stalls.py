"""PSI of a node as bars: the share of the last minute in which tasks waited for a resource."""

from __future__ import annotations

from fleetscan.model import Diagnosis
from fleetscan.render.elements.drawing import stacked_bar
from fleetscan.render.elements.markup import Markup, element, spaced
from fleetscan.render.words import amounts

_CRITICAL_PERCENT = 60.0
_WARNING_PERCENT = 10.0
"""The limits of ``memory_pressure_high``; for CPU and disk they only colour the bar."""


def stalls(diagnosis: Diagnosis) -> Markup:
    """Return a bar for each resource whose pressure is known; nothing where none is."""
    readings, picture = diagnosis.readings, diagnosis.picture
    rows = [
        ("memory, some task", readings.memory_some_avg60_percent),
        ("memory, all tasks", readings.memory_full_avg60_percent),
        ("CPU, some task", picture.cpu_some_avg60_percent),
        ("disk, some task", picture.io_some_avg60_percent),
        ("disk, all tasks", picture.io_full_avg60_percent),
    ]
    known = [_row(words, percent) for words, percent in rows if percent is not None]
    if not known:
        return Markup("")
    note = element("span", "share of the last minute", class_="soft")
    title = element("h4", "Pressure (PSI)", spaced(" "), note)
    return element("div", title, element("ul", *known, class_="gauges"))


def _row(words: str, percent: float) -> Markup:
    shown = amounts.percent(percent / 100)
    tone = "critical" if percent >= _CRITICAL_PERCENT else "warning" if percent >= _WARNING_PERCENT else "calm"
    bar = stacked_bar(f"{words}: {shown}", [(tone, percent / 100, "")], kind="gauge")
    return element("li", element("span", words), bar, element("span", shown, class_="number"))
