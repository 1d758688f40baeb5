"""Trying mutations on a small tree: what is noticed, what survives, what is stale."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.mutants import Mutation, tried

SOURCE = """def doubled(number):
    if number is None:
        return None
    return number + number
"""
TESTS = """import pytest
from small import doubled

class TestDoubled:
    @pytest.mark.parametrize(("given", "expected"), [(2, 4), (3, 6)])
    def test_a_number(self, given, expected):
        assert doubled(given) == expected

def test_nothing():
    assert doubled(None) is None

def test_broken():
    raise RuntimeError
"""
SQUARED = Mutation(
    file="small.py",
    text="number + number",
    replacement="number * number",
    test="test_small.py::TestDoubled::test_a_number",
)
OTHER_TEST = replace(SQUARED, test="test_small.py::TestDoubled::test_a_number[2-4]")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a tree of one module and its tests."""
    (tmp_path / "small.py").write_text(SOURCE)
    (tmp_path / "test_small.py").write_text(TESTS)
    return tmp_path


def test_what_its_test_notices_is_no_problem_and_the_tree_stays_as_it_was(tree: Path) -> None:
    """One after the other in the same copy, and two at once."""
    chosen = (SQUARED, replace(OTHER_TEST, survives="two squared is two doubled"), SQUARED)

    assert (tried(chosen, tree, 1), tried(chosen, tree, 2)) == ((), ())
    assert ((tree / "small.py").read_text(), sorted(each.name for each in tree.iterdir())) == (
        SOURCE,
        ["small.py", "test_small.py"],
    )


@pytest.mark.parametrize(
    ("mutation", "problem"),
    [
        (OTHER_TEST, "survives: small.py: number + number -> number * number"),
        (replace(SQUARED, survives="so it was once"), "is noticed, so it needs no excuse: small.py"),
        (replace(SQUARED, replacement="number +"), "could not be tried, pytest ended with "),
        (replace(SQUARED, test="test_small.py::test_broken"), "the tests do not pass without a mutation"),
        (replace(SQUARED, text="number"), "stale, mend the table: small.py has 4 times"),
        (replace(SQUARED, text="numbers"), "stale, mend the table: small.py has 0 times"),
        (replace(SQUARED, replacement=SQUARED.text), "stale, mend the table: small.py is not changed"),
        (replace(SQUARED, file="large.py"), "stale, mend the table: large.py does not exist"),
        (replace(SQUARED, test="test_small.py::test_a_number"), "stale, mend the table: there is no test"),
        (replace(SQUARED, test="test_large.py::test_nothing"), "stale, mend the table: there is no test"),
    ],
)
def test_anything_else_is_one(tree: Path, mutation: Mutation, problem: str) -> None:
    """In words that say what to do."""
    (found,) = tried([mutation], tree, 1)

    assert found.startswith(problem)
