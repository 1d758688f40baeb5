"""Work and memory of one node are bounded: counted in calls and bytes, which are the same on every machine."""

from __future__ import annotations

import ast
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from tests.fuzz import cases, outputs, path
from tests.fuzz.path import Untrusted

PACKAGE = Path(__file__).parents[2] / "layers" / "fleetscan" / "fleetscan"
INSTANCE_ID = "i-00000000000000001"

MOST_CALLS = 60_000
"""Of an examination. A node of the incident takes 27,000, the worst case 53,000: 24,000 lines of one letter."""
MOST_BYTES = 10_000_000
"""At any one time, of one node, its capture not included."""

UNPACKERS = frozenset({"bz2", "gzip", "lzma", "tarfile", "zipfile", "zlib"})


def untrusted(name: str) -> Untrusted:
    """Return a node that sends a case, with a past."""
    capture = path.answered(INSTANCE_ID, cases.captures()[name])
    return Untrusted(captures=(capture,), rings={INSTANCE_ID: path.leaking_ring()})


def calls(work: Callable[[], object]) -> int:
    """Return how many functions, Python's own included, are called while something is done."""
    count = 0

    def see(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def most_bytes(work: Callable[[], object]) -> int:
    """Return the most memory that is held at once while something is done."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_no_case_takes_more_than_its_share_of_work() -> None:
    """Not even the most that fits into a capture, of whatever a parser, a rule or a regular expression likes least."""
    path.examined(untrusted("nothing"))  # what is read once, such as lists kept as data, is not what is counted
    counted = {name: calls(lambda name=name: path.examined(untrusted(name))) for name in cases.captures()}  # type: ignore[misc]  # a name of this loop

    assert {name: count for name, count in counted.items() if count > MOST_CALLS} == {}


def test_no_case_takes_more_than_its_share_of_memory() -> None:
    """Ten megabytes, where the largest capture has 24,000 characters."""
    held = {name: most_bytes(lambda name=name: path.examined(untrusted(name))) for name in cases.captures()}  # type: ignore[misc]  # same

    assert {name: size for name, size in held.items() if size > MOST_BYTES} == {}


@pytest.mark.parametrize("output", outputs.OUTPUTS, ids=lambda output: output.name)
def test_each_output_is_bounded_for_the_node_that_prints_most(output: outputs.Output) -> None:
    """The case that makes most of each output, a fleet of it, stays within the output's bound for a node."""
    loud = (
        "containers: as many as fit",
        "sockets: as many as fit",
        "every section twice",
        "an end with ten thousand notes",
    )
    captures = [
        path.answered(f"i-{number:017x}", cases.captures()[name]) for number, name in enumerate(loud * 5, start=1)
    ]

    assert output.shown(path.scanned([Untrusted(captures=tuple(captures))]))


def test_nothing_is_unpacked_but_in_one_place() -> None:
    """A decompression bomb needs somebody who unpacks it, and ``storage/gunzip.py`` alone does, within a limit.

    All others pack, take a checksum, or know an error by its name.
    """
    used = {str(file.relative_to(PACKAGE)): uses(file) for file in PACKAGE.rglob("*.py")}
    unpacking = {file: names for file, names in used.items() if names - {"compress", "compressobj", "crc32", "error"}}

    assert unpacking == {"storage/gunzip.py": {"MAX_WBITS", "decompressobj"}}


def uses(file: Path) -> set[str]:
    """Return what a file uses of the modules that can unpack; what it imports from one by name, too."""
    tree = ast.parse(file.read_text())
    names = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in UNPACKERS
    }
    return names | {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in UNPACKERS
        for alias in node.names
    }
