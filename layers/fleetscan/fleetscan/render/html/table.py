"""The table of all nodes in HTML; on a narrow screen its style sheet turns every row into a card.

Columns are known by their place alone, in the markup and in the style sheet: a large fleet has thousands of rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import batched

from fleetscan.diagnosis.condition import load_per_cpu, swap_used_ratio
from fleetscan.model import Diagnosis
from fleetscan.quantities import ratio
from fleetscan.render.elements.drawing import stacked_bar
from fleetscan.render.elements.markup import Markup, element, joined, spaced
from fleetscan.render.elements.node import label, tone
from fleetscan.render.html.cards import linked
from fleetscan.render.words import amounts
from fleetscan.render.words.escape import name
from fleetscan.render.words.node_words import HOST_CHARACTERS, display_name, state
from fleetscan.render.words.runway_words import left

ROWS = 100
"""Rows that are open; of a larger fleet the others are in closed batches of as many."""

_COLUMNS = ("State", "Node", "Group", "Type", "Slab", "Available", "PSI", "Swap", "Load", "Left")
_CAPTION = (
    "Slab is unreclaimable kernel memory (SUnreclaim), with its share of RAM. PSI is the share of the last minute in "
    "which tasks waited for memory. Load is per CPU. Left is the time to memory exhaustion at the rate of the earlier "
    "scans. A dash was not measured; it is never zero."
)


def table(diagnoses: Sequence[Diagnosis], anchors: Mapping[str, str], *, room: int) -> Markup:
    """Return the nodes as tables, the first of them open, with a line for the nodes that are left out.

    All nodes of a small fleet, to be compared; of a large one those that have no card. ``room`` is for how many
    characters of markup there is room on the page.
    """
    is_small = len(diagnoses) <= ROWS
    listed = [one for one in diagnoses if is_small or one.node.instance_id not in anchors]
    make = partial(_row, anchors=anchors, is_drawn=is_small)
    parts: list[Markup] = []
    used, shown = 0, 0
    for batch in batched(listed, ROWS, strict=False):
        rows = [make(one) for one in batch]
        used += sum(len(row.text) for row in rows)
        if used > room and parts:
            break
        parts.append(_part(rows, shown, batch))
        shown += len(batch)
    if shown < len(listed):
        words = f"and {amounts.count(len(listed) - shown, 'node')} less severe or equal: see the JSON"
        parts.append(element("p", words, class_="soft"))
    return element("div", *parts, class_="card nodes")


def _part(rows: Sequence[Markup], before: int, batch: Sequence[Diagnosis]) -> Markup:
    """Return one batch of rows: the first as it is, the others to be opened."""
    words = f"Nodes {before + 1:,} to {before + len(rows):,}"
    caption = element("caption", words, class_="unseen") if before else element("caption", _CAPTION)
    head = element("thead", element("tr", *(element("th", title, scope="col") for title in _COLUMNS)))
    whole = element("table", caption, head, element("tbody", *rows))
    if not before:
        return whole
    states = ", ".join(f"{count:,} {word}" for word, count in Counter(state(one) for one in batch).items())
    summary = element("summary", words, spaced(" "), element("span", states, class_="soft"))
    return element("details", summary, whole)


def _row(diagnosis: Diagnosis, *, anchors: Mapping[str, str], is_drawn: bool) -> Markup:
    node = diagnosis.node
    readings = diagnosis.readings
    shown, instance = display_name(diagnosis), name(node.instance_id, HOST_CHARACTERS)
    who = linked(anchors, diagnosis, element("b", shown))
    stalled = readings.memory_some_avg60_percent
    cells: Sequence[Markup | str] = (
        joined(who, spaced(" "), element("small", instance)) if instance != shown else who,
        name(node.node_group, HOST_CHARACTERS) or amounts.UNKNOWN,
        name(node.instance_type, HOST_CHARACTERS) or amounts.UNKNOWN,
        _slab(diagnosis, is_drawn=is_drawn),
        amounts.percent(ratio(readings.memory_available_bytes, readings.memory_total_bytes)),
        amounts.percent(None if stalled is None else stalled / 100),
        "none" if readings.swap_total_bytes == 0 else amounts.percent(swap_used_ratio(readings)),
        amounts.decimal(load_per_cpu(readings)),
        left(diagnosis.runway),
    )
    first = element("td", label(state(diagnosis), tone(diagnosis)))
    return element("tr", first, *(element("td", cell) for cell in cells))


def _slab(diagnosis: Diagnosis, *, is_drawn: bool) -> Markup | str:
    readings = diagnosis.readings
    share = ratio(readings.slab_unreclaimable_bytes, readings.memory_total_bytes)
    size = amounts.size(readings.slab_unreclaimable_bytes)
    if share is None:
        return size
    words = f"{size}, {amounts.percent(share)}"
    if not is_drawn:
        return words
    bar = stacked_bar(f"slab {words}", [(tone(diagnosis), min(1.0, share), "")], kind="gauge thin")
    return joined(words, bar)
