"""A report as plain text of at most 100 columns, for a terminal, a pager or a ticket. No colours, no surprises.

The order is that of a tired reader: the verdict, the worst node and how it was found, the nodes that will follow, the
table of all, what was not looked at, what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fleetscan import quantities
from fleetscan.model import CaptureStatus, Diagnosis, Report
from fleetscan.render import amounts, layout, text_node
from fleetscan.render.condition import Condition, by_urgency, condition
from fleetscan.render.escape import name, printable
from fleetscan.render.headline import headline
from fleetscan.render.suspicion import sentence
from fleetscan.render.text_actions import actions
from fleetscan.render.text_coverage import coverage, not_asked
from fleetscan.render.text_fleet import groups, quiet_words, table

_HEADINGS = {
    Condition.DYING: "Dying now",
    Condition.SICK: "Sick",
    Condition.WARNED: "Warning",
    Condition.WELL: "Well",
    Condition.UNKNOWN: "Not known to be well",
}

_WORST = 3
"""Nodes shown in full without ``verbose``: all that are dying now, but no more than these."""


def render(report: Report, *, verbose: bool = False) -> str:
    """Return the report as text. ``verbose`` shows every node with findings in full, with what was skipped there."""
    report = replace(report, diagnoses=by_urgency(report.diagnoses))
    full = shown_in_full(report, verbose=verbose)
    others = [
        diagnosis
        for diagnosis in report.diagnoses
        if diagnosis.findings and diagnosis not in full and diagnosis.coverage.status is CaptureStatus.ANSWERED
    ]
    lines = [
        *layout.paragraph(headline(report)),
        *layout.paragraph(sentence(report)),
        *layout.paragraph(_scan_words(report)),
    ]
    for diagnosis in full:
        lines += _node(diagnosis, is_alone=len(report.diagnoses) == 1, verbose=verbose)
    if others:
        lines += [*layout.heading("Other nodes with findings" if full else "Nodes with findings"), *groups(others)]
    if len(report.diagnoses) > 1:
        lines += [*layout.heading("All nodes"), *table(report.diagnoses), *_legend()]
    lines += _section("Looked at", coverage(report))
    lines += _section("Not asked, or no answer", not_asked(report))
    lines += _section("What to do (read a command before you run it)", actions(report, verbose=verbose))
    # Whatever a section let through, nothing that moves a cursor or turns a line round leaves this function.
    return "\n".join(_safe(line) for line in layout.squeezed(lines)) + "\n"


def shown_in_full(report: Report, *, verbose: bool = False) -> Sequence[Diagnosis]:
    """Return the nodes to tell the whole story of: the only one, the dying, or the worst; all when ``verbose``."""
    answered = [diagnosis for diagnosis in report.diagnoses if diagnosis.coverage.status is CaptureStatus.ANSWERED]
    if len(report.diagnoses) == 1:
        return answered
    if verbose:
        return [diagnosis for diagnosis in answered if diagnosis.findings]
    dying = [diagnosis for diagnosis in answered if condition(diagnosis) is Condition.DYING]
    sick = [diagnosis for diagnosis in answered if condition(diagnosis) in {Condition.SICK, Condition.WARNED}]
    return dying[:_WORST] or sick[:1]


def _node(diagnosis: Diagnosis, *, is_alone: bool, verbose: bool) -> list[str]:
    word = f"{_HEADINGS[condition(diagnosis)]}: "
    lines = layout.heading(word + text_node.identity(diagnosis, layout.WIDTH - len(word)))
    lines += text_node.findings(diagnosis)
    if condition(diagnosis) is Condition.SICK and (words := quiet_words([diagnosis])):
        lines += layout.paragraph(f"It {words}.", indent="  ")
    if diagnosis.steps:
        lines += [*([""] if diagnosis.findings else []), f"  {text_node.investigation_title(diagnosis)}"]
        lines += text_node.investigation(diagnosis)
    if verbose and not is_alone and diagnosis.skipped:
        lines += ["", "  Not judged here", *text_node.skipped(diagnosis.skipped)]
    return lines


def _section(title: str, body: list[str]) -> list[str]:
    return [*layout.heading(title), *body] if body else []


def _scan_words(report: Report) -> str:
    clusters = sorted({name(diagnosis.node.cluster) for diagnosis in report.diagnoses if diagnosis.node.cluster})
    where = [
        f"cluster {clusters[0]}" if len(clusters) == 1 else amounts.count(len(clusters), "cluster") if clusters else "",
        name(report.region),
        f"account {name(report.account)}" if report.account else "",
    ]
    place = ", ".join(word for word in where if word)
    when = report.started_at.strftime("%Y-%m-%d %H:%M:%S %Z").strip()
    took = quantities.duration(report.duration_seconds)
    return printable(f"Scanned {when}{f' in {place}' if place else ''}; took {took}; scan {name(report.scan_id)}.")


def _legend() -> list[str]:
    return [
        "slab: unreclaimable kernel memory, and its share of RAM. avail: memory available. PSI: share of the",
        "last minute in which tasks waited for memory. load: a CPU. A dash is not measured, never zero.",
    ]


def _safe(line: str) -> str:
    indent = line[: len(line) - len(line.lstrip(" "))]
    return line if line.isprintable() else indent + printable(line, layout.WIDTH)
