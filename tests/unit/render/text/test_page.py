"""Blocks laid out as lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.render.text import layout
from fleetscan.render.text.blocks import Block, Column, Heading, Span, Style, Table, plain
from fleetscan.render.text.page import LEAST_WIDTH, Page, lines, wrapped

SCREEN = Page(columns=LEAST_WIDTH, is_screen=True, is_unicode=True)
WORDS = st.lists(st.text("ab1.%:; -", max_size=30), min_size=1, max_size=6)


def shown(blocks: list[Block], page: Page) -> list[str]:
    """Return blocks as lines of plain text."""
    return [plain(line) for line in lines(blocks, page)]


def test_a_style_stays_with_its_words_across_lines() -> None:
    """A title that is broken keeps its weight on the second line, and what follows it does not get it."""
    words = (Span("a long title", Style.STRONG), Span(" [rule_id]", Style.QUIET))
    expected = [
        (Span("- "), Span("a long", Style.STRONG)),
        (Span("  "), Span("title", Style.STRONG)),
        (Span("  "), Span("[rule_id]", Style.QUIET)),
    ]

    assert expected == list(wrapped(words, 11, first=(Span("- "),), hanging="  "))


def test_a_number_keeps_its_unit() -> None:
    """No line ends between 455 and its pages/s."""
    assert [plain(line) for line in wrapped((Span("it moves 455 pages/s all day"),), 14)] == [
        "it moves",
        "455 pages/s",
        "all day",
    ]


@given(texts=WORDS, columns=st.integers(8, 40))
def test_wrapping_loses_nothing_but_spaces(texts: list[str], columns: int) -> None:
    """Whatever is broken where: the words are the same, each with the style it had, and no line is too wide."""
    words = tuple(Span(text, style) for text, style in zip(texts, list(Style) * 3, strict=False))
    broken = list(wrapped(words, columns))
    expected = [(one, span.style) for span in words for one in span.text if one != " "]

    assert expected == [(one, span.style) for line in broken for span in line for one in span.text if one != " "]
    assert all(len(plain(line)) <= columns for line in broken)


def test_a_heading_has_a_rule_in_text_and_a_weight_on_a_screen() -> None:
    """A screen needs no second line for it."""
    block = Heading(words=(Span("All nodes", Style.HEADING),))

    assert shown([block], Page()) == ["All nodes", "---------"]
    assert lines([block], SCREEN) == [(Span("All nodes", Style.HEADING),)]


def test_of_a_headings_details_as_many_are_shown_as_fit() -> None:
    """The first ones say most."""
    block = Heading(
        words=(Span("Dying now: ip-10-0-1-23", Style.HEADING),), details=("i-0a1b2c3d4e5f60023", "t3a", "x" * 30)
    )

    assert shown([block], SCREEN) == ["Dying now: ip-10-0-1-23 (i-0a1b2c3d4e5f60023, t3a)"]


def test_a_long_command_can_still_be_pasted() -> None:
    """It is continued, and a word of it is never broken."""
    block = layout.command(f"kubectl get pods --selector={'x' * 60}", indent="  ")

    assert shown(block, SCREEN) == ["  kubectl get pods \\", f"      --selector={'x' * 60}"]


def test_a_line_that_was_laid_out_for_text_is_broken_on_a_narrow_screen() -> None:
    """With its own indent, and as it is where it fits."""
    text = "  and 3 more remedies of which this line says more than a narrow window can hold"

    assert shown([text], Page()) == [text]
    assert shown([text], SCREEN) == [
        "  and 3 more remedies of which this line says more than a",
        "    narrow window can hold",
    ]


def test_empty_lines_do_not_gather() -> None:
    """Sections bring their own."""
    assert shown(["", "", "a", "", "", "b"], Page()) == ["", "a", "", "b"]


def test_nothing_unprintable_leaves_the_page() -> None:
    """Whatever a section let through."""
    assert shown(["a\x1b[31mb\u202ec"], Page()) == ["a?[31mb?c"]


class TestTable:
    """Columns give way in the order of their importance."""

    columns = (
        Column(title="name", least=6),
        Column(title="slab", is_right=True),
        Column(title="zone", is_extra=True),
        Column(title="why", least=8, is_prose=True, is_extra=True),
    )
    rows = (
        (Span("ip-10-0-1-23"), Span("2.1 G", Style.CRITICAL), Span("a"), Span("holds 2.0 GiB of buffers")),
        (Span("b"), Span("74 M"), Span("c"), Span("")),
    )
    table = Table(columns=columns, rows=rows, shrinkable=(3, 0), droppable=(2, 3))

    def test_text_has_no_columns_for_idle_space(self) -> None:
        """And one space between them."""
        assert shown([self.table], Page()) == ["name          slab", "ip-10-0-1-23 2.1 G", "b             74 M"]

    @pytest.mark.parametrize(
        ("columns", "expected"),
        [
            (80, "ip-10-0-1-23  2.1 G  a     holds 2.0 GiB of buffers"),
            (49, "ip-10-0-1-23 2.1 G a    holds 2.0 GiB of buffers"),
            (41, "ip-10-0-1-23 2.1 G a    holds 2.0 GiB …"),
            (37, "ip-10-0-1-23 2.1 G a    holds …"),
            (28, "ip-10-0… 2.1 G a    holds …"),
            (21, "ip-10… 2.1 G holds …"),
            (14, "ip-10-0… 2.1 G"),
            (12, "ip-10… 2.1 G"),
        ],
    )
    def test_it_shrinks_and_then_drops(self, columns: int, expected: str) -> None:
        """What is left is whole words, whole numbers, and names that say that they were cut."""
        page = Page(columns=columns, is_screen=True, is_unicode=True)

        assert shown([self.table], page)[1] == expected

    def test_prose_that_does_not_fit_at_its_least_says_that_it_goes_on(self) -> None:
        """It is cut between words all the same: its least width decides what is dropped, not where a word ends."""
        row = (Span("critical"), Span("a process holds 2.0 GiB of buffers"), Span("rule_id"))
        table = Table(
            columns=(Column(), Column(least=34, is_prose=True), Column()), rows=(row,), shrinkable=(1,), droppable=(2,)
        )

        assert shown([table], Page(columns=30, is_screen=True, is_unicode=True)) == ["critical a process holds …"]

    def test_what_has_no_room_beside_stands_below(self) -> None:
        """On one line under the second column, cut between words; nothing stands below where it fits or is empty."""
        rows = (
            (Span("yes"), Span("Who?"), Span("a process holds 2.0 GiB of buffers", Style.QUIET)),
            (Span("no"), Span("Why?"), Span("")),
        )
        columns = (Column(), Column(), Column(least=20, is_prose=True))
        table = Table(columns=columns, rows=rows, shrinkable=(2,), droppable=(2,), below=2, indent="  ")

        assert shown([table], Page(columns=60, is_screen=True)) == [
            "  yes  Who?  a process holds 2.0 GiB of buffers",
            "  no   Why?",
        ]
        assert lines([table], Page(columns=29, is_screen=True, is_unicode=True)) == [
            (Span("  "), Span("yes"), Span("  "), Span("Who?")),
            (Span("       "), Span("a process holds …", Style.QUIET)),
            (Span("  "), Span("no"), Span(" "), Span("  "), Span("Why?")),
        ]

    def test_a_row_that_nothing_makes_narrow_enough_loses_its_end(self) -> None:
        """It stays one line."""
        assert shown([self.table], Page(columns=9, is_screen=True))[1] == "ip-10~ 2."

    def test_cells_keep_their_styles_and_titles_are_quiet(self) -> None:
        """Padding has none."""
        assert lines([self.table], Page())[:2] == [
            (Span("name", Style.QUIET), Span("        "), Span("  "), Span("slab", Style.QUIET)),
            (Span("ip-10-0-1-23"), Span(" "), Span("2.1 G", Style.CRITICAL)),
        ]
