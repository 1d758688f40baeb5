"""Remedies as plain text: that of the root cause first, then what is critical, each command on a line of its own."""

from __future__ import annotations

from dataclasses import replace

from fleetscan.model import Report
from fleetscan.model.conclusion import RootCause
from fleetscan.render.text import layout
from fleetscan.render.text.blocks import Block, Span, Style
from fleetscan.render.words import amounts
from fleetscan.render.words.escape import name, sanitized
from fleetscan.render.words.remedy import PAGES, Advice, ends_with, parts, plan
from fleetscan.render.words.root_cause_words import affected, confidence_words, heading, in_headline, reasons, title

_REMEDIES = 20
_ROOT_CAUSES = 3
_NODES = 4
_COMMAND_CHARACTERS = 800
_BRIEF_REMEDIES = 1
"""Shown with their commands on a screen: the worst; the others have a line each."""


def actions(report: Report, *, verbose: bool = False, is_brief: bool = False) -> list[Block]:
    """Return the root causes with their evidence and commands, then the remedies of what they do not explain.

    Warnings are one line each and information is counted while there is something worse, unless ``verbose``. Where it
    ``is_brief`` so are the critical ones after the first.
    """
    root_causes = report.culprits[:_ROOT_CAUSES]
    lines = [
        line
        for number, root_cause in enumerate(root_causes, start=1)
        for line in _root_cause(number, root_cause, report, is_brief=is_brief)
    ]
    todo = plan(report, verbose=verbose)
    if is_brief:
        todo = replace(todo, full=todo.full[:_BRIEF_REMEDIES], short=(*todo.full[_BRIEF_REMEDIES:], *todo.short))
    if root_causes and todo.full:
        lines.append("  Until then, or if the problem persists:")
    for number, entry in enumerate(todo.full[:_REMEDIES], start=len(root_causes) + 1):
        lines += _remedy(number, entry, with_nodes=len(report.diagnoses) > 1)
    if (rest := len(todo.full) - _REMEDIES) > 0:
        lines.append(f"  and {amounts.count(rest, 'more remedy', 'more remedies')}: see --json")
    if todo.short:
        lines.append(f"  Other remedies, see {PAGES}/<rule>.md or --verbose:")
        lines += [line for entry in todo.short[:_REMEDIES] for line in _short(entry, report)]
    if todo.waiting:
        lines.append(
            f"  For information only: {amounts.count(todo.waiting, 'more remedy', 'more remedies')}, see --verbose"
        )
    return lines


def _root_cause(number: int, root_cause: RootCause, report: Report, *, is_brief: bool) -> list[Block]:
    where = f" in cluster {name(root_cause.cluster)}" if root_cause.cluster else ""
    image = f", image {name(root_cause.image)}" if root_cause.image else ""
    words = (
        Span(f"{heading(root_cause)}{where}: "),
        Span(title(root_cause), Style.STRONG),
        Span(f"{image} ({confidence_words(root_cause)})"),
    )
    lines = layout.paragraph(words, indent=f"{number:>3}. ", hanging="     ")
    # On a screen the headline above has given the first reason of the first root causes.
    for reason in reasons(root_cause)[1 if is_brief and root_cause in in_headline(report) else 0 :]:
        lines += layout.paragraph(f"- {reason}", indent="     ", hanging="       ")
    if len(report.diagnoses) > 1:
        lines += layout.paragraph(f"- affected: {affected(root_cause, report)}", indent="     ", hanging="       ")
    lines += _instructions(root_cause.remedy)
    if is_brief:
        return lines
    ends = ", ".join(name(rule) for rule in ends_with(report, root_cause))
    return [*lines, *layout.paragraph(f"Also resolves: {ends}", indent="     ", hanging="       ")] if ends else lines


def _remedy(number: int, entry: Advice, *, with_nodes: bool) -> list[Block]:
    words = (*_words(entry), Span(_where(entry) if with_nodes else ""))
    return [*layout.paragraph(words, indent=f"{number:>3}. ", hanging="     "), *_instructions(entry.remedy)]


def _short(entry: Advice, report: Report) -> list[Block]:
    words = (*_words(entry), Span(_where(entry) if len(report.diagnoses) > 1 else ""))
    return layout.paragraph(words, indent="     - ", hanging="       ")


def _words(entry: Advice) -> tuple[Span, Span]:
    rules = ", ".join(name(rule) for rule in entry.rules)
    return Span(sanitized(entry.title).rstrip("."), Style.STRONG), Span(f" [{rules}]", Style.QUIET)


def _where(entry: Advice) -> str:
    more = len(entry.nodes) - _NODES
    return " on " + ", ".join(entry.nodes[:_NODES]) + (f" and {more:,} more" if more > 0 else "")


def _instructions(remedy: str) -> list[Block]:
    lines: list[Block] = []
    for part in parts(remedy):
        text = sanitized(part.text, _COMMAND_CHARACTERS)
        lines += layout.command(text, indent=" " * 9) if part.is_command else layout.paragraph(text, indent=" " * 5)
    return lines
