"""The memory ledger of a node, as a bar and as the numbers below it."""

from __future__ import annotations

from fleetscan.immutable import immutable
from fleetscan.model.ledger import Ledger, Place
from fleetscan.render.elements.drawing import stacked_bar
from fleetscan.render.elements.markup import Markup, element, spaced
from fleetscan.render.words import amounts
from fleetscan.render.words.ledger_words import Part, parts, sentence

_TONES = {
    Place.PODS: "pods",
    Place.SYSTEM: "system",
    Place.PROCESSES: "pods",
    Place.SHARED: "shared",
    Place.PAGE_CACHE: "cache",
    Place.SLAB_UNRECLAIMABLE: "slab",
    Place.SLAB_RECLAIMABLE: "reclaimable",
    Place.PAGE_TABLES: "kernel",
    Place.PER_CPU: "kernel",
    Place.VMALLOC: "kernel",
    Place.KERNEL_OTHER: "kernel",
    Place.HUGEPAGES: "pool",
    Place.ZFS_CACHE: "pool",
    Place.UNACCOUNTED: "unaccounted",
    Place.FREE: "free",
}
_NAMED_TONES = 3


@immutable(kw_only=False)
class _Part:
    """One part of the bar: its colour, and what it is in words."""

    tone: str
    part: Part


def ledger_bar(ledger: Ledger, *, is_slim: bool = False) -> Markup:
    """Return the bar alone; its numbers are in its text and in that of each part that is wide enough to point at."""
    return stacked_bar(
        sentence(ledger),
        [(one.tone, one.part.share, "" if is_slim else one.part.words) for one in _parts(ledger)],
        kind="bar slim" if is_slim else "bar",
    )


def ledger_figure(ledger: Ledger) -> Markup:
    """Return the bar with its legend, which has the same numbers."""
    items = [
        element(
            "li",
            element("i", class_=f"swatch {one.tone}"),
            element("span", one.part.who),
            element("span", one.part.size, class_="number"),
            element("span", amounts.percent(one.part.share), class_="number soft"),
        )
        for one in _parts(ledger)
    ]
    total = element("span", f"of {amounts.size(ledger.total_bytes)}", class_="soft")
    return element(
        "div",
        element("h4", "Memory usage", spaced(" "), total),
        ledger_bar(ledger),
        element("ul", *items, class_="legend"),
    )


def place_tone(place: Place, ledger: Ledger) -> str:
    """Return the colour of a place in the bar of this ledger; of caches with names that of the largest."""
    is_named = any(entry.name for entry in ledger.entries if entry.place is place)
    return f"{_TONES[place]}-1" if is_named else _TONES[place]


def _parts(ledger: Ledger) -> list[_Part]:
    """Return the parts in the ledger's order; caches with a name of their own get tones of their own."""
    shown: list[_Part] = []
    named = 0
    for part in parts(ledger):
        tone = _TONES[part.entry.place]
        if part.entry.name:
            named += 1
            tone = f"{tone}-{min(named, _NAMED_TONES)}"
        shown.append(_Part(tone, part))
    return shown
