"""The table of mutations fits the tree, so that `make mutants` tries all of them."""

from __future__ import annotations

from collections import Counter

from tests.mutants import MOST_SURVIVORS, ROOT, TABLE, mutations, stale


def test_every_entry_fits_the_tree() -> None:
    """Its text is there exactly once, and so is the test that must notice it."""
    assert [problem for one in mutations(TABLE) if (problem := stale(one, ROOT))] == []


def test_none_is_there_twice_and_few_are_excused() -> None:
    """Each of those that no test can notice says why."""
    entries = mutations(TABLE)

    assert [
        key for key, times in Counter((one.file, one.text, one.replacement) for one in entries).items() if times > 1
    ] == []
    assert sum(bool(one.survives) for one in entries) <= MOST_SURVIVORS
