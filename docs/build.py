#!/usr/bin/env python3
"""Write the rules' pages and index, and those of thresholds, cases, cost, scale, detections and measurements.

``--check`` says what is stale, and fails when the hand-written pages have grown too long. Both print their words.

A rule's page is its module's docstring with its severity, its limits, its remedy and what it looks like when it fires.
Nothing in docs/rules is written by hand, nor are docs/thresholds.md, docs/cases.md, docs/cost.md, docs/detections.md
and docs/measurements.md, nor the plan in docs/scale.md.
"""

from __future__ import annotations

import argparse
import ast
import dataclasses
import importlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType

from docs import detections, measurements, page_words
from docs.estimates import cost_page, scale_page
from fleetscan.diagnosis.rule import AnyRule
from fleetscan.diagnosis.rules import RULES
from fleetscan.diagnosis.threshold_words import below, order_words, words
from fleetscan.diagnosis.thresholds import SharedLimits, Threshold, thresholds
from fleetscan.diagnosis.traits import Balances, DiskChecks, Killed
from fleetscan.model import Cause
from fleetscan.quantities import duration
from fleetscan.render.text.fleet import FIGURES

PAGES = Path(__file__).parent / "rules"
THRESHOLDS = Path(__file__).with_name("thresholds.md")
COST, SCALE = Path(__file__).with_name("cost.md"), Path(__file__).with_name("scale.md")
MEASUREMENTS = Path(__file__).with_name("measurements.md")
PLAN_BEGINS = "<!-- The plan begins. Written by docs/build.py from docs/estimates; edit that and run `make docs`. -->"
PLAN_ENDS = "<!-- The plan ends. -->"
WRITTEN = "<!-- Written by docs/build.py from the rule's module; edit that and run `make docs`. -->"

_ORIGIN = {
    "sick": (
        "As `fleetscan node` prints it of the demo's critical node. Its sockets are invented, like everything that "
        "[the published incident](../../README.md#try-it) does not say:"
    ),
    "well": "As `fleetscan node` prints it of an invented node:",
}
"""Where the figures of a sample come from, by its node."""

_PARAGRAPH = re.compile(r"(What it means|Why it hurts|What to do|Source): *")
_SHARED = re.compile(r"^from fleetscan\.([a-z_.]+) import", re.MULTILINE)
_VALUES = frozenset({"model", "rule", "errors", "numbers", "quantities"})
_ATTRIBUTED = re.compile(r"cause=[a-z]+\.cause")
"""A rule whose evidence takes its cause from a measure; others name only their own."""
_CAUSES = re.compile(r"Cause\.([A-Z_]+)")


_BALANCES = {
    Balances.UNUSED: "",
    Balances.EXPLAIN: "The CPU credits of a node that has it are read, to name the cause.",
    Balances.EVALUATED: "The CPU credits of a node that has it are read until it is resolved.",
}
_DISK_CHECKS = {
    DiskChecks.UNUSED: "",
    DiskChecks.EXPLAIN: "The limits of the disks of a node that has it are read from CloudWatch.",
    DiskChecks.EVALUATED: "The limits of the disks of a node that has it are read until it is resolved.",
}
_KILLED = {
    None: "",
    Killed.AT_OWN_LIMIT: "It explains why a pod ended: its container reached its own memory limit.",
    Killed.AT_ALLOCATABLE: "It explains why a pod ended: all pods together reached the memory limit of kubepods.",
    Killed.AT_SERVICES_LIMIT: "It explains why a node fell silent: its kubelet or runtime was killed.",
    Killed.NODE_OUT_OF_MEMORY: "It explains why a pod ended: the node was out of memory.",
}

_THRESHOLDS_INTRODUCTION = """\
From which figure on each rule fires, and who says so. A threshold is moved by an entry `RULE.THRESHOLD=NUMBER`;
several are separated by spaces or commas:

```
fleetscan thresholds check memory_pressure_high.critical_percent=70 load_high.warning_per_cpu=3
fleetscan node --threshold load_high.warning_per_cpu=3
sam deploy --parameter-overrides Thresholds=load_high.warning_per_cpu=3,memory_pressure_high.critical_percent=70
```

The stack takes them as its parameter `Thresholds`; `fleetscan node` and `fleetscan scan` as `--threshold` or, like
the function, from the variable `FLEETSCAN_THRESHOLDS`. A wrong name, value or order is an error that says what fits:
of the command before you deploy, and of every scan. Each report says which thresholds were moved. A finding that falls
below a moved threshold is reported as resolved, and one that rises above it opens.

What a rule borrows moves with the rule that owns it: where `slab_unreclaimable_high` calls the slab large, all do, the
investigation too. The alarms have percentages of their own, among the stack's parameters. The collection script sends
detail from a little below the defaults on ([triggers](capture-format.md#triggers)): with a threshold far below its
default a finding may not name the holder.\
"""


def pages(rules: Sequence[AnyRule]) -> Mapping[str, str]:
    """Return file name -> text for every page that belongs into docs/rules."""
    return {"README.md": index(rules), **{f"{rule.id}.md": page(rule) for rule in rules}}


