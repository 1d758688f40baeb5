"""A node before and after, as pairs of bars with their numbers."""

from __future__ import annotations

from collections.abc import Mapping

from fleetscan.model.ledger import Entry, Ledger, Place
from fleetscan.render.elements.drawing import stacked_bar
from fleetscan.render.elements.ledger import ledger_bar, place_tone
from fleetscan.render.elements.markup import Markup, element
from fleetscan.render.words import amounts
from fleetscan.render.words.before_after import Comparison, rows, shares
from fleetscan.render.words.escape import name
from fleetscan.render.words.ledger_words import entry_words

type Ledgers = Mapping[str, Ledger]
"""By instance id."""

_PROGRAMS = {Place.PODS, Place.SYSTEM}


def pair(one: Comparison, before: Ledgers, after: Ledgers) -> Markup:
    """Return one node's comparison; with the bars of its memory where both scans have its ledger."""
    first, second = before.get(one.instance_id), after.get(one.instance_id)
    gone = "" if one.after else "The node is gone, so there are no readings after. "
    return element(
        "article",
        element("h3", f"Before and after: {name(one.host)}"),
        element("p", f"{gone}Resolved: {', '.join(name(rule) for rule in one.rules)}", class_="soft small"),
        _memory(first, second) if first and second else Markup(""),
        _table(one),
        class_="card",
    )


def _memory(before: Ledger, after: Ledger) -> Markup:
    """Return both bars with one legend: what one place lost, another has."""
    was, now = _by_place(before), _by_place(after)
    items = [
        element(
            "li",
            element("i", class_=f"swatch {place_tone(place, before)}"),
            element("span", entry_words(Entry(place=place, held_bytes=0))),
            element(
                "span",
                f"{amounts.size(was.get(place, 0))} \N{RIGHTWARDS ARROW} {amounts.size(now.get(place, 0))}",
                class_="number",
            ),
        )
        for place in dict.fromkeys((*was, *now))
    ]
    return element(
        "div",
        element("span", "before", class_="soft"),
        ledger_bar(before),
        element("span", "after", class_="soft"),
        ledger_bar(after),
        element("ul", *items, class_="legend"),
        class_="two-bars",
    )


def _by_place(ledger: Ledger) -> dict[Place, int]:
    """Return what is held in each place, in the order of the bar.

    One scan may know caches by name, or separate the pods from the host, and the other not: sums are compared.
    """
    held: dict[Place, int] = {}
    for entry in ledger.entries:
        place = Place.PROCESSES if entry.place in _PROGRAMS else entry.place
        held[place] = held.get(place, 0) + entry.held_bytes
    return held


def _table(one: Comparison) -> Markup:
    lengths = shares(one.before, one.after)
    body = [
        element(
            "tr",
            element("th", words, scope="row"),
            _cell(words, "Before", before, length[0], "was"),
            _cell(words, "After", after, length[1], "now-is"),
        )
        for (words, before, after), length in zip(rows(one.before, one.after), lengths, strict=True)
    ]
    head = element(
        "tr",
        element("td", ""),
        element("th", "Before", scope="col"),
        element("th", "After", scope="col"),
    )
    return element("table", element("thead", head), element("tbody", *body), class_="pairs")


def _cell(words: str, when: str, said: str, length: float | None, tone: str) -> Markup:
    bar = Markup("")
    if length is not None:
        bar = stacked_bar(f"{words} {when.lower()}: {said}", [(tone, min(1.0, length), "")], kind="gauge")
    return element("td", element("span", said, class_="number"), bar)
