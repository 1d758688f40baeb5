"""A report as plain text of at most 100 columns, for a terminal, a pager or a ticket. No colours, no surprises.

The order is that of a tired reader: the verdict, what to do about it, the worst node and how it was found, the nodes
that will follow, the table of all, what was not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fleetscan import quantities
from fleetscan.model import CaptureStatus, Diagnosis, Report, Severity
from fleetscan.model.episode import Chronicle
from fleetscan.render import amounts, layout, text_node
from fleetscan.render.condition import Condition, by_urgency, condition
from fleetscan.render.culprit_words import unattributed
from fleetscan.render.escape import name, printable
from fleetscan.render.headline import headline
from fleetscan.render.runway_words import next_to_die
from fleetscan.render.suspicion import sentence
from fleetscan.render.text_actions import actions
from fleetscan.render.text_changes import before_and_after, changes, mutes_in_force, mutes_run_out, still_open
from fleetscan.render.text_coverage import coverage, not_asked
from fleetscan.render.text_fleet import groups, quiet_words, table
from fleetscan.render.text_kubernetes import daemonsets, stories

_HEADINGS = {
    Condition.DYING: "Dying now",
    Condition.SICK: "Sick",
    Condition.WARNED: "Warning",
    Condition.WELL: "Well",
    Condition.UNKNOWN: "Not known to be well",
}

_FLEET_FINDINGS = 8
_FLEET_CHARACTERS = 300
_SEVERITY_COLUMN = 11
_WORST = 3
"""Nodes shown in full without ``verbose``: all that are dying now, but no more than these."""


def render(report: Report, *, verbose: bool = False) -> str:
    """Return the report as text. ``verbose`` shows every node with findings in full, with what was skipped there."""
    report = replace(report, diagnoses=by_urgency(report.diagnoses))
    full = shown_in_full(report, verbose=verbose)
    others = other_nodes(report, full, verbose=verbose)
    lines = [
        *layout.paragraph(headline(report)),
        *layout.paragraph(sentence(report)),
        *layout.paragraph(next_to_die(report)),
        *layout.paragraph(_scan_words(report)),
    ]
    lines += _section("Why pods died (UTC)", stories(report, verbose=verbose))
    lines += _section("What to do (read a command before you run it)", actions(report, verbose=verbose))
    if report.chronicle is not None:
        lines += since_last_scan(report.chronicle, verbose=verbose)
    for diagnosis in full:
        lines += _node(diagnosis, is_alone=len(report.diagnoses) == 1, verbose=verbose)
    if others:
        lines += [*layout.heading("Other nodes with findings" if full else "Nodes with findings"), *groups(others)]
    lines += _section("Over the fleet", fleet_lines(report))
    lines += _section("DaemonSets", daemonsets(report, verbose=verbose))
    if len(report.diagnoses) > 1:
        lines += [*layout.heading("All nodes"), *table(report.diagnoses), *_legend(report)]
    lines += _section("Looked at", coverage(report))
    lines += _section("Not asked, or no answer", not_asked(report))
    # Whatever a section let through, nothing that moves a cursor or turns a line round leaves this function.
    return "\n".join(_safe(line) for line in layout.squeezed(lines)) + "\n"


def later(report: Report) -> str:
    """Return a later scan of the same nodes: its verdict, and what changed by then."""
    changed = [] if report.chronicle is None else since_last_scan(report.chronicle)
    lines = [*layout.heading("In a later scan")[1:], *layout.paragraph(headline(report)), *changed]
    return "\n".join(_safe(line) for line in layout.squeezed(lines)) + "\n"


def since_last_scan(chronicle: Chronicle, *, verbose: bool = False) -> list[str]:
    """Return what changed, before and after of what is over, what is open and did not change, and what is muted."""
    return [
        *_section("What changed since the last scan", changes(chronicle, verbose=verbose)),
        *_section("Before and after", before_and_after(chronicle.events)),
        *_section("Open and unchanged", still_open(chronicle)),
        *_section("Mutes that have run out", mutes_run_out(chronicle)),
        *_section("Muted", mutes_in_force(chronicle)),
    ]


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


def other_nodes(report: Report, full: Sequence[Diagnosis], *, verbose: bool = False) -> Sequence[Diagnosis]:
    """Return the nodes that answered and have findings that are not told in full.

    Without ``verbose`` none with mere information: it is on every node, and the fleet's findings gather it.
    """
    return [
        diagnosis
        for diagnosis in report.diagnoses
        if diagnosis not in full
        and diagnosis.coverage.status is CaptureStatus.ANSWERED
        and (diagnosis.severity is not None if verbose else diagnosis.severity not in {None, Severity.INFO})
    ]


def fleet_lines(report: Report) -> list[str]:
    """Return what concerns the fleet and no node in particular, and the troubles that have no culprit."""
    lines = []
    for finding in report.fleet_findings[:_FLEET_FINDINGS]:
        where = f" ({name(finding.cluster)})" if len({one.cluster for one in report.fleet_findings}) > 1 else ""
        words = f"{printable(finding.evidence.text, _FLEET_CHARACTERS)}{where} [{name(finding.rule)}]"
        lines += layout.labelled(finding.evidence.severity.value, words, indent="  ", column=_SEVERITY_COLUMN)
    for words in unattributed(report):
        lines += layout.paragraph(f"- {words}", indent="  ", hanging="    ")
    return lines


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


def _legend(report: Report) -> list[str]:
    lines = [
        "slab: unreclaimable kernel memory, and its share of RAM. avail: memory available. PSI: share of the",
        "last minute in which tasks waited for memory. load: a CPU. A dash is not measured, never zero.",
    ]
    if any(diagnosis.runway is not None for diagnosis in report.diagnoses):
        lines.append("left: until memory runs out at the pace of earlier scans; a dash where it is not lost steadily.")
    return lines


def _safe(line: str) -> str:
    indent = line[: len(line) - len(line.lstrip(" "))]
    return line if line.isprintable() else indent + printable(line, layout.WIDTH)
