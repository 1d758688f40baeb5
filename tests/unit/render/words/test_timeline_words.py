"""Timelines of terminations: oldest first, evidence apart from the cause."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fleetscan.model.kubernetes import Ending, Link, PodEnd, PodTimeline
from fleetscan.render.words.timeline_words import steps


def at(minute: int) -> datetime:
    """Return a moment of one hour."""
    return datetime(2026, 1, 15, 6, minute, tzinfo=UTC)


END = PodEnd(namespace="live", name="main-1", ending=Ending.NODE_LOST)


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        (
            (Link(text="deleted", at=at(5)), Link(text="NotReady", at=at(1)), Link(text="it holds", at=at(9))),
            [
                ("06:01:00", "evidence", "NotReady"),
                ("06:05:00", "terminated", "deleted"),
                ("06:09:00", "cause", "it holds"),
            ],
        ),
        (
            (Link(text="deleted", at=at(5)), Link(text="no time"), Link(text="not known: what", is_known=False)),
            [("", "evidence", "no time"), ("", "unknown", "what"), ("06:05:00", "terminated", "deleted")],
        ),
        (
            (Link(text="killed", at=at(5)), Link(text="at its limit", at=at(5))),
            [("06:05:00", "cause", "at its limit"), ("06:05:00", "terminated", "killed")],
        ),
        ((Link(text="shut down"),), [("", "terminated", "shut down")]),
        ((), []),
    ],
    ids=["by time", "without a time before what it led to", "at once", "alone", "nothing"],
)
def test_steps_are_in_the_order_of_time(links: tuple[Link, ...], expected: list[tuple[str, str, str]]) -> None:
    """Each with what kind of step it is."""
    found = steps(PodTimeline(cluster="live", end=END, links=links))

    assert [(one.time, one.label, one.text) for one in found] == expected
