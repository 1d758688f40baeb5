"""Plots as SVG: shapes in their place, words for who cannot see them."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from fleetscan.render.elements.drawing import area, curve, drawing, stacked_bar, stretched, words_at


def test_a_bar_s_parts_stand_side_by_side() -> None:
    """In percent of its width; a part has words to point at where it was given some."""
    expected = (
        '<svg class="bar" role="img" aria-label="all of it">'
        '<rect class="pods" x="0%" width="25%"><title>pods 1 GiB</title></rect>'
        '<rect class="free" x="25%" width="75%"/></svg>'
    )

    assert expected == stacked_bar("all of it", [("pods", 0.25, "pods 1 GiB"), ("free", 0.75, "")]).text


@given(st.lists(st.floats(min_value=0, max_value=3), max_size=20))
def test_no_part_leaves_its_bar(shares: list[float]) -> None:
    """Shares that add up to more than all are cut off at the end."""
    drawn = stacked_bar("", [("pods", share, "") for share in shares]).text
    ends = [float(x) + float(width) for x, width in re.findall(r'x="([0-9.]+)%" width="([0-9.]+)%"', drawn)]

    assert len(ends) == len(shares)
    assert all(end <= 100.1 for end in ends)


def test_a_line_goes_from_the_bottom_up() -> None:
    """SVG counts from the top."""
    expected = '<polyline class="slab-line" points="0,1000 500,0" vector-effect="non-scaling-stroke"/>'

    assert expected == curve([(0.0, 0.0), (0.5, 1.0)], tone="slab-line").text


def test_a_single_point_is_a_dot_and_none_is_nothing() -> None:
    """A line of no length with round ends; no point leaves no element."""
    assert 'points="250,500 250,500"' in curve([(0.25, 0.5)], tone="x").text
    assert curve([], tone="x").text == ""


def test_a_drawing_is_well_formed_and_its_words_cannot_leave_it() -> None:
    """Whatever a cache or a pod is called."""
    evil = "</svg><script>alert('1')</script>\" onload=\"x"
    shapes = stretched(area([(0, 0), (1, 0), (1, 1)], tone="band"), height=100)
    drawn = drawing(evil, shapes, words_at(0.5, evil, anchor="middle"), kind="plot").text
    root = ET.fromstring(drawn)  # noqa: S314 - made a line above, by the function under test

    assert {"class", "role", "aria-label"} == set(root.attrib)
    assert evil == root.attrib["aria-label"]
    assert [one.tag for one in root.iter()] == ["svg", "svg", "polygon", "text"]
