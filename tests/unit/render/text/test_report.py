"""The report as plain text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from fleetscan.model import Report
from fleetscan.model.picture import Picture
from fleetscan.render.text import layout
from fleetscan.render.text import report as text
from fleetscan.render.text.detail import Detail
from tests.fixtures.pictures import SICK_LEDGER


def test_the_incident_reads_as_expected(solved_report: Report, golden: Callable[[str, str], str]) -> None:
    """The whole text of the incident's report, word for word."""
    actual = text.render(solved_report)

    assert golden("report.txt", actual) == actual


def test_verbose_shows_every_node_with_findings_in_full(
    solved_report: Report, golden: Callable[[str, str], str]
) -> None:
    """With ``verbose`` the walking dead have their own investigation, and what was skipped stands there too."""
    actual = text.render(solved_report, verbose=True)

    assert golden("report-verbose.txt", actual) == actual


def test_a_single_node_is_not_called_a_fleet(report: Report, golden: Callable[[str, str], str]) -> None:
    """For one node there is no table, no group and no talk of other nodes."""
    one = replace(report, diagnoses=report.diagnoses[:1], empty_clusters=(), notes=(), account="", region="")

    actual = text.render(one)

    assert golden("node.txt", actual) == actual


@pytest.mark.parametrize("detail", list(Detail))
def test_a_node_s_memory_is_the_ledger_of_the_page(report: Report, detail: Detail) -> None:
    """The same entries with the same numbers, in the same order, as a sentence."""
    worst = replace(report.diagnoses[0], picture=Picture(ledger=SICK_LEDGER))
    blocks = text.blocks(replace(report, diagnoses=(worst,)), detail)
    said = " ".join("\n".join(layout.squeezed(blocks)).split())

    assert (
        "Usage of 3.8 GiB of memory: pods 616 MiB, 16%; host processes 58 MiB, 1.5%; page cache 831 MiB, 21%; slab: "
        "kmalloc-1k 1.6 GiB, 41%; slab: skbuff_head_cache 414 MiB, 11%; other unreclaimable slab 97 MiB, 2.5%; "
        "reclaimable slab 50 MiB, 1.3%; other kernel memory 60 MiB, 1.5%; unaccounted 92 MiB, 2.3%; free 86 MiB, 2.2%."
    ) in said


@pytest.mark.parametrize("verbose", [False, True], ids=["plain", "verbose"])
@pytest.mark.parametrize("fixture", ["report", "solved_report", "hostile_report", "many_report"])
def test_no_line_is_wider_than_100_columns_or_moves_the_cursor(
    fixture: str, request: pytest.FixtureRequest, *, verbose: bool
) -> None:
    """Whatever names a node chose, each line is printable, reads left to right and fits."""
    lines = text.render(request.getfixturevalue(fixture), verbose=verbose).splitlines()

    assert [line for line in lines if len(line) > 100 or not line.isprintable() or "\u0627" in line] == []


def test_a_thousand_nodes_stay_readable(many_report: Report) -> None:
    """The table shows the worst 50 and says how many more there are."""
    actual = text.render(many_report)

    assert "and 950 nodes less severe or equal" in actual
    assert len(actual.splitlines()) < 130


def test_a_hostile_report_is_bounded(hostile_report: Report) -> None:
    """Names of 10 kB in every place do not make a report that nobody can scroll through."""
    assert len(text.render(hostile_report)) < 100_000


def test_no_node_at_all_is_said_so(report: Report) -> None:
    """An empty Region is not a healthy one."""
    actual = text.render(replace(report, diagnoses=()))

    assert actual.splitlines()[0] == "No worker node was found, so nothing was evaluated."
