"""The memory ledger of a node, as a bar and as the numbers below it."""

from __future__ import annotations

from fleetscan.immutable import immutable
from fleetscan.model.ledger import Entry, Ledger, Place
from fleetscan.render.elements.drawing import stacked_bar
from fleetscan.render.elements.markup import Markup, element, spaced
from fleetscan.render.words import amounts
from fleetscan.render.words.escape import name

_TONES = {
    Place.PODS: "pods",
    Place.SYSTEM: "system",
    Place.PROCESSES: "pods",
    Place.SHARED: "shared",
    Place.PAGE_CACHE: "cache",
    Place.SLAB_UNRECLAIMABLE: "slab",
    Place.SLAB_RECLAIMABLE: "reclaimable",
    Place.KERNEL_OTHER: "kernel",
    Place.HUGEPAGES: "pool",
    Place.ZFS_CACHE: "pool",
    Place.UNACCOUNTED: "unaccounted",
    Place.FREE: "free",
}
_WORDS = {
    Place.PODS: "pods",
    Place.SYSTEM: "host processes",
    Place.PROCESSES: "pods and host processes",
    Place.SHARED: "shared memory",
    Place.PAGE_CACHE: "page cache",
    Place.SLAB_UNRECLAIMABLE: "unreclaimable slab",
    Place.SLAB_RECLAIMABLE: "reclaimable slab",
    Place.KERNEL_OTHER: "other kernel memory",
    Place.HUGEPAGES: "huge pages",
    Place.ZFS_CACHE: "ZFS cache",
    Place.UNACCOUNTED: "unaccounted",
    Place.FREE: "free",
}
_NAMED_TONES = 3
_NAME_CHARACTERS = 40


@immutable(kw_only=False)
class _Part:
    """One part of the bar: its colour, its name, and its size as a share of all memory and in words."""

    tone: str
    who: str
    size: str
    share: float

    @property
    def words(self) -> str:
        return f"{self.who} {self.size}, {amounts.percent(self.share)}"


def ledger_bar(ledger: Ledger, *, is_slim: bool = False) -> Markup:
    """Return the bar alone; its numbers are in its text and in that of each part that is wide enough to point at."""
    parts = _parts(ledger)
    words = "; ".join(part.words for part in parts)
    return stacked_bar(
        f"Usage of {amounts.size(ledger.total_bytes)} of memory: {words}",
        [(part.tone, part.share, "" if is_slim else part.words) for part in parts],
        kind="bar slim" if is_slim else "bar",
    )


def ledger_figure(ledger: Ledger) -> Markup:
    """Return the bar with its legend, which has the same numbers."""
    items = [
        element(
            "li",
            element("i", class_=f"swatch {part.tone}"),
            element("span", part.who),
            element("span", part.size, class_="number"),
            element("span", amounts.percent(part.share), class_="number soft"),
        )
        for part in _parts(ledger)
    ]
    total = element("span", f"of {amounts.size(ledger.total_bytes)}", class_="soft")
    return element(
        "div",
        element("h4", "Memory usage", spaced(" "), total),
        ledger_bar(ledger),
        element("ul", *items, class_="legend"),
    )


def entry_words(entry: Entry) -> str:
    """Return what holds it: ``pods``, ``slab: kmalloc-1k``, ``unreclaimable slab``."""
    return f"slab: {name(entry.name, _NAME_CHARACTERS)}" if entry.name else _WORDS[entry.place]


def place_tone(place: Place, ledger: Ledger) -> str:
    """Return the colour of a place in the bar of this ledger; of caches with names that of the largest."""
    is_named = any(entry.name for entry in ledger.entries if entry.place is place)
    return f"{_TONES[place]}-1" if is_named else _TONES[place]


def _parts(ledger: Ledger) -> list[_Part]:
    """Return the parts in the ledger's order; caches with a name of their own get tones of their own."""
    parts: list[_Part] = []
    named = 0
    for entry in ledger.entries:
        tone, who = _TONES[entry.place], entry_words(entry)
        if entry.name:
            named += 1
            tone = f"{tone}-{min(named, _NAMED_TONES)}"
        elif named and entry.place is Place.SLAB_UNRECLAIMABLE:
            who = f"other {who}"
        ratio = entry.held_bytes / ledger.total_bytes if ledger.total_bytes > 0 else 0.0
        parts.append(_Part(tone, who, amounts.size(entry.held_bytes), ratio))
    return parts
