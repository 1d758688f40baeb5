"""The table of all nodes in HTML; on a narrow screen its style sheet turns every row into a card."""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan.model import CaptureStatus, Diagnosis
from fleetscan.render import amounts
from fleetscan.render.condition import display_name, load_per_cpu, state, swap_used_ratio
from fleetscan.render.escape import name
from fleetscan.render.html_node import label
from fleetscan.render.markup import Markup, element
from fleetscan.render.runway_words import left

ROWS = 200
"""A page of a thousand rows helps nobody; JSON has them all."""

_WORDS = ("State", "Node", "Group", "Type")
_NUMBERS = ("Slab", "Available", "PSI", "Swap", "Load", "Left")
_CAPTION = (
    "Slab is kernel memory that cannot be given back, with its share of RAM. PSI is the share of the last minute in "
    "which tasks waited for memory. Load is for each CPU. Left is the time until memory runs out at the pace of the "
    "earlier scans. A dash was not measured; it is never zero."
)


def table(diagnoses: Sequence[Diagnosis]) -> Markup:
    """Return the worst nodes as a table, with a line for those left out."""
    head = element(
        "thead",
        element(
            "tr",
            *(element("th", title, scope="col") for title in _WORDS),
            *(element("th", title, scope="col", class_="number") for title in _NUMBERS),
        ),
    )
    rows = [_row(diagnosis) for diagnosis in diagnoses[:ROWS]]
    whole = element("table", element("caption", _CAPTION), head, element("tbody", *rows))
    rest = len(diagnoses) - ROWS
    if rest <= 0:
        return whole
    return element("div", whole, element("p", f"and {amounts.count(rest, 'node')} no worse than these", class_="soft"))


def tone(diagnosis: Diagnosis) -> str:
    """Return the class that colours a node: its severity, ``ok``, or ``unknown`` for what nobody can call well."""
    if diagnosis.coverage.status is not CaptureStatus.ANSWERED:
        return "unknown"
    if diagnosis.severity is not None:
        return diagnosis.severity.value
    return "ok" if state(diagnosis) == "ok" else "unknown"


def _row(diagnosis: Diagnosis) -> Markup:
    node = diagnosis.node
    readings = diagnosis.readings
    shown, instance = display_name(diagnosis), name(node.instance_id)
    second = element("div", instance, class_="soft small") if instance != shown else Markup("")
    stalled = readings.memory_some_avg60_percent
    has_no_swap = readings.swap_total_bytes == 0
    return element(
        "tr",
        element("td", label(state(diagnosis), tone(diagnosis)), class_="wide"),
        element("td", element("strong", shown), second, class_="wide"),
        _cell("Group", name(node.node_group) or amounts.UNKNOWN),
        _cell("Type", name(node.instance_type) or amounts.UNKNOWN),
        _slab(diagnosis),
        _number(
            "Available", amounts.percent(amounts.ratio(readings.memory_available_bytes, readings.memory_total_bytes))
        ),
        _number("PSI", amounts.percent(None if stalled is None else stalled / 100)),
        _number("Swap", "none" if has_no_swap else amounts.percent(swap_used_ratio(readings))),
        _number("Load", amounts.decimal(load_per_cpu(readings))),
        _number("Left", left(diagnosis.runway)),
    )


def _slab(diagnosis: Diagnosis) -> Markup:
    readings = diagnosis.readings
    share = amounts.ratio(readings.slab_unreclaimable_bytes, readings.memory_total_bytes)
    if share is None:
        return _number("Slab", amounts.size(readings.slab_unreclaimable_bytes))
    bar = element("span", class_=f"bar {tone(diagnosis)}", style=f"--share: {min(share, 1.0) * 100:.0f}%")
    words = f"{amounts.size(readings.slab_unreclaimable_bytes)}, {amounts.percent(share)}"
    return element("td", words, bar, data_label="Slab", class_="number")


def _cell(title: str, text: str) -> Markup:
    return element("td", text, data_label=title, class_="blank" if text == amounts.UNKNOWN else "")


def _number(title: str, text: str) -> Markup:
    return element("td", text, data_label=title, class_="number blank" if text == amounts.UNKNOWN else "number")
