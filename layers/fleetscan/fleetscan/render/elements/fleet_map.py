"""All nodes of a fleet at a glance: tiles in the order of the report, the healthy as dots behind them.

A condition has a colour, a letter and a shape, so that it can be recognised without the colour. Tiles wrap like
text: no drawing is needed on a narrow screen, and each can be reached by keyboard. The report's page has a style sheet;
without one (on a dashboard) the styles are in the elements.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from fleetscan.diagnosis.condition import Condition, condition, is_failing_now
from fleetscan.model import CaptureStatus, Diagnosis
from fleetscan.quantities import ratio
from fleetscan.render.elements.markup import Markup, element, joined, spaced
from fleetscan.render.elements.palette import LIGHT
from fleetscan.render.words import amounts
from fleetscan.render.words.node_words import display_name, state
from fleetscan.render.words.runway_words import left

type Link = Callable[[Diagnosis, Markup], Markup]
"""Put a node's tile into what leads to more about it; the tile itself where nothing does."""

NAMED = 60
"""Up to so many nodes each has a tile with its name; more are shown by their letter."""

TILES = 600
"""Of more nodes that are not healthy than this the rest are letters without a name."""

_MARKS = {
    (Condition.CRITICAL, True): ("F", "critical, failing now", "critical failing"),
    (Condition.CRITICAL, False): ("C", "critical", "critical"),
    (Condition.WARNING, False): ("W", "warning", "warning"),
    (Condition.HEALTHY, False): ("", "healthy", "ok"),
    (Condition.UNKNOWN, False): ("?", "unknown", "unknown"),
}
"""Letter, words and tone of each condition, the one that is failing now apart: worst first."""

_FLOW = "display:flex;flex-wrap:wrap;gap:3px;align-items:center;list-style:none;margin:0;padding:0"
_TILE = "display:inline-block;padding:1px 6px;font:600 12px/18px system-ui,sans-serif;text-decoration:none;"
_RED = LIGHT["critical"]
_DOT = f"display:inline-block;width:7px;height:7px;border-radius:50%;background:{LIGHT['ok']}"
_SHAPES = {
    Condition.CRITICAL: f"color:#fff;background:{_RED}",
    Condition.WARNING: f"color:{LIGHT['warning']};background:{LIGHT['warning-tint']};border-radius:9px",
    Condition.HEALTHY: f"color:{LIGHT['ok']};background:{LIGHT['ok-tint']};border-radius:9px",
    Condition.UNKNOWN: f"color:{LIGHT['unknown']};background:{LIGHT['unknown-tint']};border:1px dashed",
}
"""Their colours bring their own background, so that they can be read on a light and on a dark page."""
_FAILING = f";outline:2px solid {_RED};outline-offset:1px;margin:0 3px"


def fleet_map(diagnoses: Sequence[Diagnosis], *, link: Link | None = None, is_inline: bool = False) -> Markup:
    """Return the map of all nodes with its key; ``is_inline`` puts the styles into ``style`` attributes.

    ``link`` is given each node with a tile of its own: all of a small fleet, of a large one those that are not healthy.
    """
    is_named = len(diagnoses) <= NAMED
    own = [one for one in diagnoses if is_named or condition(one) is not Condition.HEALTHY]
    tiles = [_tile(one, link, is_named=is_named, is_inline=is_inline) for one in own[:TILES]]
    return element(
        "div",
        _key(diagnoses, is_inline=is_inline),
        element("ol", *tiles, **_looks("tiles named" if is_named else "tiles", _FLOW, is_inline=is_inline))
        if tiles
        else Markup(""),
        _letters(own[TILES:], is_inline=is_inline),
        _dots(len(diagnoses) - len(own), is_inline=is_inline),
        class_="map",
    )


