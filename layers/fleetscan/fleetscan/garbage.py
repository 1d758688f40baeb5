"""Python's search for reference cycles, made rare: a scan makes millions of values and hardly a cycle among them."""

from __future__ import annotations

import gc

YOUNG_OBJECTS = 50_000
"""New objects after which the youngest are searched; Python's own 2,000 cost a tenth of the judging of a large fleet
(tests/bench/bench_fleet.py). They take some 5 MB."""
YOUNG_SEARCHES = 20
"""Searches of the youngest after which those that have outlived them are searched, too."""


def collect_seldom() -> None:
    """Search seldom from now on, and never what is there already: modules and what they hold.

    For the beginning of a program. Values without cycles are freed at once all the same, by their reference counts.
    """
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, YOUNG_SEARCHES, YOUNG_SEARCHES)
