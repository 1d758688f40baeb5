"""How a node's memory went: lines that break where nothing is known, and a forecast that ends at the floor."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from fleetscan.model import Diagnosis, Report
from fleetscan.model.forecast import Runway
from fleetscan.model.picture import Past
from fleetscan.render.elements.past import past_figure, words
from tests.fixtures.pictures import AFFECTED, HOUR, MIB, NOW, PAST, RUNWAY

STEADY = Past(
    at_epoch_seconds=(NOW - 6 * HOUR, NOW),
    available_bytes=(1000 * MIB, 700 * MIB),
    slab_unreclaimable_bytes=(100 * MIB, 400 * MIB),
    floor_bytes=100 * MIB,
)


@pytest.fixture
def node(report: Report) -> Diagnosis:
    """The incident's node with its past."""
    return replace(report.diagnoses[0], picture=AFFECTED, runway=RUNWAY)


def points(drawn: str, tone: str) -> list[list[tuple[int, int]]]:
    """Return the points of all shapes of a tone, as they are drawn."""
    found = re.findall(rf'<poly(?:line|gon) class="{tone}" points="([^"]*)"', drawn)
    return [[(int(x), int(y)) for x, y in (one.split(",") for one in shape.split())] for shape in found]


def drawn(node: Diagnosis, past: Past, runway: Runway | None) -> str:
    """Return the plot of a past and a forecast."""
    return past_figure(replace(node, picture=replace(AFFECTED, past=past), runway=runway)).text


def test_what_is_drawn_is_also_said(node: Diagnosis) -> None:
    """First and last of both lines, and when the floor is reached."""
    expected = (
        "Memory over the last 7 h; available from 900 MiB to 735 MiB; unreclaimable slab from 1.9 GiB to 2.1 GiB; "
        "100 MiB available, where the kubelet evicts, is reached in 5 to 7 h"
    )

    assert expected == words(PAST, RUNWAY)
    assert f'aria-label="{expected}"' in past_figure(node).text


def test_a_line_breaks_at_a_start_and_where_nothing_is_known(node: Diagnosis) -> None:
    """Two readings before the start, two after it, and three after the gap; the slab has no gap."""
    plot = past_figure(node).text

    assert [len(line) for line in points(plot, "available-line")] == [2, 2, 3]
    assert [len(line) for line in points(plot, "slab-line")] == [2, 6]


def test_the_forecast_goes_from_what_is_available_to_the_floor(node: Diagnosis) -> None:
    """From 700 MiB now to 100 MiB in four to six hours: the band is a triangle whose foot is as wide as the range."""
    plot = drawn(node, STEADY, Runway(hours_low=4, hours=5, hours_high=6, limited_by="memory", text="in 4 to 6 h"))
    (floor,), (line,), (band,) = (points(plot, tone) for tone in ("floor", "forecast", "band"))
    now, late, foot, early = band
    hour = now[0] / 6

    assert floor[0][1] == late[1] == foot[1] == early[1] == line[1][1]
    assert [round((x - now[0]) / hour, 1) for x in (early[0], line[1][0], late[0])] == [4, 5, 6]
    assert points(plot, "available-line")[0][-1] == now == line[0]


def test_a_forecast_beyond_the_plot_is_cut_off_where_it_leaves_it(node: Diagnosis) -> None:
    """In 60 to 90 hours after six of the past: the plot ends before, above the floor, and says where it ends."""
    plot = drawn(node, STEADY, Runway(hours_low=60, hours=70, hours_high=90, limited_by="memory", text="in 2 to 4 d"))
    ((now, late, middle, early),) = points(plot, "band")
    floor = points(plot, "floor")[0][0][1]

    assert (late[0], early[0]) == (1000, 1000)
    assert now[1] < late[1] < early[1] < floor
    assert middle == early
    assert ">in 12 h</text>" in plot


def test_a_slow_end_that_is_not_known_is_level(node: Diagnosis) -> None:
    """In 40 hours or later: all between that and never."""
    plot = drawn(
        node, STEADY, Runway(hours_low=5, hours=9, hours_high=None, limited_by="memory", text="in 5 h or later")
    )
    ((now, late, _, _),) = points(plot, "band")

    assert now[1] == late[1]


@pytest.mark.parametrize("available_bytes", [100 * MIB, 50 * MIB, None])
def test_nothing_is_foretold_of_what_has_happened(node: Diagnosis, available_bytes: int | None) -> None:
    """At the floor, below it, or where it is not known how far it is."""
    past = replace(STEADY, available_bytes=(1000 * MIB, available_bytes))
    runway = Runway(hours_low=0, hours=0, hours_high=0, limited_by="memory", text="now")

    assert points(drawn(node, past, runway), "band") == []


def test_without_a_forecast_the_past_has_the_whole_width(node: Diagnosis) -> None:
    """No band, no later time, and it says that nothing is lost steadily."""
    plot = drawn(node, STEADY, None)

    assert points(plot, "band") == []
    assert points(plot, "available-line")[0][-1][0] == 1000
    assert "no steady loss" in plot
    assert "in 12 h" not in plot


@pytest.mark.parametrize(
    "past",
    [
        None,
        replace(PAST, at_epoch_seconds=(NOW,), available_bytes=(1,), slab_unreclaimable_bytes=(1,), boots=()),
        replace(STEADY, available_bytes=(None, None), slab_unreclaimable_bytes=(None, None)),
    ],
    ids=["no memory", "one reading", "no numbers"],
)
def test_what_is_not_known_is_not_drawn(node: Diagnosis, past: Past | None) -> None:
    """An empty plot would be taken for a level one."""
    assert past_figure(replace(node, picture=replace(AFFECTED, past=past))).text == ""
