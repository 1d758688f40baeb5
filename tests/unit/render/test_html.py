"""The report as one HTML file."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from fleetscan.model import Report
from fleetscan.render import html


class _Balance(HTMLParser):
    """Notes every tag that is closed without having been opened, or the other way round, and all that it saw."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.links += [key for key, _ in attrs if key in {"href", "src", "srcset", "action"} or key.startswith("on")]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()


def _read(text: str) -> _Balance:
    reader = _Balance()
    reader.feed(text)
    reader.close()
    return reader


def test_the_incident_reads_as_expected(solved_report: Report, golden: Callable[[str, str], str]) -> None:
    """The whole page of the incident's report."""
    actual = html.render(solved_report)

    assert golden("report.html", actual) == actual


@pytest.mark.parametrize("fixture", ["report", "solved_report", "hostile_report", "many_report"])
def test_a_page_is_well_formed_and_needs_nothing_else(fixture: str, request: pytest.FixtureRequest) -> None:
    """Every element that is opened is closed in order; no script, no link, no handler, whatever the names are."""
    reader = _read(html.render(request.getfixturevalue(fixture)))

    assert (reader.open, reader.links) == ([], [])
    assert set() == reader.seen & {"script", "img", "link", "iframe", "object", "a", "form", "base"}


def test_foreign_text_cannot_leave_its_place(hostile_report: Report) -> None:
    """Markup in a name is shown, not obeyed, and no direction mark or control character is left."""
    actual = html.render(hostile_report)

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in actual
    assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", actual) == []


def test_a_page_of_a_thousand_nodes_is_bounded(many_report: Report) -> None:
    """The page shows the worst 200 nodes and says how many more there are."""
    actual = html.render(many_report)

    assert "and 800 nodes no worse than these" in actual
    assert len(actual) < 400_000
