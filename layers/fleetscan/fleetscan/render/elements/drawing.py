"""Plots as inline SVG: bars that are as wide as their place, and lines over time.

An element of SVG is an element like any other, so it is made by ``markup`` and escaped there (docs/adr/0019). Bars are
laid out in percent of the width and lines in a box that is stretched to it; text keeps its size at every width.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fleetscan.render.elements.markup import Child, Markup, element, joined

_WIDE = 1_000
"""Width of the box that lines are drawn in; it is stretched to the width of the page."""

type Point = tuple[float, float]
"""Both from 0 to 1: from the left, and from the bottom."""


def drawing(words: str, *shapes: Markup, kind: str) -> Markup:
    """Return a drawing that a screen reader reads as one picture: ``words`` say what it shows, with its numbers."""
    return element("svg", *shapes, class_=kind, role="img", aria_label=words)


def stacked_bar(words: str, parts: Iterable[tuple[str, float, str]], *, kind: str = "bar") -> Markup:
    """Return one bar of parts side by side; each a tone, a share of the whole from 0 to 1, and words to point at.

    The style sheet makes a part as high as its bar.
    """
    shapes, start = [], 0.0
    for tone, share, said in parts:
        shapes.append(_part(start, min(share, 1.0 - start), tone, said))
        start = min(1.0, start + share)
    return drawing(words, *shapes, kind=kind)


def curve(points: Sequence[Point], *, tone: str) -> Markup:
    """Return a line through points; for a single one a dot, drawn as the shortest of lines with round ends."""
    if not points:
        return Markup("")
    drawn = " ".join(_at(point) for point in (points if len(points) > 1 else [*points, *points]))
    return element("polyline", class_=tone, points=drawn, vector_effect="non-scaling-stroke")


def area(points: Sequence[Point], *, tone: str) -> Markup:
    """Return a filled shape."""
    return element("polygon", class_=tone, points=" ".join(_at(point) for point in points))


def stretched(*shapes: Markup, height: int) -> Markup:
    """Return curves and areas in a box as wide as its drawing and so many pixels high."""
    box = f"0 0 {_WIDE} {_WIDE}"
    return element("svg", *shapes, viewBox=box, preserveAspectRatio="none", width="100%", height=str(height))


def words_at(left: float, words: Child, *, anchor: str = "start", top: str = "100%", tone: str = "axis") -> Markup:
    """Return words in a drawing, at a share of its width and at a height in CSS units or percent."""
    return element("text", joined(words), x=_percent(left), y=top, text_anchor=anchor, class_=tone)


def _part(start: float, width: float, tone: str, said: str) -> Markup:
    title = element("title", said) if said else Markup("")
    return element("rect", title, class_=tone, x=_percent(start), width=_percent(width))


def _at(point: Point) -> str:
    across, up = point
    return f"{across * _WIDE:.0f},{(1 - up) * _WIDE:.0f}"


def _percent(share: float) -> str:
    return f"{share * 100:.1f}".removesuffix(".0") + "%"