def index(rules: Sequence[AnyRule]) -> str:
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
            "Severity is the worst that a rule can reach. A rule that misses its evidence is skipped, never healthy.",
            "A cause is only named where the evidence carries it; otherwise a finding says `unattributed`.",
            "",
            "| rule | severity | what is wrong | causes it can name |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def page(rule: AnyRule) -> str:
    """Return the page of one rule."""
    summary, paragraphs = _document(rule)
    body = [line for name, text in paragraphs if name != "Source" for line in (f"## {name}", "", text, "")]
    source = [line for name, text in paragraphs if name == "Source" for line in (f"## {name}", "", text, "")]
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
            *_treatment(rule),
            *_looks(rule),
            "## Remedy",
            "",
            *_remedy(rule.remedy),
            "",
            *_limits(rule),
            *source,
        ]
    )


def treatment(rule: AnyRule) -> list[str]:
    """Return how the rule's findings are treated, a sentence for each trait in which it is not like the others."""
    columns = ", ".join(FIGURES[one] for one in rule.columns)
    required = " and the ".join(one.name for one in rule.required)
    sentences = {
        f"Family: {rule.family}. Findings of one family with the same cause are attributed together.": rule.family,
        "A critical finding means that the node is failing now.": rule.is_failing_now,
        "It is about coverage: it makes a node unknown, never critical.": rule.is_about_coverage,
        "It is inventory: about what runs or what it costs.": rule.is_inventory,
        f"It is not resolved within {duration(rule.lasts.total_seconds())} after it was last seen.": rule.lasts,
        f"It marks these columns in the table of all nodes: {columns}.": rule.columns,
        f"A node on which it could not evaluate the {required} is not called healthy.": rule.required,
        _BALANCES[rule.balances]: rule.balances is not Balances.UNUSED,
        _DISK_CHECKS[rule.disk_checks]: rule.disk_checks is not DiskChecks.UNUSED,
        _KILLED[rule.killed]: rule.killed,
        "Its nodes are gone: while it lasts, nothing else that they had is resolved by that.": rule.has_lost_nodes,
    }
    return [sentence for sentence, is_so in sentences.items() if is_so]


def threshold_page(rules: Sequence[AnyRule]) -> str:
    """Return the page of all thresholds, in one table."""
    rows = [
        f"| [`{one.rule}`](rules/{one.rule}.md) | {_threshold(one)}"
        for rule in rules
        for one in thresholds(rule.id, rule.limits)
    ]
    fixed = ", ".join(f"[`{rule.id}`](rules/{rule.id}.md)" for rule in rules if not thresholds(rule.id, rule.limits))
    return "\n".join(
        [
            "# The thresholds",
            "",
            WRITTEN,
            "",
            _THRESHOLDS_INTRODUCTION,
            "",
            "| rule | threshold | default | may be | why |",
            "|---|---|---|---|---|",
            *rows,
            "",
            f"Without a threshold, because the first one is one too many or there is no figure: {fixed}.",
            "",
        ]
    )


def causes(rule: AnyRule) -> list[str]:
    """Return the causes that a rule can name, in the model's order: in its module or in one that attributes for it."""
    source = inspect.getsource(_module(rule))
    texts = _attributing(source) if _ATTRIBUTED.search(source) else [source]
    named = {name for text in texts for name in _CAUSES.findall(text)}
    named.discard(Cause.UNATTRIBUTED.name)
    return [cause.value for cause in Cause if cause.name in named]


def constants(rule: AnyRule) -> list[tuple[str, str, str]]:
    """Return name, value and docstring of what is fixed: a public constant with words below it."""
    return [
        (node.targets[0].id, ast.unparse(node.value), text)
        for node, text in below(ast.parse(inspect.getsource(_module(rule))).body)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id.isupper()
        if not node.targets[0].id.startswith("_")
    ]


