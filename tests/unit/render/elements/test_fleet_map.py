"""The map of the fleet: every node once, the worst first, distinguished without the colour."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from fleetscan.diagnosis.condition import Condition
from fleetscan.model import Diagnosis, Report
from fleetscan.render.elements.fleet_map import TILES, fleet_map, mark
from fleetscan.render.elements.markup import Markup, element
from tests.fixtures.pictures import RUNWAY


def copies(one: Diagnosis, count: int) -> list[Diagnosis]:
    """Return so many nodes of their own that are all alike."""
    return [replace(one, node=replace(one.node, private_dns_name=f"ip-{number}.x")) for number in range(count)]


def words(markup: Markup) -> str:
    """Return what is read when nothing is drawn."""
    return " ".join(re.sub(r"<[^>]*>", " ", markup.text).split())


def test_a_small_fleet_has_every_node_by_name(report: Report) -> None:
    """The key counts them; then they come in the order of the report, worst first, each with what says most of it."""
    healthy = " ".join(f"\N{BULLET} ip-10-0-1-{number} healthy" for number in range(26, 36))
    expected = (
        "F 1 critical, failing now C 2 critical \N{BULLET} 10 healthy ? 3 unknown "
        "F ip-10-0-1-23 critical, failing now, slab 54% C ip-10-0-1-25 critical, slab 44% "
        "C ip-10-0-1-24 critical, slab 28% "
        "? ip-10-0-1-40 unknown, no agent ? ip-10-0-1-36 unknown, too little data "
        f"? ip-10-0-1-41 unknown, auto mode {healthy}"
    )

    assert expected == words(fleet_map(report.diagnoses))


def test_the_map_keeps_the_order_that_it_is_given(report: Report) -> None:
    """The hours that are left stand in a tile, and do not move it."""
    one, other = copies(report.diagnoses[1], 2)
    late, soon = replace(one, runway=replace(RUNWAY, hours=40.0)), replace(other, runway=RUNWAY)
    expected = "C 2 critical C ip-0 critical, 40 h left C ip-1 critical, 6 h left"

    assert expected == words(fleet_map([late, soon]))


def test_of_a_large_fleet_the_healthy_are_dots(report: Report) -> None:
    """One picture, whose words count them; the others keep a letter, and a name for who cannot see it."""
    diagnoses = [*copies(report.diagnoses[6], 90), *copies(report.diagnoses[1], 2)]
    drawn = fleet_map(diagnoses)

    assert words(drawn).startswith("C 2 critical \N{BULLET} 90 healthy C ip-0: critical, slab 44% C ip-1")
    assert 'role="img" aria-label="90 nodes healthy"' in drawn.text
    assert drawn.text.count("<i></i>") == 90


def test_more_critical_nodes_than_anybody_reads_are_letters(report: Report) -> None:
    """The map says how many they are."""
    drawn = fleet_map(copies(report.diagnoses[1], TILES + 5))

    assert 'aria-label="5 more nodes that are not healthy"' in drawn.text
    assert drawn.text.count("<li><span") == TILES


def test_a_tile_leads_where_its_link_points(report: Report) -> None:
    """The link is put around it by whoever knows the way; not all nodes need one."""

    def link(one: Diagnosis, tile: Markup) -> Markup:
        return element("a", tile, href="#n1") if one is report.diagnoses[0] else tile

    drawn = fleet_map(report.diagnoses, link=link).text

    assert drawn.count('<li><a href="#n1"><span') == 1
    assert drawn.count("<a ") == 1


def test_without_a_style_sheet_the_looks_are_in_the_elements(report: Report) -> None:
    """No class but that of the whole; the same words."""
    drawn = fleet_map(report.diagnoses, is_inline=True)

    assert re.findall(r'class="([^"]*)"', drawn.text) == ["map"]
    assert words(fleet_map(report.diagnoses)) == words(drawn)


@pytest.mark.parametrize("is_inline", [False, True])
def test_no_two_conditions_look_alike_without_their_colour(is_inline: bool) -> None:  # noqa: FBT001 - a parameter of a test
    """Letter or shape differ, with a style sheet and without."""
    every = [mark(one, is_inline=is_inline) for one in Condition]
    every.append(mark(Condition.CRITICAL, is_failing=True, is_inline=is_inline))
    drawn = {re.sub(r"#[0-9a-f]{3,6}", "", one.text) for one in every}

    assert len(drawn) == len(Condition) + 1


def test_a_hostile_name_stays_words(hostile_report: Report) -> None:
    """No element comes of it, and no attribute ends early."""
    for is_inline in (False, True):
        drawn = fleet_map(hostile_report.diagnoses, is_inline=is_inline).text

        assert "<script" not in drawn
        assert set() == set(re.findall(r"</?([a-z]+)", drawn)) - {
            "div",
            "ul",
            "ol",
            "li",
            "i",
            "span",
            "strong",
            "small",
        }