def mark(one: Condition, *, is_failing: bool = False, is_inline: bool = False) -> Markup:
    """Return the sign of a condition: its letter in its shape. Only what is critical can be failing now."""
    letter, _, tone = _MARKS[one, is_failing]
    style = f"{_TILE}{_SHAPES[one]}{_FAILING if is_failing else ''}"
    looks = _looks(f"mark {tone}", style, is_inline=is_inline)
    return element("i", letter or "\N{BULLET}", aria_hidden="true", **looks)


def _key(diagnoses: Sequence[Diagnosis], *, is_inline: bool) -> Markup:
    counted = Counter(_how(one) for one in diagnoses)
    words = [
        element(
            "li",
            mark(how, is_failing=is_failing, is_inline=is_inline),
            spaced(" "),
            element("strong", f"{counted[how, is_failing]:,}"),
            spaced(f" {words}"),
        )
        for (how, is_failing), (_, words, _) in _MARKS.items()
        if counted[how, is_failing]
    ]
    return element("ul", *words, **_looks("key", f"{_FLOW};gap:4px 14px;padding-bottom:8px", is_inline=is_inline))


def _tile(one: Diagnosis, link: Link | None, *, is_named: bool, is_inline: bool) -> Markup:
    shown, (how, is_failing) = display_name(one), _how(one)
    _, words, tone = _MARKS[how, is_failing]
    said = f"{words}, {_detail(one)}" if _detail(one) else words
    sign = mark(how, is_failing=is_failing, is_inline=is_inline)
    if is_named:
        small = element("small", said, **_looks("", "display:block;font-weight:400", is_inline=is_inline))
        body = joined(sign, element("span", shown, small))
    else:
        body = joined(sign, element("span", f"{shown}: {said}", **_looks("unseen", _UNSEEN, is_inline=is_inline)))
    looks = _looks(
        f"tile {tone.partition(' ')[0]}",
        "display:flex;gap:6px;font:600 12px/1.3 system-ui,sans-serif",
        is_inline=is_inline,
    )
    tile = element("span", body, title=f"{shown}: {said}", **looks)
    return element("li", link(one, tile) if link else tile)


_UNSEEN = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"


def _how(one: Diagnosis) -> tuple[Condition, bool]:
    return condition(one), is_failing_now(one)


def _detail(one: Diagnosis) -> str:
    """Return what says most of a node in a word or two: what is left, what the kernel holds, why no answer."""
    match condition(one):
        case Condition.UNKNOWN if one.coverage.status is CaptureStatus.ANSWERED:
            return "too little data"
        case Condition.UNKNOWN:
            return state(one)
        case _ if one.runway is not None:
            return f"{left(one.runway)} left"
        case Condition.HEALTHY:
            return ""
        case _:
            share = ratio(one.readings.slab_unreclaimable_bytes, one.readings.memory_total_bytes)
            return "" if share is None else f"slab {amounts.percent(share)}"


def _letters(rest: Sequence[Diagnosis], *, is_inline: bool) -> Markup:
    if not rest:
        return Markup("")
    signs = {one: mark(one[0], is_failing=one[1], is_inline=is_inline) for one in _MARKS}
    words = f"{amounts.count(len(rest), 'more node')} that are not healthy"
    looks = _looks("tiles rest", f"{_FLOW};padding-top:3px", is_inline=is_inline)
    return element("div", *(signs[_how(one)] for one in rest), role="img", aria_label=words, **looks)


def _dots(count: int, *, is_inline: bool) -> Markup:
    if count <= 0:
        return Markup("")
    dots = joined(*[element("i", **_looks("", _DOT, is_inline=is_inline))] * count)
    looks = _looks("dots", f"{_FLOW};padding-top:8px", is_inline=is_inline)
    return element("div", dots, role="img", aria_label=f"{amounts.count(count, 'node')} healthy", **looks)


def _looks(classes: str, style: str, *, is_inline: bool) -> dict[str, str]:
    if is_inline:
        return {"style": style}
    return {"class_": classes} if classes else {}
