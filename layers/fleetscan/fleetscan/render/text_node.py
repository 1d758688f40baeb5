"""One node as plain text: what is wrong, who may be behind it, and the investigation that led there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from fleetscan.model import Diagnosis, Finding, Step, Suspect, Verdict
from fleetscan.render import amounts, layout
from fleetscan.render.condition import HOST_CHARACTERS, display_name
from fleetscan.render.escape import name, printable
from fleetscan.render.wording import CAUSES, VERDICTS

FINDINGS_SHOWN = 20
"""A node with more findings than this is not read to its end by anybody."""
SUSPECTS_SHOWN = 4
_REASON_CHARACTERS = 200

_COLUMN = 11
"""Where a finding's words begin, right of ``  critical ``."""
_ANSWER_COLUMN = 14


def identity(diagnosis: Diagnosis, limit: int = 200) -> str:
    """Return who a node is: name, instance id, type, group, cluster and zone, as far as known and as fits the limit."""
    node = diagnosis.node
    shown = display_name(diagnosis)
    others = [
        _short(node.instance_id) if _short(node.instance_id) != shown else "",
        _short(node.instance_type),
        f"group {_short(node.node_group)}" if node.node_group else "",
        f"cluster {_short(node.cluster)}" if node.cluster else "",
        _short(node.zone),
    ]
    known = [word for word in others if word]
    while known and len(shown) + len(", ".join(known)) + len(" ()") > limit:
        known.pop()
    return f"{shown} ({', '.join(known)})" if known else shown


@dataclass(frozen=True, slots=True)
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


def findings(diagnosis: Diagnosis) -> list[str]:
    """Return a node's findings, worst first, each with its evidence, cause and suspects."""
    lines = [line for one in told(diagnosis) for line in _finding(one)]
    if len(diagnosis.findings) > FINDINGS_SHOWN:
        lines.append(f"  and {amounts.count(len(diagnosis.findings) - FINDINGS_SHOWN, 'more finding')}")
    return lines


def investigation_title(diagnosis: Diagnosis) -> str:
    """Return what the investigation is called: it found something, or it only asked."""
    has_found = any(step.verdict is Verdict.CONFIRMED for step in diagnosis.steps)
    return "How it was found" if has_found else "What was asked"


def investigation(diagnosis: Diagnosis) -> list[str]:
    """Return the questions in the order they were asked, each with its answer and the numbers behind it."""
    lines = []
    for number, step in enumerate(diagnosis.steps, start=1):
        lines += _step(number, step)
    return lines


def skipped(reasons: Mapping[str, str]) -> list[str]:
    """Return the rules that could not be judged, gathered under their reason."""
    rules_of: dict[str, list[str]] = defaultdict(list)
    for rule, reason in reasons.items():
        rules_of[printable(reason)].append(name(rule))
    lines = []
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


def _finding(one: Told) -> list[str]:
    finding = one.finding
    title = f"{printable(finding.title).rstrip('.')} [{name(finding.rule)}]"
    lines = layout.labelled(finding.severity.value, title, indent="  ", column=_COLUMN)
    inset = " " * _COLUMN
    lines += layout.paragraph(printable(finding.evidence.text), indent=inset)
    if one.cause:
        lines += layout.paragraph(f"cause: {one.cause}", indent=inset, hanging=inset + "  ")
    for words in one.suspects:
        lines += layout.paragraph(f"suspect: {words}", indent=inset, hanging=inset + "  ")
    if len(finding.evidence.suspects) > SUSPECTS_SHOWN:
        lines.append(f"{inset}and {amounts.count(len(finding.evidence.suspects) - SUSPECTS_SHOWN, 'more suspect')}")
    return lines


def _step(number: int, step: Step) -> list[str]:
    lines = layout.labelled(
        f"{number:>3}. {VERDICTS[step.verdict]}", printable(step.question), indent="", column=_ANSWER_COLUMN
    )
    if step.evidence:
        lines += layout.paragraph(printable(step.evidence), indent=" " * _ANSWER_COLUMN)
    return lines
