"""The report as one HTML file."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from fleetscan.model import Report
from fleetscan.model.picture import Picture
from fleetscan.render.elements.style import SHEET
from fleetscan.render.html import page
from tests.fixtures.pictures import AFFECTED, HEALTHY, RUNWAY


class _Balance(HTMLParser):
    """Notes every tag that is closed without having been opened, or the other way round, and all that it saw."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.links: list[str] = []
        """Attributes that load, send or run something."""
        self.ids: list[str] = []
        self.marks: list[str] = []
        """What is linked to within the page."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.ids += [value for key, value in attrs if key == "id" and value]
        self.marks += [value[1:] for key, value in attrs if key == "href" and value and value.startswith("#")]
        self.links += [
            key
            for key, value in attrs
            if key in {"src", "srcset", "action", "xlink:href"}
            or key.startswith("on")
            or (key == "href" and not (value or "").startswith("#"))
        ]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()


def _read(text: str) -> _Balance:
    reader = _Balance()
    reader.feed(text)
    reader.close()
    return reader


@pytest.fixture
def drawn_report(solved_report: Report) -> Report:
    """The incident with all that a picture is drawn from: everything on the failing node, a part on the others."""
    failing, affected, warning, *others = solved_report.diagnoses
    return replace(
        solved_report,
        diagnoses=(
            replace(failing, picture=AFFECTED, runway=RUNWAY),
            replace(affected, picture=replace(AFFECTED, past=None)),
            replace(warning, picture=Picture(caches=AFFECTED.caches)),
            *(replace(one, picture=HEALTHY) for one in others),
        ),
    )


def test_the_incident_reads_as_expected(drawn_report: Report, golden: Callable[[str, str], str]) -> None:
    """The whole page of the incident's report, but for its style sheet, which is no part of what it says."""
    actual = page.render(drawn_report).replace(SHEET, "")

    assert golden("report.html", actual) == actual


@pytest.mark.parametrize("fixture", ["report", "drawn_report", "hostile_report", "many_report"])
def test_a_page_is_well_formed_and_needs_nothing_else(fixture: str, request: pytest.FixtureRequest) -> None:
    """Elements are closed in order; no script, no handler, and links only to marks that are there, once each."""
    reader = _read(page.render(request.getfixturevalue(fixture)))

    assert (reader.open, reader.links) == ([], [])
    assert set() == reader.seen & {"script", "img", "link", "iframe", "object", "form", "base", "use"}
    assert sorted(set(reader.ids)) == sorted(reader.ids)
    assert set(reader.marks) <= set(reader.ids)


def test_foreign_text_cannot_leave_its_place(hostile_report: Report) -> None:
    """Markup in a name is shown, not obeyed, and no direction mark or control character is left."""
    actual = page.render(hostile_report)

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in actual
    assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", actual) == []


def test_every_affected_node_of_a_thousand_has_its_card(many_report: Report) -> None:
    """300 of them, each to be opened from the map; the others are in the table, a hundred to a batch."""
    reader = _read(page.render(many_report))
    expected = {f"n{number}" for number in range(1, 301)}

    assert expected == set(reader.ids) == set(reader.marks)


def test_a_page_has_its_bounds_and_says_what_is_left_out(many_report: Report) -> None:
    """All of 5,000 nodes affected, each with more to say than there is room for."""
    first = replace(many_report.diagnoses[0], picture=AFFECTED)
    nodes = [replace(first.node, instance_id=f"i-{number:017x}") for number in range(5_000)]
    actual = page.render(replace(many_report, diagnoses=tuple(replace(first, node=node) for node in nodes)))

    assert len(actual.encode()) < 3_000_000
    assert "more nodes that are not healthy" in actual


def test_a_single_node_needs_no_map_and_no_table(drawn_report: Report) -> None:
    """Its card is open, whatever it says."""
    alone = replace(
        drawn_report, diagnoses=drawn_report.diagnoses[6:7], culprits=(), unattributed=(), fleet_findings=()
    )
    actual = page.render(alone)

    assert ('class="map"' in actual, "<tbody>" in actual) == (False, False)
    assert actual.count('<details class="card node-card" open="">') == 1


def test_a_later_scan_is_shown_before_and_after(drawn_report: Report, resolved_report: Report) -> None:
    """The bars of both scans where both have a ledger, with one legend."""
    after = replace(
        resolved_report, diagnoses=tuple(replace(one, picture=HEALTHY) for one in resolved_report.diagnoses)
    )
    actual = page.render(drawn_report, after)

    assert '<span>unreclaimable slab</span><span class="number">2.1 GiB \N{RIGHTWARDS ARROW} 74 MiB</span>' in actual
    assert "The node is gone, so there are no readings after." in actual
    assert actual.index("Remedies") < actual.index("In a later scan") < actual.index("Nodes with findings")
