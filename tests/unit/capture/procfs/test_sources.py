"""The table of sources, and the promise that each of its parsers keeps."""

from __future__ import annotations

import importlib
import re
import textwrap

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fleetscan.capture.procfs import SOURCES, Source
from fleetscan.errors import ParseError

SECTIONS = [source.section for source in SOURCES]
NUMBERS = ["-1", "+5", "1_0", "nan", "1e999", "9" * 10_000, "\uff15"]
NAMES = ["", "-", "\x00", "\x1b[2J", "=", "a=b=c", "\ud800", "\u2028"]
HOSTILE = [*NAMES, *NUMBERS]
"""Words that other readers of numbers and names have stumbled over."""


def document(source: Source) -> str:
    """Return the docstring of the source's module."""
    return importlib.import_module(f"fleetscan.capture.procfs.{source.section}").__doc__ or ""


def sample(source: Source) -> str:
    """Return the sample in that docstring."""
    return textwrap.dedent("\n".join(line for line in document(source).splitlines() if line.startswith("    ")))


@st.composite
def spoiled(draw: st.DrawFn, text: str) -> str:
    """Return a valid text with words replaced, taken out, repeated, and lines likewise."""
    lines = [line.split(" ") for line in text.splitlines()]
    for _ in range(draw(st.integers(1, 4))):
        line = draw(st.sampled_from(lines))
        place = draw(st.integers(0, len(line) - 1))
        word = draw(st.sampled_from([*HOSTILE, line[place]]) | st.text(max_size=8))
        line[place : place + draw(st.integers(0, 1))] = [word]
    order = draw(st.lists(st.integers(0, len(lines) - 1), max_size=2 * len(lines)))
    return "\n".join(" ".join(lines[index]) for index in order or range(len(lines)))


def outcome(source: Source, text: str) -> object:
    """Return what a parser makes of a text: a value of its type, or the ParseError's source."""
    try:
        return type(source.parse(text))
    except ParseError as error:
        return error.source


def refusal(source: Source, text: str) -> str:
    """Return the message with which a parser refuses a text, empty if it takes it."""
    try:
        source.parse(text)
    except ParseError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("source", SOURCES, ids=SECTIONS)
class TestEveryParser:
    """Total over all strings: a value or a ParseError, nothing else."""

    @given(text=st.text() | st.text(st.sampled_from(" \t\n\r=:-.0159aexk%\x00\uff15")))
    @example(text="")
    @example(text="\n" * 100_000)
    @example(text=" " * 100_001)
    @example(text="9" * 100_000)
    @example(text="= " * 50_000)
    def test_any_text_is_a_value_or_a_parse_error(self, source: Source, text: str) -> None:
        """Whatever a node sends."""
        assert outcome(source, text) in {source.type, source.section}

    @settings(max_examples=50)
    @given(data=st.data())
    def test_a_spoiled_text_is_a_value_or_a_parse_error(self, source: Source, data: st.DataObject) -> None:
        """Nearly right is where parsers break."""
        assert outcome(source, data.draw(spoiled(sample(source)))) in {source.type, source.section}

    def test_the_documented_sample_is_a_value(self, source: Source) -> None:
        """Of the type by which rules ask for it."""
        assert outcome(source, sample(source)) is source.type

    @pytest.mark.parametrize("word", HOSTILE[1:], ids=lambda word: repr(word[:6]))
    def test_an_error_quotes_foreign_text_harmlessly(self, source: Source, word: str) -> None:
        """Every word replaced by a hostile one: what the message says is printable and short."""
        message = refusal(
            source, "\n".join(" ".join(word for _ in line.split()) for line in sample(source).splitlines())
        )

        assert message.isprintable()
        assert message.isascii()
        assert len(message) < 600


class TestTheTable:
    """One entry for each source."""

    def test_sections_and_types_are_distinct(self) -> None:
        """A section is read one way and a type has one origin."""
        assert len(SOURCES) == len(set(SECTIONS)) == len({source.type for source in SOURCES})

    def test_an_entry_names_its_module_s_parser(self) -> None:
        """Section, module and parser belong together."""
        expected = [f"fleetscan.capture.procfs.{section}" for section in SECTIONS]

        assert expected == [source.parse.__module__ for source in SOURCES]
        assert expected == [source.type.__module__ for source in SOURCES]

    def test_each_docstring_cites_where_its_format_is_described(self) -> None:
        """A link to the kernel's or the tool's own documentation, or to the format's page."""
        uncited = [source.section for source in SOURCES if not re.search("https://|docs/", document(source))]

        assert uncited == []