def main(arguments: Sequence[str] | None = None, most_words: int = page_words.MOST_WORDS) -> int:
    """Write the pages, or with ``--check`` return 1 and name what is not current, and what is too long."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when a page is not current")
    is_check = parser.parse_args(arguments).check
    wanted = pages(RULES)
    stale = stale_pages(wanted, PAGES)
    cases = sibling("cases")
    others = {
        cases.PAGE: cases.page(),
        THRESHOLDS: threshold_page(RULES),
        COST: cost_page.page(),
        SCALE: with_plan(SCALE.read_text(encoding="utf-8")),
        MEASUREMENTS: measurements.page(),
        detections.PAGE: detections.page(),
    }
    stale_others = {path: text for path, text in others.items() if stale_text(path, text) is not None}
    words_total = page_words.count(page_words.hand_written())
    sys.stdout.write(f"README.md and the hand-written pages of docs/: {words_total:,} words, at most {most_words:,}\n")
    if is_check:
        names = [f"rules/{name}" for name in stale] + [path.name for path in stale_others]
        for name in names:
            sys.stderr.write(f"docs/{name} is not current: run `make docs`\n")
        if words_total > most_words:
            sys.stderr.write("the hand-written pages are too long: cut what repeats, or say why more is needed\n")
        return 1 if names or words_total > most_words else 0
    PAGES.mkdir(exist_ok=True)
    for path, text in stale_others.items():
        path.write_text(text, encoding="utf-8")
    for name in stale:
        if name in wanted:
            (PAGES / name).write_text(wanted[name], encoding="utf-8")
        else:
            (PAGES / name).unlink()
    return 0


@cache
def sibling(name: str) -> ModuleType:
    """Return a module of this folder, which is no package; a test loads this one by its path."""
    specification = importlib.util.spec_from_file_location(f"docs_{name}", Path(__file__).with_name(f"{name}.py"))
    if specification is None or specification.loader is None:
        raise ImportError(f"docs/{name}.py cannot be loaded")
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module  # where a dataclass looks up the names of its annotations
    specification.loader.exec_module(module)
    return module


def with_plan(text: str) -> str:
    """Return the page of scale with the plan between its two marks."""
    before, _, rest = text.partition(PLAN_BEGINS)
    _, end, after = rest.partition(PLAN_ENDS)
    if not end:
        raise ValueError("docs/scale.md has no marks for the plan")
    return f"{before}{PLAN_BEGINS}\n\n{scale_page.section()}\n\n{PLAN_ENDS}{after}"


def stale_text(path: Path, wanted: str) -> str | None:
    """Return the text that a page should have where it has another one."""
    return None if path.is_file() and path.read_text(encoding="utf-8") == wanted else wanted


def stale_pages(wanted: Mapping[str, str], folder: Path) -> list[str]:
    """Return the names of pages that are missing, differ, or belong to no rule any more."""
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def _document(rule: AnyRule) -> tuple[str, list[tuple[str, str]]]:
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


def _looks(rule: AnyRule) -> list[str]:
    """Return the finding of the rule's sample, as text and as JSON."""
    samples = sibling("samples")
    sample = samples.samples()[rule.id]
    return [
        "## Looks like",
        "",
        _ORIGIN[sample.node],
        "",
        "```text",
        *samples.shown(rule.id, sample),
        "```",
        "",
        "<details><summary>In the JSON of a report</summary>",
        "",
        "```json",
        samples.as_json(rule.id, sample),
        "```",
        "",
        "</details>",
        "",
    ]


def _treatment(rule: AnyRule) -> list[str]:
    sentences = treatment(rule)
    return ["## How it counts", "", *(f"- {sentence}" for sentence in sentences), ""] if sentences else []


def _limits(rule: AnyRule) -> list[str]:
    """Return the rule's limits: the thresholds, those of other rules that it uses, and the constants."""
    movable = [f"| {_threshold(one)}" for one in thresholds(rule.id, rule.limits)]
    borrowed = [f"[`{home}`]({home}.md)" for home in _borrowed(rule)]
    fixed = [f"| `{name}` | {value} | {_cell(source)} |" for name, value, source in constants(rule)]
    lines: list[str] = []
    if movable:
        moved = "They can be moved: see [the thresholds](../thresholds.md)."
        lines += [moved, "", "| threshold | default | may be | why |", "|---|---|---|---|", *movable, ""]
    if borrowed:
        lines += [f"It goes by the limits of {' and '.join(borrowed)} as well, wherever those are moved to.", ""]
    if fixed:
        lines += ["Fixed:", "", "| constant | value | why |", "|---|---|---|", *fixed, ""]
    return ["## Limits", "", *lines] if lines else []


def _borrowed(rule: AnyRule) -> Iterator[str]:
    for field in dataclasses.fields(rule.limits):
        value = getattr(rule.limits, field.name)
        if isinstance(value, SharedLimits) and value.rule != rule.id:
            yield value.rule


def _threshold(one: Threshold) -> str:
    """Return name, default, bounds and words of a threshold as the rest of a row."""
    order = f", {order_words(one)}" if one.order else ""
    bounds = f"{one.bounds.least} to {one.bounds.most}{order}"
    return f"`{one.name}` | {one.default} | {bounds} | {_cell(words(one))} |"


def _remedy(remedy: str) -> list[str]:
    """Return a remedy as Markdown: what is set in from the left is a command."""
    lines: list[str] = []
    is_open = False
    for line in remedy.splitlines():
        is_command = line.startswith("    ")
        if is_command != is_open:
            lines += ["```", ""] if is_open else ["", "```sh"] if lines else ["```sh"]
            is_open = is_command
        lines.append(line.removeprefix("    "))
    return [*lines, "```"] if is_open else lines


def _attributing(source: str) -> list[str]:
    """Return a module's source and, as long as they speak of causes, those of the modules it imports."""
    found = [source]
    for name in _SHARED.findall(source):
        if name not in _VALUES:
            imported = inspect.getsource(importlib.import_module(f"fleetscan.{name}"))
            found += _attributing(imported) if "Cause" in imported else []
    return found


def _module(rule: AnyRule) -> ModuleType:
    return importlib.import_module(f"fleetscan.diagnosis.rules.{rule.id}")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
