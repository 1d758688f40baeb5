"""The report on a screen: brief, coloured, and nothing in it that the text does not say."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from fleetscan.cli.paint import painted
from fleetscan.model import CaptureStatus, Coverage, Diagnosis, Node, Readings, Report
from fleetscan.render.text import report as text
from fleetscan.render.text.blocks import Span, Style, plain
from fleetscan.render.text.detail import Detail
from fleetscan.render.text.fleet import table
from fleetscan.render.text.page import Page, lines

SEQUENCE = re.compile(r"\x1b\[[0-9;]*m")
WIDTHS = (60, 80, 100, 120, 200, 400)


def screen(report: Report, columns: int, detail: Detail = Detail.BRIEF) -> list[str]:
    """Return the report as a screen of so many columns shows it, without colours."""
    page = Page(columns=columns, is_screen=True, is_unicode=True)
    return [plain(line) for line in lines(text.blocks(report, detail), page)]


@pytest.mark.parametrize("columns", [80, 120])
def test_the_incident_looks_as_expected(columns: int, solved_report: Report, golden: Callable[[str, str], str]) -> None:
    """The whole face, colours and all; read it with ``cat tests/fixtures/golden/terminal-80.ansi``."""
    page = Page(columns=columns, is_screen=True, is_unicode=True)

    actual = painted(lines(text.blocks(solved_report, Detail.BRIEF), page), {})

    assert golden(f"terminal-{columns}.ansi", actual) == actual


@pytest.mark.parametrize("columns", [80, 120])
def test_a_screenful_has_the_headline_and_what_ends_it(columns: int, solved_report: Report) -> None:
    """In the first 24 lines, for nobody scrolls at 3 a.m.: how bad, who, and the command that ends it."""
    first = screen(solved_report, columns)[:24]

    assert first[0].startswith("critical  Probable root cause: DaemonSet weave/weave-scope-agent")
    assert "         kubectl -n weave delete daemonset weave-scope-agent" in first


@pytest.mark.parametrize("detail", list(Detail))
@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("fixture", ["report", "solved_report", "changed_report", "hostile_report", "many_report"])
def test_no_line_is_wider_than_the_window(
    fixture: str, columns: int, detail: Detail, request: pytest.FixtureRequest
) -> None:
    """But for a command's single word that is wider itself, which must not be broken."""
    report = request.getfixturevalue(fixture)
    page = Page(columns=columns, is_screen=True, is_unicode=True)

    wide = [line for line in lines(text.blocks(report, detail), page) if cell_len(plain(line)) > columns]

    assert [line for line in wide if Style.COMMAND not in {span.style for span in line}] == []


@pytest.mark.parametrize("columns", WIDTHS)
def test_what_is_cut_is_no_number(columns: int, solved_report: Report) -> None:
    """Every figure of the worst node's row is there as the text has it, whatever became of the columns beside it."""
    rows = [line.split() for line in screen(solved_report, columns) if re.match("critical +ip-10-0-1-23 ", line)]

    assert [{"2.1", "G", "54%", "99%", "17.0"} <= set(row) for row in rows] == [True]


def test_verbose_on_a_screen_is_the_text_in_colour(solved_report: Report) -> None:
    """Line for line at the same width, but for rules below headings and the severity before the headline."""

    def reported(lines: list[str]) -> list[str]:
        start = next(number for number, line in enumerate(lines) if line.startswith("Remedies"))
        return [" ".join(line.split()) for line in lines[start:] if line.strip("-")]

    page = text.render(solved_report, verbose=True).splitlines()

    assert reported(page) == reported(screen(solved_report, 100, Detail.VERBOSE))


def test_a_wide_window_says_more_of_each_node(solved_report: Report) -> None:
    """The zone, and its problem."""
    heads = [line for line in screen(solved_report, 200) if line.startswith("state")]

    assert [head[head.index("load") :].split() for head in heads] == [["load", "zone", "problem"]]


def test_a_healthy_fleet_is_short(report: Report) -> None:
    """Nothing found is nothing to scroll through."""
    healthy = replace(report, diagnoses=report.diagnoses[6:16], notes=(), empty_clusters=())

    actual = screen(healthy, 80)

    assert actual[0] == "healthy   10 of 10 nodes are healthy."
    assert len(actual) < 30


def test_unknown_is_not_healthy(report: Report) -> None:
    """A fleet that nobody could look at is not green."""
    silent = replace(report, diagnoses=(report.diagnoses[3], report.diagnoses[5]))

    assert screen(silent, 80)[0] == "unknown   None of 2 nodes could be evaluated."


def test_what_could_not_be_asked_is_counted_where_it_is_not_listed(report: Report) -> None:
    """A brief report hides no silence: notes stand in it, and how many rules could not be evaluated."""
    actual = "\n".join(screen(report, 100))

    assert "  - CPU credits were not read: the role lacks cloudwatch:GetMetricData." in actual
    assert "  - 4 rules on 14 nodes not evaluated, because data is missing; --verbose says which and why" in actual


