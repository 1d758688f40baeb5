"""The largest slab caches of a node as a table."""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan import quantities
from fleetscan.model.picture import RankedCache
from fleetscan.render.elements.markup import Markup, element
from fleetscan.render.words import amounts
from fleetscan.render.words.escape import name

_NAME_CHARACTERS = 40
_KINDS = {True: "no", False: "yes", None: amounts.UNKNOWN}
_LARGE_RATIO = 0.1
"""Of the largest cache: that a small one stays is nothing to look at."""
_COLUMNS = ("Objects", "Size", "Holds", "Reclaimable")


def slab_table(caches: Sequence[RankedCache]) -> Markup:
    """Return the ranking, most bytes first; nothing where it is not known."""
    if not caches:
        return Markup("")
    head = element(
        "tr", element("th", "Cache", scope="col"), *(element("th", title, scope="col") for title in _COLUMNS)
    )
    table = element(
        "table",
        element("caption", "Kernel objects by the memory that their cache holds", class_="unseen"),
        element("thead", head),
        element("tbody", *(_row(cache, caches[0].held_bytes) for cache in caches)),
        class_="slab-table",
    )
    return element("div", element("h4", "Largest slab caches"), table)


def _row(cache: RankedCache, largest_bytes: int) -> Markup:
    is_highlighted = cache.is_unreclaimable and cache.held_bytes >= _LARGE_RATIO * largest_bytes
    return element(
        "tr",
        element("th", element("code", name(cache.name, _NAME_CHARACTERS)), scope="row"),
        element("td", quantities.count(cache.active_objects)),
        element("td", f"{cache.object_bytes:,} B"),
        element("td", amounts.size(cache.held_bytes)),
        element("td", _KINDS[cache.is_unreclaimable], class_="stuck" if is_highlighted else ""),
    )
