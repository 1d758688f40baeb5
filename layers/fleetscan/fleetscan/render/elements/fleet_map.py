"""All nodes of a fleet at a glance: a tile for each, worst and shortest of time first, the well as dots behind them.

A state has a colour, a letter and a shape, so that it is told apart without the colour. Tiles flow like words and need
no drawing: a narrow screen breaks them anew, and each can be reached by keyboard. The report's page brings a style
sheet; where there is none (a dashboard) the looks are in the elements.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from fleetscan.diagnosis.condition import Condition, by_urgency, condition, display_name, state
from fleetscan.model import Diagnosis
from fleetscan.render.elements.markup import Markup, element, joined, spaced
from fleetscan.render.elements.palette import LIGHT
from fleetscan.render.words import amounts
from fleetscan.render.words.runway_words import left

type Link = Callable[[Diagnosis, Markup], Markup]
"""Put a node's tile into what leads to more about it; the tile itself where nothing does."""

NAMED = 60
"""Up to so many nodes each has a tile with its name; more are told by their letter."""

TILES = 600
"""Of more nodes that are not well than this the rest are letters without a name."""

_MARKS = {
    Condition.DYING: ("D", "dying", "critical"),
    Condition.SICK: ("S", "sick", "critical"),
    Condition.WARNED: ("W", "with warnings", "warning"),
    Condition.WELL: ("", "well", "ok"),
    Condition.UNKNOWN: ("?", "not known", "unknown"),
}
"""Letter, words and tone of each state."""

_FLOW = "display:flex;flex-wrap:wrap;gap:3px;align-items:center;list-style:none;margin:0;padding:0"
_TILE = "display:inline-block;padding:1px 6px;font:600 12px/18px system-ui,sans-serif;text-decoration:none;"
_RED = LIGHT["critical"]
_DOT = f"display:inline-block;width:7px;height:7px;border-radius:50%;background:{LIGHT['ok']}"
_SHAPES = {
    Condition.DYING: f"color:#fff;background:{_RED};outline:2px solid {_RED};outline-offset:1px;margin:0 3px",
    Condition.SICK: f"color:#fff;background:{_RED}",
    Condition.WARNED: f"color:{LIGHT['warning']};background:{LIGHT['warning-tint']};border-radius:9px",
    Condition.WELL: f"color:{LIGHT['ok']};background:{LIGHT['ok-tint']};border-radius:9px",
    Condition.UNKNOWN: f"color:{LIGHT['unknown']};background:{LIGHT['unknown-tint']};border:1px dashed",
}
"""Their colours bring their own background, so that they can be read on a light and on a dark page."""


def fleet_map(diagnoses: Sequence[Diagnosis], *, link: Link | None = None, is_inline: bool = False) -> Markup:
    """Return the map of all nodes with its key; ``is_inline`` puts the looks into ``style`` attributes.

    ``link`` is given each node with a tile of its own: all of a small fleet, of a large one those that are not well.
    """
    ordered = by_urgency(diagnoses)
    is_named = len(ordered) <= NAMED
    own = [one for one in ordered if is_named or condition(one) is not Condition.WELL]
    tiles = [_tile(one, link, is_named=is_named, is_inline=is_inline) for one in own[:TILES]]
    return element(
        "div",
        _key(ordered, is_inline=is_inline),
        element("ol", *tiles, **_looks("tiles named" if is_named else "tiles", _FLOW, is_inline=is_inline))
        if tiles
        else Markup(""),
        _letters(own[TILES:], is_inline=is_inline),
        _dots(len(ordered) - len(own), is_inline=is_inline),
        class_="map",
    )


def mark(one: Condition, *, is_inline: bool = False) -> Markup:
    """Return the sign of a state: its letter in its shape."""
    letter, _, tone = _MARKS[one]
    looks = _looks(f"mark {tone} {one.value}", f"{_TILE}{_SHAPES[one]}", is_inline=is_inline)
    return element("i", letter or "\N{BULLET}", aria_hidden="true", **looks)


def _key(ordered: Sequence[Diagnosis], *, is_inline: bool) -> Markup:
    counted = Counter(condition(one) for one in ordered)
    words = [
        element(
            "li",
            mark(one, is_inline=is_inline),
            spaced(" "),
            element("strong", f"{counted[one]:,}"),
            spaced(f" {_MARKS[one][1]}"),
        )
        for one in Condition
        if counted[one]
    ]
    return element("ul", *words, **_looks("key", f"{_FLOW};gap:4px 14px;padding-bottom:8px", is_inline=is_inline))


def _tile(one: Diagnosis, link: Link | None, *, is_named: bool, is_inline: bool) -> Markup:
    shown, how = display_name(one), condition(one)
    _, words, tone = _MARKS[how]
    said = f"{words}, {_detail(one)}" if _detail(one) else words
    sign = mark(how, is_inline=is_inline)
    if is_named:
        small = element("small", said, **_looks("", "display:block;font-weight:400", is_inline=is_inline))
        body = joined(sign, element("span", shown, small))
    else:
        body = joined(sign, element("span", f"{shown}: {said}", **_looks("unseen", _UNSEEN, is_inline=is_inline)))
    looks = _looks(f"tile {tone}", "display:flex;gap:6px;font:600 12px/1.3 system-ui,sans-serif", is_inline=is_inline)
    tile = element("span", body, title=f"{shown}: {said}", **looks)
    return element("li", link(one, tile) if link else tile)


_UNSEEN = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"


def _detail(one: Diagnosis) -> str:
    """Return what says most of a node in a word or two: what is left, what the kernel holds, why no answer."""
    match condition(one):
        case Condition.UNKNOWN:
            return state(one)
        case _ if one.runway is not None:
            return f"{left(one.runway)} left"
        case Condition.WELL:
            return ""
        case _:
            share = amounts.ratio(one.readings.slab_unreclaimable_bytes, one.readings.memory_total_bytes)
            return "" if share is None else f"slab {amounts.percent(share)}"


def _letters(rest: Sequence[Diagnosis], *, is_inline: bool) -> Markup:
    if not rest:
        return Markup("")
    signs = {how: mark(how, is_inline=is_inline) for how in Condition}
    words = f"{amounts.count(len(rest), 'more node')} that are not well"
    looks = _looks("tiles rest", f"{_FLOW};padding-top:3px", is_inline=is_inline)
    return element("div", *(signs[condition(one)] for one in rest), role="img", aria_label=words, **looks)


def _dots(count: int, *, is_inline: bool) -> Markup:
    if count <= 0:
        return Markup("")
    dots = joined(*[element("i", **_looks("", _DOT, is_inline=is_inline))] * count)
    looks = _looks("dots", f"{_FLOW};padding-top:8px", is_inline=is_inline)
    return element("div", dots, role="img", aria_label=f"{amounts.count(count, 'node')} well", **looks)


def _looks(classes: str, style: str, *, is_inline: bool) -> dict[str, str]:
    if is_inline:
        return {"style": style}
    return {"class_": classes} if classes else {}
