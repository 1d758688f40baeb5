"""One node as plain text: what is wrong, who may be behind it, and the investigation that led there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from fleetscan.immutable import immutable
from fleetscan.model import Diagnosis, Finding, Severity, Step, Suspect, Verdict
from fleetscan.render.text import layout
from fleetscan.render.text.blocks import Block, Column, Span, Style, Table, of_severity
from fleetscan.render.words import amounts
from fleetscan.render.words.escape import name, printable
from fleetscan.render.words.node_state import state
from fleetscan.render.words.node_words import HOST_CHARACTERS, display_name
from fleetscan.render.words.wording import CAUSES, VERDICTS

FINDINGS_SHOWN = 20
"""A node with more findings than this is not read to its end by anybody."""
SUSPECTS_SHOWN = 4
_REASON_CHARACTERS = 200

_COLUMN = 11
"""Where a finding's words begin, right of ``  critical ``."""
_ANSWER_COLUMN = 14

_OF_VERDICT = {Verdict.CONFIRMED: Style.WARNING, Verdict.RULED_OUT: Style.OK, Verdict.UNKNOWN: Style.UNKNOWN}


def identity(diagnosis: Diagnosis, limit: int = 200) -> str:
    """Return who a node is: name, instance id, type, group, cluster and zone, as far as known and as fits the limit."""
    shown = display_name(diagnosis)
    known = list(particulars(diagnosis))
    while known and len(shown) + len(", ".join(known)) + len(" ()") > limit:
        known.pop()
    return f"{shown} ({', '.join(known)})" if known else shown


def particulars(diagnosis: Diagnosis) -> tuple[str, ...]:
    """Return what is known of a node besides its name: instance id, type, group, cluster and zone."""
    node = diagnosis.node
    shown = display_name(diagnosis)
    others = (
        _short(node.instance_id) if _short(node.instance_id) != shown else "",
        _short(node.instance_type),
        f"group {_short(node.node_group)}" if node.node_group else "",
        f"cluster {_short(node.cluster)}" if node.cluster else "",
        _short(node.zone),
    )
    return tuple(word for word in others if word)


@immutable(kw_only=False)
class Told:
    """A finding with what is still to be said of it after those before it."""

    finding: Finding
    cause: str
    """Empty where an earlier finding of the node has named the same."""
    suspects: tuple[str, ...]


def told(diagnosis: Diagnosis) -> list[Told]:
    """Return a node's findings, worst first; a cause or suspect that was told already is not told at length again."""
    causes: set[str] = set()
    seen: set[str] = set()
    findings = []
    for finding in diagnosis.findings[:FINDINGS_SHOWN]:
        cause = CAUSES.get(finding.evidence.cause, "")
        named = finding.evidence.suspects[:SUSPECTS_SHOWN]
        suspects = [suspect_words(suspect) for suspect in named if not _is_told(suspect, seen)]
        if len(suspects) < len(named):
            suspects.append("as above")
        for suspect in named:
            seen |= {suspect.name, suspect.image} - {""}
        findings.append(Told(finding, "" if cause in causes else cause, tuple(suspects)))
        causes.add(cause)
    return findings


def findings(diagnosis: Diagnosis) -> list[Block]:
    """Return a node's findings, worst first, each with its evidence, cause and suspects."""
    lines = [line for one in told(diagnosis) for line in _finding(one)]
    if len(diagnosis.findings) > FINDINGS_SHOWN:
        lines.append(f"  and {amounts.count(len(diagnosis.findings) - FINDINGS_SHOWN, 'more finding')}")
    return lines


def in_kubernetes(diagnosis: Diagnosis) -> list[Block]:
    """Return how the node stands with Kubernetes, in one sentence; nothing where that is not known."""
    view = diagnosis.kubernetes
    return [] if view is None else layout.paragraph(f"Kubernetes: {state(view)}.", indent="  ", hanging="    ")


def investigation_title(diagnosis: Diagnosis) -> str:
    """Return what the investigation is called: it found something, or it only asked."""
    has_found = any(step.verdict is Verdict.CONFIRMED for step in diagnosis.steps)
    return "How it was found" if has_found else "What was asked"


def findings_in_brief(diagnosis: Diagnosis) -> list[Block]:
    """Return a line for each finding, worst first: the first part of its evidence, and the rule whose page has more."""
    shown = [one for one in diagnosis.findings[:FINDINGS_SHOWN] if one.severity is not Severity.INFO]
    rows = tuple(
        (
            Span(one.severity.value, of_severity(one.severity)),
            Span(printable(one.evidence.text).partition("; ")[0].rstrip(".")),
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
            Span(VERDICTS[step.verdict], _OF_VERDICT[step.verdict]),
            Span(printable(step.question)),
            Span(printable(step.evidence)),
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
    """Return the rules that could not be judged, gathered under their reason."""
    rules_of: dict[str, list[str]] = defaultdict(list)
    for rule, reason in reasons.items():
        rules_of[printable(reason)].append(name(rule))
    lines: list[Block] = []
    for reason, rules in rules_of.items():
        lines += layout.paragraph(f"{', '.join(rules)}: {reason}", indent="  ", hanging="    ")
    return lines


def suspect_words(suspect: Suspect) -> str:
    """Return who a suspect is and why, such as ``pod weave/agent (image scope), 98 % of it: holds 2.0 GiB``."""
    share = f", {amounts.percent(suspect.share)} of it" if suspect.share is not None else ""
    who = f"{_short(suspect.kind)} {name(suspect.name)}"
    image = f" (image {name(suspect.image)})" if suspect.image and suspect.image != suspect.name else ""
    return f"{who}{image}{share}: {printable(suspect.reason, _REASON_CHARACTERS)}"


def _is_told(suspect: Suspect, seen: Collection[str]) -> bool:
    """Whether an earlier finding of the node has named it, be it the pod or the pod's image."""
    return suspect.name in seen or (suspect.kind == "image" and suspect.image in seen)


def _short(text: str) -> str:
    return name(text, HOST_CHARACTERS)


def _finding(one: Told) -> list[Block]:
    finding = one.finding
    title = (
        Span(printable(finding.title).rstrip("."), Style.STRONG),
        Span(f" [{name(finding.rule)}]", Style.QUIET),
    )
    lines = layout.labelled(
        Span(finding.severity.value, of_severity(finding.severity)), title, indent="  ", column=_COLUMN
    )
    inset = " " * _COLUMN
    lines += layout.paragraph(printable(finding.evidence.text), indent=inset)
    if one.cause:
        lines += layout.paragraph(f"cause: {one.cause}", indent=inset, hanging=inset + "  ")
    for words in one.suspects:
        lines += layout.paragraph(f"suspect: {words}", indent=inset, hanging=inset + "  ")
    if len(finding.evidence.suspects) > SUSPECTS_SHOWN:
        lines.append(f"{inset}and {amounts.count(len(finding.evidence.suspects) - SUSPECTS_SHOWN, 'more suspect')}")
    return lines


def _step(number: int, step: Step) -> list[Block]:
    answer = (Span(f"{number:>3}. "), Span(VERDICTS[step.verdict], _OF_VERDICT[step.verdict]))
    lines = layout.labelled(answer, Span(printable(step.question), Style.STRONG), column=_ANSWER_COLUMN)
    if step.evidence:
        lines += layout.paragraph(printable(step.evidence), indent=" " * _ANSWER_COLUMN)
    return lines
