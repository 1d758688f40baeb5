"""The table of all nodes."""

from __future__ import annotations

import re
from dataclasses import replace

from fleetscan.model import Report
from fleetscan.render.html.table import ROWS, table

ROOM = 1_000_000


def cells(drawn: str) -> list[list[str]]:
    """Return the words of each row of the bodies."""
    rows = re.findall(r"<tr>(<td>.*?)</tr>", drawn)
    return [
        [" ".join(re.sub("<[^>]*>", "", one).split()) for one in re.findall(r"<td>(.*?)</td>", row)] for row in rows
    ]


def test_a_row_has_what_was_measured_and_a_dash_for_the_rest(report: Report) -> None:
    """The failing, one that is well, one that is not registered."""
    found = cells(table((report.diagnoses[0], report.diagnoses[6], report.diagnoses[3]), {}, room=ROOM).text)
    affected = ["2.1 GiB, 54%", "19%", "99%", "48%", "17.0", "-"]
    healthy = ["74 MiB, 1.9%", "66%", "0%", "0%", "0.2", "-"]
    expected = [
        ["critical", "ip-10-0-1-23 i-0a1b2c3d4e5f60023", "workers", "t3a.medium", *affected],
        ["healthy", "ip-10-0-1-26 i-0a1b2c3d4e5f60026", "workers", "t3a.medium", *healthy],
        ["no agent", "ip-10-0-1-40 i-0a1b2c3d4e5f60040", "workers", "t3a.medium", *["-"] * 6],
    ]

    assert expected == found


def test_a_small_fleet_is_whole_and_its_bars_can_be_compared(report: Report) -> None:
    """Those with a card are in it too, and lead there."""
    anchors = {report.diagnoses[0].node.instance_id: "n1"}
    drawn = table(report.diagnoses, anchors, room=ROOM).text

    assert len(cells(drawn)) == len(report.diagnoses)
    assert '<a href="#n1"><b>ip-10-0-1-23</b></a>' in drawn
    assert 'aria-label="slab 2.1 GiB, 54%"' in drawn


def test_a_large_fleet_is_in_batches_without_those_that_have_a_card(report: Report) -> None:
    """The first is open; the others say what is in them before they are opened."""
    healthy = report.diagnoses[6]
    many = [replace(healthy, node=replace(healthy.node, instance_id=f"i-{number}")) for number in range(2 * ROWS + 50)]
    drawn = table([report.diagnoses[0], *many], {report.diagnoses[0].node.instance_id: "n1"}, room=ROOM).text

    assert len(cells(drawn)) == len(many)
    assert re.findall(r'<summary>([^<]*)<span class="soft">([^<]*)</span></summary>', drawn) == [
        ("Nodes 101 to 200 ", "100 healthy"),
        ("Nodes 201 to 250 ", "50 healthy"),
    ]


def test_where_there_is_no_room_the_rest_is_counted(report: Report) -> None:
    """The worst are shown in any case."""
    healthy = report.diagnoses[6]
    many = [replace(healthy, node=replace(healthy.node, instance_id=f"i-{number}")) for number in range(3 * ROWS)]
    drawn = table(many, {}, room=0).text

    assert len(cells(drawn)) == ROWS
    assert "and 200 nodes less severe or equal: see the JSON" in drawn