def test_affected_nodes_that_look_healthy_are_said_to(report: Report) -> None:
    """One line for two walking dead."""
    actual = " ".join(" ".join(screen(report, 100)).split())

    assert "No symptoms yet: memory pressure 0% at most, load 0.5 per CPU at most." in actual


class TestChanges:
    """Changes, a line each."""

    def test_a_first_scan_is_counted(self, changed_report: Report) -> None:
        """All of it stands among the findings already."""
        chronicle = changed_report.chronicle
        assert chronicle is not None
        opened = tuple(one for one in chronicle.events if one.kind.value == "opened")
        first = replace(
            changed_report,
            chronicle=replace(chronicle, events=opened, episodes=tuple(one.episode for one in opened)),
        )

        assert "none was open before." in "\n".join(screen(first, 100))

    def test_later_ones_are_listed(self, changed_report: Report) -> None:
        """With kind, severity and title."""
        actual = screen(changed_report, 120)
        start = actual.index("Changes since the last scan")

        assert actual[start + 1].split()[:2] == ["opened", "critical"]


class TestPainted:
    """What a terminal gets."""

    def test_colours_carry_nothing_alone(self, solved_report: Report) -> None:
        """Without its sequences the face is the same text."""
        page = Page(columns=100, is_screen=True, is_unicode=True)
        laid = lines(text.blocks(solved_report, Detail.BRIEF), page)

        assert SEQUENCE.sub("", painted(laid, {})).splitlines() == [plain(line) for line in laid]

    def test_no_color_leaves_weights(self) -> None:
        """Bold, dim and underlined are no colours."""
        laid = [(Span("critical", Style.CRITICAL), Span(" quiet", Style.QUIET), Span(" get", Style.COMMAND))]

        assert painted(laid, {"NO_COLOR": "1"}) == "\x1b[1mcritical\x1b[0m\x1b[2m quiet\x1b[0m get\n"
        assert painted(laid, {"NO_COLOR": ""}) == "\x1b[1;31mcritical\x1b[0m\x1b[2m quiet\x1b[0m\x1b[36m get\x1b[0m\n"

    @pytest.mark.parametrize("columns", [60, 100, 200])
    @pytest.mark.parametrize("detail", list(Detail))
    def test_a_hostile_report_is_harmless(self, detail: Detail, columns: int, hostile_report: Report) -> None:
        """No sequence but the painter's own, no mark of direction, no name that fills the screen."""
        page = Page(columns=columns, is_screen=True, is_unicode=True)
        actual = painted(lines(text.blocks(hostile_report, detail), page), {})
        rest = SEQUENCE.sub("", actual)

        assert {one for one in rest if not one.isprintable()} == {"\n"}
        assert len(rest) < 200_000
        assert set(re.findall(r"\x1b\[([0-9;]*)m", actual)) <= {
            "0", "1", "2", "1;4", "36", "1;7;31", "1;31", "33", "34", "32", "35"
        }  # fmt: skip

    @given(
        hostile=st.one_of(
            st.text(max_size=60),
            st.sampled_from(
                [
                    "[red]x[/red]",
                    "[link=http://x]y[/link]",
                    ":boom:",
                    "\x1b]8;;http://x\x07y",
                    "\x9b31m",
                    "[/]",
                    "\\[b]",
                ]
            ),
        )
    )
    def test_no_name_is_markup(self, hostile: str) -> None:
        """Whatever a node calls itself: no tag, no emoji code and no link comes of it, and its row stays one line."""
        node = Node(instance_id="i-0a1b2c3d4e5f60001", private_dns_name=hostile, node_group=hostile, zone=hostile)
        diagnoses = tuple(
            Diagnosis(node=one, coverage=Coverage(status=CaptureStatus.ANSWERED), readings=Readings(load1=1.0, cpus=1))
            for one in (node, replace(node, instance_id="i-0a1b2c3d4e5f60002", private_dns_name="b"))
        )
        laid = lines(table(diagnoses), Page(columns=80, is_screen=True, is_unicode=True))
        actual = painted(laid, {})

        assert SEQUENCE.sub("", actual).split("\n") == [*(plain(line) for line in laid), ""]
        assert len(laid) == 3
        assert (
            Text.from_ansi(actual).plain.isascii() or len({line.index(" i-0a") for line in map(plain, laid[1:])}) == 1
        )

    @pytest.mark.parametrize(
        "name", ["节点一", "ノード", "노드", "\uff4e\uff4f\uff44\uff45", "e\u0301", "\u200bzero", "عقدة"]
    )
    def test_names_of_every_script_align(self, name: str) -> None:
        """Columns begin where they begin in the row above, counted in a terminal's cells."""
        node = Node(instance_id="i-0a1b2c3d4e5f60001", private_dns_name=name)
        diagnoses = tuple(
            Diagnosis(node=one, coverage=Coverage(status=CaptureStatus.ANSWERED))
            for one in (node, replace(node, private_dns_name="ascii"))
        )
        rows = [plain(line) for line in lines(table(diagnoses), Page(columns=80, is_screen=True))][1:]

        assert len({cell_len(row[: row.index("i-0a1b")]) for row in rows}) == 1
