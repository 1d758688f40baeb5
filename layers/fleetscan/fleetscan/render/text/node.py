"""One node as plain text: its findings, their likely causes, and the investigation that led there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from fleetscan.model import Diagnosis, Severity, Step, StepResult
from fleetscan.render.text import layout
from fleetscan.render.text.blocks import Block, Column, Span, Style, Table, of_severity
from fleetscan.render.words import amounts, ledger_words
from fleetscan.render.words.escape import name, sanitized
from fleetscan.render.words.node_state import state
from fleetscan.render.words.node_words import FINDINGS_SHOWN, SAME_CAUSE, SUSPECTS_SHOWN, FindingWords, finding_words
from fleetscan.render.words.wording import STEP_RESULTS

_COLUMN = 11
"""Where a finding's words begin, right of ``  critical ``."""
_ANSWER_COLUMN = 14

_OF_RESULT = {StepResult.CONFIRMED: Style.WARNING, StepResult.RULED_OUT: Style.OK, StepResult.UNKNOWN: Style.UNKNOWN}


def findings(diagnosis: Diagnosis) -> list[Block]:
    """Return a node's findings, worst first, each with its evidence, cause and suspects."""
    lines = [line for one in finding_words(diagnosis) for line in _finding(one)]
    if len(diagnosis.findings) > FINDINGS_SHOWN:
        lines.append(f"  and {amounts.count(len(diagnosis.findings) - FINDINGS_SHOWN, 'more finding')}")
    return lines


def in_kubernetes(diagnosis: Diagnosis) -> list[Block]:
    """Return how the node stands with Kubernetes, in one sentence; nothing where that is not known."""
    view = diagnosis.kubernetes
    return [] if view is None else layout.paragraph(f"Kubernetes: {state(view)}.", indent="  ", hanging="    ")


def memory_usage(diagnosis: Diagnosis) -> list[Block]:
    """Return what holds the node's memory, the numbers of the page's bar; nothing where they are not known."""
    ledger = diagnosis.picture.ledger
    return [] if ledger is None else layout.paragraph(f"{ledger_words.sentence(ledger)}.", indent="  ", hanging="    ")


def findings_in_brief(diagnosis: Diagnosis) -> list[Block]:
    """Return a line for each finding, worst first: the first part of its evidence, and the rule whose page has more."""
    shown = [one for one in diagnosis.findings[:FINDINGS_SHOWN] if one.severity is not Severity.INFO]
    rows = tuple(
        (
            Span(one.severity.value, of_severity(one.severity)),
            Span(sanitized(one.evidence.text).partition("; ")[0].rstrip(".")),
            Span(name(one.rule), Style.QUIET),
        )
        for one in shown
    )
    if not rows:
        return []
    columns = (Column(), Column(least=80, is_prose=True), Column())
    return [Table(columns=columns, rows=rows, shrinkable=(1,), droppable=(2,), indent="  ")]


def investigation_in_brief(diagnosis: Diagnosis) -> list[Block]:
    """Return each question with its answer and as much of the evidence as fits on a line: beside it, or below it."""
    rows = tuple(
        (
            Span(STEP_RESULTS[step.verdict], _OF_RESULT[step.verdict]),
            Span(sanitized(step.question)),
            Span(sanitized(step.evidence)),
        )
        for step in diagnosis.steps
    )
    columns = (Column(), Column(least=44, is_prose=True), Column(least=56, is_prose=True))
    return [Table(columns=columns, rows=rows, shrinkable=(2, 1), droppable=(2,), below=2, indent="  ")] if rows else []


def investigation(diagnosis: Diagnosis) -> list[Block]:
    """Return the questions in the order they were asked, each with its answer and the numbers behind it."""
    lines: list[Block] = []
    for number, step in enumerate(diagnosis.steps, start=1):
        lines += _step(number, step)
    return lines


def skipped(reasons: Mapping[str, str]) -> list[Block]:
    """Return the rules that could not be evaluated, gathered under their reason."""
    rules_of: dict[str, list[str]] = defaultdict(list)
    for rule, reason in reasons.items():
        rules_of[sanitized(reason)].append(name(rule))
    lines: list[Block] = []
    for reason, rules in rules_of.items():
        lines += layout.paragraph(f"{', '.join(rules)}: {reason}", indent="  ", hanging="    ")
    return lines


def _finding(one: FindingWords) -> list[Block]:
    finding = one.finding
    title = (
        Span(sanitized(finding.title).rstrip("."), Style.STRONG),
        Span(f" [{name(finding.rule)}]", Style.QUIET),
    )
    lines = layout.labelled(
        Span(finding.severity.value, of_severity(finding.severity)), title, indent="  ", column=_COLUMN
    )
    inset = " " * _COLUMN
    lines += layout.paragraph(sanitized(finding.evidence.text), indent=inset)
    if one.cause:
        lines += layout.paragraph(f"cause: {one.cause}", indent=inset, hanging=inset + "  ")
    for words in one.suspects:
        lines += layout.paragraph(
            words if words == SAME_CAUSE else f"likely cause: {words}", indent=inset, hanging=inset + "  "
        )
    if len(finding.evidence.suspects) > SUSPECTS_SHOWN:
        lines.append(
            f"{inset}and {amounts.count(len(finding.evidence.suspects) - SUSPECTS_SHOWN, 'more likely cause')}"
        )
    return lines


def _step(number: int, step: Step) -> list[Block]:
    answer = (Span(f"{number:>3}. "), Span(STEP_RESULTS[step.verdict], _OF_RESULT[step.verdict]))
    lines = layout.labelled(answer, Span(sanitized(step.question), Style.STRONG), column=_ANSWER_COLUMN)
    if step.evidence:
        lines += layout.paragraph(sanitized(step.evidence), indent=" " * _ANSWER_COLUMN)
    return lines
