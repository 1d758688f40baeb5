"""The history of a node's memory as lines over time, with the range of the forecast."""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan import quantities
from fleetscan.model import Diagnosis
from fleetscan.model.forecast import Runway
from fleetscan.model.picture import Past
from fleetscan.render.elements.drawing import Point, area, curve, drawing, stretched, words_at
from fleetscan.render.elements.markup import Markup, element, joined, spaced
from fleetscan.render.words import amounts

_HOUR_SECONDS = 3_600
_MOST_AHEAD = 2.0
"""The forecast takes no more than two thirds of the width, or the past could not be read; what is later is cut off."""
_HEADROOM = 1.08
_HEIGHT = 148
"""Pixels; the words on the times are below it."""
_CROWDED = 0.12
"""Words of two times closer than this share of the width would touch."""


def past_figure(diagnosis: Diagnosis) -> Markup:
    """Return the plot with its key; nothing without a history or without numbers in it."""
    past = diagnosis.picture.past
    if past is None or len(past.at_epoch_seconds) < 2 or not _known(past):  # noqa: PLR2004 - a line has two ends
        return Markup("")
    axes = _Axes(past, diagnosis.runway)
    shapes = stretched(*_lines(past, axes), *_forecast(past, diagnosis.runway, axes), height=_HEIGHT)
    said = words(past, diagnosis.runway)
    title = element("h4", "Memory history", spaced(" "), element("span", _pace(past, diagnosis.runway), class_="soft"))
    plot = drawing(said, shapes, *_times(axes, diagnosis.runway), kind="plot")
    return element("div", title, plot, _key(past, diagnosis.runway, axes), class_="past")


def words(past: Past, runway: Runway | None) -> str:
    """Return what the plot shows, with its numbers."""
    ago = quantities.duration(past.at_epoch_seconds[-1] - past.at_epoch_seconds[0])
    said = [f"Memory over the last {ago}"]
    for title, column in (("available", past.available_bytes), ("unreclaimable slab", past.slab_unreclaimable_bytes)):
        known = [value for value in column if value is not None]
        if known:
            said.append(f"{title} from {amounts.size(known[0])} to {amounts.size(known[-1])}")
    if runway is not None:
        said.append(f"{amounts.size(past.floor_bytes)} available, where the kubelet evicts, is reached {runway.text}")
    return "; ".join(said)


class _Axes:
    """Where a time and an amount are in the plot, both from 0 to 1."""

    def __init__(self, past: Past, runway: Runway | None) -> None:
        self.first_seconds, self.now_seconds = past.at_epoch_seconds[0], past.at_epoch_seconds[-1]
        span_seconds = self.now_seconds - self.first_seconds
        ahead_seconds = 0.0
        if runway is not None:
            furthest_hours = runway.hours * 2 if runway.hours_high is None else runway.hours_high
            ahead_seconds = min(furthest_hours * _HOUR_SECONDS * _HEADROOM, span_seconds * _MOST_AHEAD)
        self.whole_seconds = span_seconds + ahead_seconds
        self.most_bytes = max([*_known(past), past.floor_bytes]) * _HEADROOM

    def at(self, seconds: float, amount_bytes: float) -> Point:
        """Return the place of an amount at a time."""
        return self.across(seconds), min(1.0, max(0.0, amount_bytes / self.most_bytes))

    def across(self, seconds: float) -> float:
        """Return how far to the right a time is; 1 for what is beyond."""
        return min(1.0, (seconds - self.first_seconds) / self.whole_seconds)


def _known(past: Past) -> list[int]:
    return [value for value in (*past.available_bytes, *past.slab_unreclaimable_bytes) if value is not None]


def _lines(past: Past, axes: _Axes) -> list[Markup]:
    floor = [axes.at(axes.first_seconds, past.floor_bytes), (1.0, past.floor_bytes / axes.most_bytes)]
    now = axes.across(axes.now_seconds)
    shapes = [curve(floor, tone="floor")]
    if now < 1:
        shapes.append(curve([(now, 0.0), (now, 1.0)], tone="now"))
    for tone, column in (("slab-line", past.slab_unreclaimable_bytes), ("available-line", past.available_bytes)):
        shapes += [curve(part, tone=tone) for part in _unbroken(past, column, axes)]
    return shapes


def _unbroken(past: Past, column: Sequence[int | None], axes: _Axes) -> list[list[Point]]:
    """Return the lines of a column: it is broken where a value is not known and where the node was started anew."""
    lines: list[list[Point]] = [[]]
    for place, (seconds, value) in enumerate(zip(past.at_epoch_seconds, column, strict=True)):
        if value is None or place in past.boots:
            lines.append([])
        if value is not None:
            lines[-1].append(axes.at(seconds, value))
    return [line for line in lines if line]


def _forecast(past: Past, runway: Runway | None, axes: _Axes) -> list[Markup]:
    """Return the range in which the floor is reached, from what is available now, and the middle of it."""
    available = past.available_bytes[-1]
    if runway is None or available is None or available <= past.floor_bytes:
        return []
    early, late = _reached(past, runway.hours_low, axes), _reached(past, runway.hours_high, axes)
    start = axes.at(axes.now_seconds, available)
    band = [start, late, (late[0], early[1]), early]
    return [area(band, tone="band"), curve([start, _reached(past, runway.hours, axes)], tone="forecast")]


def _reached(past: Past, hours: float | None, axes: _Axes) -> Point:
    """Return where a fall that reaches the floor in so many hours is at its end, or where it leaves the plot."""
    available = past.available_bytes[-1] or 0
    edge_seconds = axes.first_seconds + axes.whole_seconds
    if hours is None:
        return axes.at(edge_seconds, available)
    end_seconds = axes.now_seconds + hours * _HOUR_SECONDS
    if end_seconds <= edge_seconds or end_seconds == axes.now_seconds:
        return axes.at(end_seconds, past.floor_bytes)
    share = (edge_seconds - axes.now_seconds) / (end_seconds - axes.now_seconds)
    return axes.at(edge_seconds, available - share * (available - past.floor_bytes))


def _times(axes: _Axes, runway: Runway | None) -> list[Markup]:
    now = axes.across(axes.now_seconds)
    ago = quantities.duration(axes.now_seconds - axes.first_seconds)
    said = [words_at(0, f"{ago} ago")]
    is_last = now > 1 - _CROWDED
    said.append(words_at(now, "now", anchor="end" if is_last else "middle"))
    if runway is not None and not is_last:
        ahead = axes.first_seconds + axes.whole_seconds - axes.now_seconds
        said.append(words_at(1, f"in {quantities.duration(ahead)}", anchor="end"))
    return said


def _pace(past: Past, runway: Runway | None) -> str:
    growth = past.growth
    if growth is None:
        return "no steady loss of memory"
    ends = f"; the kubelet evicts {runway.text}" if runway else ""
    return f"memory is lost at {growth.pace}{ends}"


def _key(past: Past, runway: Runway | None, axes: _Axes) -> Markup:
    items = [
        ("available-line", f"available, now {amounts.size(past.available_bytes[-1])}"),
        ("slab-line", f"unreclaimable slab, now {amounts.size(past.slab_unreclaimable_bytes[-1])}"),
    ]
    if runway is not None:
        items.append(("band", "forecast at the current rate"))
    items.append(("floor", f"the kubelet evicts at {amounts.size(past.floor_bytes)}"))
    top = element("li", f"top of the plot: {amounts.size(axes.most_bytes)}", class_="soft")
    keys = [joined(element("li", element("i", class_=f"dash {tone}"), spaced(" "), title)) for tone, title in items]
    return element("ul", *keys, top, class_="key small")
