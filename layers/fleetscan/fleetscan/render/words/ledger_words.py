"""The memory ledger of a node in words: what holds how much, and its share of all memory."""

from __future__ import annotations

from fleetscan.immutable import immutable
from fleetscan.model.ledger import PLACE_WORDS, Entry, Ledger, Place
from fleetscan.render.words import amounts
from fleetscan.render.words.escape import name

_NAME_CHARACTERS = 40


@immutable
class Part:
    """One entry of the ledger in words."""

    entry: Entry
    who: str
    size: str
    share: float
    """Of all memory, 0 to 1."""

    @property
    def words(self) -> str:
        """Such as ``page cache 1.2 GiB, 7.5%``."""
        return f"{self.who} {self.size}, {amounts.percent(self.share)}"


def parts(ledger: Ledger) -> tuple[Part, ...]:
    """Return the entries in the ledger's order; what is left of the slab beside caches with a name is "other"."""
    has_named = any(entry.name for entry in ledger.entries)
    return tuple(
        Part(
            entry=entry,
            who=f"other {entry_words(entry)}" if has_named and _is_rest(entry) else entry_words(entry),
            size=amounts.size(entry.held_bytes),
            share=entry.held_bytes / ledger.total_bytes if ledger.total_bytes > 0 else 0.0,
        )
        for entry in ledger.entries
    )


def entry_words(entry: Entry) -> str:
    """Return what holds it: ``pods``, ``slab: kmalloc-1k``, ``unreclaimable slab``."""
    return f"slab: {name(entry.name, _NAME_CHARACTERS)}" if entry.name else PLACE_WORDS[entry.place]


def sentence(ledger: Ledger) -> str:
    """Return the whole ledger as a sentence, in the page's order and with its numbers."""
    return f"Usage of {amounts.size(ledger.total_bytes)} of memory: {'; '.join(one.words for one in parts(ledger))}"


def _is_rest(entry: Entry) -> bool:
    return entry.place is Place.SLAB_UNRECLAIMABLE and not entry.name
