"""The section ``journal``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import journal
from fleetscan.capture.procfs.journal import Journal, JournalEvent
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every value of the docstring's sample arrives, in its unit."""
    expected = Journal(
        lines_read=300,
        events=(
            JournalEvent(
                kind="pleg",
                count=41,
                text="Skipping pod synchronization: PLEG is not healthy: pleg was last seen active 3m7s ago;"
                " threshold is 3m0s",
            ),
            JournalEvent(
                kind="image_gc_failed",
                count=2,
                text="Image garbage collection failed multiple times in a row: failed to garbage collect",
            ),
        ),
    )

    assert expected == journal.parse(documented(journal))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "journal: is empty", id="empty"),
        pytest.param("pleg 1 x", "journal, line 1: does not begin with read: 'pleg'", id="no first row"),
        pytest.param("read", "journal, line 1: lines is missing", id="no count"),
        pytest.param("read lines=1\npleg x y", "journal, line 2: count is not a whole number: 'x'", id="no number"),
        pytest.param("read lines=1\npleg 1 y\npleg 1 y", "journal, line 3: 'pleg' is given twice", id="duplicate"),
        pytest.param(
            "read lines=1\npleg 1 \x1b[2J", "journal, line 2: text is not printable: '\\x1b[2J'", id="unprintable"
        ),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        journal.parse(text)

    assert error == str(raised.value)


def test_a_kind_of_a_newer_script_is_ignored() -> None:
    """The others count."""
    expected = Journal(lines_read=2, events=(JournalEvent(kind="eviction", count=1, text="evicted"),))

    assert expected == journal.parse("read lines=2\nflux 3 capacitor\neviction 1 evicted")


def test_a_long_text_is_cut() -> None:
    """At the 160 characters that the script sends."""
    (only,) = journal.parse(f"read lines=1\nno_space 1 {'a' * 500}").events

    assert only.text == "a" * 160
