"""What the script prints, somebody evaluates: evidence that no rule and no measure reads is paid for in vain.

Taken from the code, not from a list: the sources' own dataclasses and the kinds of line of the logs on one side, on the
other the syntax trees of what evaluates. A field counts as read where a module that imports from its source's module
asks an attribute of this name; so one of the same name in another source does not stand for it.
"""

from __future__ import annotations

import ast
import dataclasses
import sys
import typing
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import fleetscan
from fleetscan.capture import log_patterns
from fleetscan.capture.procfs import SOURCES, Source

PACKAGE = Path(fleetscan.__file__).parent
READERS = ("diagnosis", "fleet")
PARSERS = "fleetscan.capture.procfs"


_WHOLE = "stands in a line or file that the script prints as the kernel has it, beside what is read"
_LOOKED = "that it was looked at: without it an empty list could not be told from one that was not read"
_READER = "for who reads the capture itself, to find the same thing on the node"
KEPT = {
    **dict.fromkeys(
        (
            "Stat.boot_time_epoch_seconds",
            "Stat.running_total",
            "Stat.forks_total",
            "Vmstat.scanned_by_kswapd_pages",
            "Vmstat.scanned_directly_pages",
            "Stall.avg300_percent",
            "Cache.objects_per_slab",
            "Sockstat.sockets_used",
            "Sockstat.tcp_in_use",
            "Sockstat.tcp_orphan",
            "Sockstat.tcp_time_wait",
            "Sockstat.udp_in_use",
            "TcpMem.low_pages",
            "TcpMem.pressure_pages",
        ),
        _WHOLE,
    ),
    **dict.fromkeys(
        (
            "Slabinfo.caches_total",
            "KernelLog.lines_read",
            "Interfaces.read",
        ),
        _LOOKED,
    ),
    **dict.fromkeys(
        (
            "Host.cgroup_version",
            "Socket.drops",
            "Socket.inode",
            "Socket.container",
            "Pod.qos",
            "Process.swap_bytes",
        ),
        _READER,
    ),
    "KernelLog.undated_events": "nobody can say that they are of today; a recorded log without time stamps has them",
}
"""Fields that are not evaluated, and why they are there all the same. One that is read by now must not stand here."""


@cache
def trees() -> dict[Path, ast.Module]:
    """Return the syntax trees of all that evaluates."""
    files = (file for folder in READERS for file in sorted((PACKAGE / folder).rglob("*.py")))
    return {file: ast.parse(file.read_text(encoding="utf-8")) for file in files}


def imported(tree: ast.Module) -> set[str]:
    """Return the modules that a module imports from."""
    return {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def attributes(tree: ast.AST) -> set[str]:
    """Return the names of the attributes that are asked somewhere in a tree."""
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)}


def of_parser(module: str) -> set[str]:
    """Return what a source's own module asks of its values, outside of what parses them."""
    tree = ast.parse(Path(str(sys.modules[module].__file__)).read_text(encoding="utf-8"))
    parsing = {"parse"} | {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("_")
    }
    asking = [node for node in tree.body if not (isinstance(node, ast.FunctionDef) and node.name in parsing)]
    return {name for node in asking for name in attributes(node)}


@cache
def asked(module: str) -> frozenset[str]:
    """Return the attributes that are asked by those who import from a source's module."""
    names = {name for tree in trees().values() if module in imported(tree) for name in attributes(tree)}
    return frozenset(names | of_parser(module))


def classes(of: type) -> Iterator[type]:
    """Yield a source's dataclass and those that it holds."""
    yield of
    for hint in typing.get_type_hints(of).values():
        for inner in (hint, *typing.get_args(hint)):
            if dataclasses.is_dataclass(inner) and isinstance(inner, type):
                yield from classes(inner)


def printed() -> Iterator[tuple[type, str]]:
    """Yield every field of every source."""
    for source in SOURCES:
        for one in dict.fromkeys(classes(source.type)):
            yield from ((one, field.name) for field in dataclasses.fields(one))


@pytest.mark.parametrize(("of", "name"), [pytest.param(of, name, id=f"{of.__name__}.{name}") for of, name in printed()])
def test_every_field_of_every_source_is_read(of: type, name: str) -> None:
    """By a rule, a measure, the investigation, or the comparison of nodes; or it is said why it is there."""
    assert (name in asked(of.__module__)) is (f"{of.__name__}.{name}" not in KEPT)


def test_what_is_kept_unread_exists() -> None:
    """A field that was renamed or taken away leaves no excuse behind."""
    assert set(KEPT) <= {f"{of.__name__}.{name}" for of, name in printed()}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.section)
def test_every_source_is_read(source: Source) -> None:
    """Its type is named by somebody who evaluates."""
    names = {
        alias.name
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == source.type.__module__
        for alias in node.names
    }

    assert source.type.__name__ in names


@cache
def words() -> frozenset[str]:
    """Return all strings in the code that evaluates, docstrings apart."""
    return frozenset(
        node.value
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " not in node.value
    )


@pytest.mark.parametrize("kind", log_patterns.kinds(), ids=lambda kind: kind.id)
def test_every_kind_of_line_of_the_logs_is_read(kind: log_patterns.Kind) -> None:
    """By its id, in a rule or a measure."""
    assert kind.id in words()
