"""Break the program on purpose, one place at a time, and see whether the test that should notice does.

    make mutants                                  # all of tests/mutations.toml
    .venv/bin/python tests/mutants.py fleet aws   # those whose file or test has one of these words in its path

Each mutation is applied in a copy of the tree, and its test is run there alone. A mutation that no test can notice
says why in ``survives``.
"""

from __future__ import annotations

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "tests" / "mutations.toml"

MOST_SURVIVORS = 5
"""Mutations that may survive with a reason; more of them would be a hole."""

LONGEST_SECONDS = 300
"""A test that takes longer hangs, which is no failure that says what is wrong."""

_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv*", ".aws-sam", ".apiserver", "build", "__pycache__", ".*_cache", ".hypothesis", ".coverage*"
)
_FAILED = 1
"""How pytest ends when tests were run and some failed; when nothing could be run it ends otherwise."""


class StaleError(Exception):
    """An entry of the table does not fit the tree any more."""


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """A replacement in one file, and the test that must fail with it."""

    file: str
    text: str
    replacement: str
    test: str
    survives: str = ""
    """Why no test can notice; empty where one must."""

    def __str__(self) -> str:
        """Return where it is and what it changes, in one line."""
        return f"{self.file}: {' '.join(self.text.split())} -> {' '.join(self.replacement.split())}"

    def applied(self, root: Path) -> str:
        """Return the mutated file; StaleError where the text does not occur exactly once."""
        path = root / self.file
        if not path.is_file():
            raise StaleError(f"{self.file} does not exist")
        source = path.read_text()
        if (times := source.count(self.text)) != 1:
            raise StaleError(f"{self.file} has {times} times, not once: {self.text}")
        if self.replacement == self.text:
            raise StaleError(f"{self.file} is not changed by: {self.text}")
        return source.replace(self.text, self.replacement)

    def check(self, root: Path) -> None:
        """Raise a StaleError where the entry does not fit the tree: its file, its text, its test."""
        self.applied(root)
        path, _, name = self.test.partition("[")[0].partition("::")
        if name not in _tests_in(root / path):
            raise StaleError(f"there is no test {self.test}")


@cache
def _tests_in(path: Path) -> frozenset[str]:
    """Return the tests of a file as pytest names them, without their parameters."""
    found = set()
    for one in ast.parse(path.read_text()).body if path.is_file() else ():
        if isinstance(one, ast.FunctionDef):
            found.add(one.name)
        elif isinstance(one, ast.ClassDef):
            found |= {f"{one.name}::{inner.name}" for inner in one.body if isinstance(inner, ast.FunctionDef)}
    return frozenset(found)


def mutations(table: Path) -> tuple[Mutation, ...]:
    """Return the entries of the table."""
    return tuple(Mutation(**entry) for entry in tomllib.loads(table.read_text())["mutation"])


def tried(chosen: Sequence[Mutation], root: Path, workers: int) -> tuple[str, ...]:
    """Return what is wrong: mutations that are not noticed, are noticed though excused, or could not be tried."""
    problems = [problem for one in chosen if (problem := stale(one, root))]
    if problems:
        return tuple(problems)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        trees = [Path(folder, str(number)) for number in range(workers)]
        shutil.copytree(root, trees[0], ignore=_LEFT_OUT, symlinks=True)
        # Unmutated they pass; that also compiles, once for all the runs and copies, what the tests import.
        tests = sorted({one.test for one in chosen})
        ended = _pytest(trees[0], *tests, is_compiling=True)
        if ended.returncode:
            return (f"the tests do not pass without a mutation:\n{ended.stdout}{ended.stderr}",)
        for tree in trees[1:]:
            shutil.copytree(trees[0], tree, symlinks=True)
        free: SimpleQueue[Path] = SimpleQueue()
        for tree in trees:
            free.put(tree)

        def attempt(mutation: Mutation) -> str:
            tree = free.get()
            try:
                return _problem(mutation, tree)
            finally:
                free.put(tree)

        with ThreadPoolExecutor(workers) as pool:
            return tuple(problem for problem in pool.map(attempt, chosen) if problem)


def stale(mutation: Mutation, root: Path) -> str:
    """Return why an entry does not fit the tree any more; empty where it does."""
    try:
        mutation.check(root)
    except StaleError as error:
        return f"stale, mend the table: {error}"
    return ""


def _problem(mutation: Mutation, tree: Path) -> str:
    with _mutated(mutation, tree):
        try:
            status = _pytest(tree, mutation.test).returncode
        except subprocess.TimeoutExpired:
            return f"hangs: {mutation}\n    {mutation.test}"
    if status == _FAILED:
        return f"is noticed, so it needs no excuse: {mutation}" if mutation.survives else ""
    if status:
        return f"could not be tried, pytest ended with {status}: {mutation}\n    {mutation.test}"
    return "" if mutation.survives else f"survives: {mutation}\n    {mutation.test}"


@contextmanager
def _mutated(mutation: Mutation, tree: Path) -> Iterator[None]:
    path = tree / mutation.file
    original, times = path.read_text(), path.stat()
    path.write_text(mutation.applied(tree))
    # What was compiled from the original is reported by size and second: it must not pass for the mutant's.
    os.utime(path, (times.st_atime, times.st_mtime + 10))
    try:
        yield
    finally:
        path.write_text(original)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def _pytest(tree: Path, *tests: str, is_compiling: bool = False) -> subprocess.CompletedProcess[str]:
    """Run these tests of a tree and nothing else, and end with the first that fails."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--tb=short", *tests]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "" if is_compiling else "1"}
    return subprocess.run(
        command,
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=None if is_compiling else LONGEST_SECONDS,
    )


def main(arguments: Sequence[str]) -> int:
    """Try the mutations that are asked for, print what is wrong and a summary; 1 where anything is."""
    parser = argparse.ArgumentParser(description="Try the mutations of tests/mutations.toml.")
    parser.add_argument("words", nargs="*", help="only those with one of these words in the path of file or test")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="how many at once (%(default)s)")
    given = parser.parse_args(arguments)
    chosen = [
        one
        for one in mutations(TABLE)
        if not given.words or any(word in f"{one.file} {one.test}" for word in given.words)
    ]
    if not chosen:
        parser.error("no mutation has any of these words")
    started = time.monotonic()
    problems = tried(chosen, ROOT, given.workers)
    for problem in problems:
        sys.stdout.write(f"{problem}\n")
    excused = sum(bool(one.survives) for one in chosen)
    seconds = time.monotonic() - started
    sys.stdout.write(f"{len(chosen)} mutations in {seconds:.0f} s: {excused} excused, {len(problems)} problems\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
