"""A report as a message: subject, body and attributes, for a topic that mails people and feeds programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fleetscan.model import Report, Severity
from fleetscan.render import amounts, layout, text_node
from fleetscan.render.condition import Condition, by_urgency, condition, display_name, lead
from fleetscan.render.escape import ascii_only, name, printable, unmentioned
from fleetscan.render.headline import headline
from fleetscan.render.suspicion import sentence
from fleetscan.render.text import shown_in_full
from fleetscan.render.text_actions import actions
from fleetscan.render.text_coverage import coverage
from fleetscan.render.text_fleet import groups
from fleetscan.render.wording import SHORT_CAUSES

SUBJECT_CHARACTERS = 99
"""SNS: "ASCII text that begins with a letter, number, or punctuation mark; must not include line breaks or control
characters; and must be less than 100 characters long" (API reference, Publish)."""

BODY_CHARACTERS = 8_000
"""A mail that is read on a phone; SNS itself takes 256 KiB."""

SCHEMA = "1"

_VALUES = 50
"""Values of one attribute; body and attributes share the 256 KiB of a message."""
_CLUSTER_CHARACTERS = 30
_CUT = "... cut here; the whole report is in the log and on the dashboard."


def subject(report: Report) -> str:
    """Return the subject, such as ``[critical] fleetscan: 3 of 16 nodes sick in live - kernel socket buffers``."""
    report = replace(report, diagnoses=by_urgency(report.diagnoses))
    worst = _severity(report)
    words = ascii_only(unmentioned(f"[{worst}] fleetscan: {_count(report)}{_place(report)}{_trouble(report)}"))
    return words if len(words) <= SUBJECT_CHARACTERS else words[: SUBJECT_CHARACTERS - 3].rstrip() + "..."


def body(report: Report) -> str:
    """Return the message's text: most important first, at most 8,000 characters, cut between lines."""
    report = replace(report, diagnoses=by_urgency(report.diagnoses))
    lines = [*layout.paragraph(headline(report)), *layout.paragraph(sentence(report))]
    full = [diagnosis for diagnosis in shown_in_full(report) if diagnosis.findings]
    for diagnosis in full:
        lines += [*layout.heading(text_node.identity(diagnosis, layout.WIDTH)), *text_node.findings(diagnosis)]
    lines += _section("What to do (read a command before you run it)", actions(report))
    others = [
        diagnosis
        for diagnosis in report.diagnoses
        if diagnosis.findings and diagnosis not in full and condition(diagnosis) is not Condition.UNKNOWN
    ]
    lines += _section("Other nodes with findings", groups(others))
    for diagnosis in full[:1]:
        lines += _section(f"How it was found on {display_name(diagnosis)}", text_node.investigation(diagnosis))
    lines += _section("Looked at", coverage(report))
    lines += _section("Not asked", [f"  - {printable(note)}" for note in report.notes])
    lines += ["", f"scan {name(report.scan_id)}, {report.started_at.isoformat()}"]
    return _bounded([unmentioned(line) for line in layout.squeezed(lines)])


def attributes(report: Report) -> Mapping[str, tuple[str, ...] | str]:
    """Return what a subscription can filter by; an attribute without a value is left out, as SNS demands."""
    clusters = sorted({name(diagnosis.node.cluster) for diagnosis in report.diagnoses if diagnosis.node.cluster})
    rules = sorted({name(finding.rule) for diagnosis in report.diagnoses for finding in diagnosis.findings})
    several = {"clusters": tuple(clusters[:_VALUES]), "rules": tuple(rules[:_VALUES])}
    return {
        "schema": SCHEMA,
        "scan_id": name(report.scan_id) or "-",
        "severity": _severity(report),
        **{key: values for key, values in several.items() if values},
    }


def _severity(report: Report) -> str:
    severities = [diagnosis.severity for diagnosis in report.diagnoses if diagnosis.severity]
    return max(severities, key=lambda severity: severity.rank).value if severities else "none"


def _count(report: Report) -> str:
    """Return how many nodes are in the worst condition that any is in."""
    conditions = [condition(diagnosis) for diagnosis in report.diagnoses]
    total = amounts.count(len(conditions), "node")
    sick = sum(one in {Condition.DYING, Condition.SICK} for one in conditions)
    if sick:
        return f"{sick:,} of {total} sick"
    if warned := conditions.count(Condition.WARNED):
        return f"{warned:,} of {total} with warnings"
    if unknown := conditions.count(Condition.UNKNOWN):
        return f"{unknown:,} of {total} not looked at"
    return f"{total} well" if conditions else "no node found"


def _place(report: Report) -> str:
    clusters = sorted({name(diagnosis.node.cluster) for diagnosis in report.diagnoses if diagnosis.node.cluster})
    if len(clusters) == 1:
        return f" in {name(clusters[0], _CLUSTER_CHARACTERS)}"
    return f" in {amounts.count(len(clusters), 'cluster')}" if clusters else ""


def _trouble(report: Report) -> str:
    """Return what the worst node suffers from: its cause in few words, or the rule where no cause is known."""
    for diagnosis in report.diagnoses:
        finding = lead(diagnosis)
        if finding is not None and condition(diagnosis) is not Condition.UNKNOWN and finding.severity != Severity.INFO:
            return f" - {SHORT_CAUSES.get(finding.evidence.cause) or finding.rule.replace('_', ' ')}"
    return ""


def _section(title: str, lines: list[str]) -> list[str]:
    return [*layout.heading(title), *lines] if lines else []


def _bounded(lines: list[str]) -> str:
    """Return the lines as text of at most ``BODY_CHARACTERS``, without those that no longer fit."""
    kept: list[str] = []
    room = BODY_CHARACTERS - len(_CUT) - 1
    for line in lines:
        if len(line) + 1 > room:
            return "\n".join([*kept, _CUT]) + "\n"
        kept.append(line)
        room -= len(line) + 1
    return "\n".join(kept) + "\n"
