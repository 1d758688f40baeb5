#!/usr/bin/env python3
"""Write a page for each rule, their index, and the page of the cases; ``--check`` only says which is not current.

A rule's page is its module's docstring with its severity, its limits and its remedy. Nothing in docs/rules is written
by hand, nor is docs/cases.md.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from types import ModuleType

from fleetscan.model import Cause
from fleetscan.rule import Rule
from fleetscan.rules import RULES

PAGES = Path(__file__).parent / "rules"
WRITTEN = "<!-- Written by docs/build.py from the rule's module; edit that and run `make docs`. -->"

_PARAGRAPH = re.compile(r"(What it means|Why it hurts|What to do|Source): *")
_SHARED = re.compile(r"^from fleetscan\.([a-z_]+) import", re.MULTILINE)
_VALUES = frozenset({"model", "rule", "errors", "numbers", "quantities"})
_CAUSES = re.compile(r"Cause\.([A-Z_]+)")


def pages(rules: Sequence[Rule]) -> Mapping[str, str]:
    """Return file name -> text for every page that belongs into docs/rules."""
    return {"README.md": index(rules), **{f"{rule.id}.md": page(rule) for rule in rules}}


def index(rules: Sequence[Rule]) -> str:
    """Return the table of all rules in the order in which they are asked."""
    rows = [
        f"| [`{rule.id}`]({rule.id}.md) | {rule.severity} | {_cell(rule.title)} | {', '.join(causes(rule)) or '-'} |"
        for rule in rules
    ]
    return "\n".join(
        [
            "# The rules",
            "",
            WRITTEN,
            "",
            "Severity is the worst that a rule can reach. A rule that misses its evidence is skipped, never well.",
            "A cause is only named where the evidence carries it; otherwise a finding says `unattributed`.",
            "",
            "| rule | severity | what is wrong | causes it can name |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def page(rule: Rule) -> str:
    """Return the page of one rule."""
    summary, paragraphs = _document(rule)
    body = [line for name, text in paragraphs if name != "Source" for line in (f"## {name}", "", text, "")]
    source = [line for name, text in paragraphs if name == "Source" for line in (f"## {name}", "", text, "")]
    limits = [f"| `{name}` | {value} | {_cell(source)} |" for name, value, source in constants(rule)]
    table = ["## Limits", "", "| constant | value | why |", "|---|---|---|", *limits, ""] if limits else []
    named = ", ".join(f"`{cause}`" for cause in causes(rule))
    return "\n".join(
        [
            f"# {rule.id}",
            "",
            WRITTEN,
            "",
            f"{summary}",
            "",
            f"Shown as: *{rule.title}*. Severity: up to **{rule.severity}**. Causes it can name: {named or 'none'}.",
            "",
            *body,
            "## Remedy",
            "",
            *_remedy(rule.remedy),
            "",
            *table,
            *source,
        ]
    )


def causes(rule: Rule) -> list[str]:
    """Return the causes that a rule can name, in the model's order: in its module or in one it leaves the blame to."""
    named = {name for text in _blaming(inspect.getsource(_module(rule))) for name in _CAUSES.findall(text)}
    named.discard(Cause.UNATTRIBUTED.name)
    return [cause.value for cause in Cause if cause.name in named]


def constants(rule: Rule) -> list[tuple[str, str, str]]:
    """Return name, value and docstring of each limit: a public constant with words below it."""
    body = ast.parse(inspect.getsource(_module(rule))).body
    found = []
    for node, below in pairwise(body):
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        name = node.targets[0].id
        if name.isupper() and not name.startswith("_") and (words := _words(below)):
            found.append((name, ast.unparse(node.value), words))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, or with ``--check`` return 1 and name the ones that are not current."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when a page is not current")
    is_check = parser.parse_args(arguments).check
    wanted = pages(RULES)
    stale = stale_pages(wanted, PAGES)
    cases = sibling("cases")
    cases_text = stale_text(cases.PAGE, cases.page())
    if is_check:
        names = [f"rules/{name}" for name in stale] + ([] if cases_text is None else [cases.PAGE.name])
        for name in names:
            sys.stderr.write(f"docs/{name} is not current: run `make docs`\n")
        return 1 if names else 0
    PAGES.mkdir(exist_ok=True)
    if cases_text is not None:
        cases.PAGE.write_text(cases_text, encoding="utf-8")
    for name in stale:
        if name in wanted:
            (PAGES / name).write_text(wanted[name], encoding="utf-8")
        else:
            (PAGES / name).unlink()
    return 0


def sibling(name: str) -> ModuleType:
    """Return a module of this folder, which is no package; a test loads this one by its path."""
    specification = importlib.util.spec_from_file_location(f"docs_{name}", Path(__file__).with_name(f"{name}.py"))
    if specification is None or specification.loader is None:
        raise ImportError(f"docs/{name}.py can not be loaded")
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module  # where a dataclass looks up the names of its annotations
    specification.loader.exec_module(module)
    return module


def stale_text(path: Path, wanted: str) -> str | None:
    """Return the text that a page should have where it has another one."""
    return None if path.is_file() and path.read_text(encoding="utf-8") == wanted else wanted


def stale_pages(wanted: Mapping[str, str], folder: Path) -> list[str]:
    """Return the names of pages that are missing, differ, or belong to no rule any more."""
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def _document(rule: Rule) -> tuple[str, list[tuple[str, str]]]:
    """Return the first sentence and the named paragraphs of a rule's docstring."""
    document = inspect.cleandoc(_module(rule).__doc__ or "")
    summary, *paragraphs = document.split("\n\n")
    named: list[tuple[str, str]] = []
    for paragraph in paragraphs:
        if start := _PARAGRAPH.match(paragraph):
            named.append((start[1], paragraph[start.end() :]))
        elif named:
            named[-1] = (named[-1][0], f"{named[-1][1]}\n\n{paragraph}")
    return " ".join(summary.split()), [(name, text[:1].upper() + text[1:]) for name, text in named]


def _remedy(remedy: str) -> list[str]:
    """Return a remedy as Markdown: what is set in from the left is a command."""
    lines: list[str] = []
    is_open = False
    for line in remedy.splitlines():
        is_command = line.startswith("    ")
        if is_command != is_open:
            lines += ["", "```sh"] if is_command else ["```", ""]
            is_open = is_command
        lines.append(line.removeprefix("    "))
    return [*lines, "```"] if is_open else lines


def _blaming(source: str) -> list[str]:
    """Return a module's source and, as long as they speak of causes, those of the modules it imports."""
    found = [source]
    for name in _SHARED.findall(source):
        if name not in _VALUES:
            imported = inspect.getsource(importlib.import_module(f"fleetscan.{name}"))
            found += _blaming(imported) if "Cause" in imported else []
    return found


def _module(rule: Rule) -> ModuleType:
    return importlib.import_module(f"fleetscan.rules.{rule.id}")


def _words(node: ast.stmt) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return " ".join(node.value.value.split())
    return ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
