"""A report as blocks, and as plain text of at most 100 columns for a pager or a ticket.

The order is that of a reader at night: headline, the remedies, the worst node and its investigation, the other nodes
with findings, the table of all, coverage.
"""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan import quantities
from fleetscan.diagnosis.condition import Condition, condition, is_failing_now
from fleetscan.model import Diagnosis, Report
from fleetscan.model.episode import Chronicle
from fleetscan.render.text import layout, node
from fleetscan.render.text.actions import actions
from fleetscan.render.text.blocks import Block, Span, Style, of_severity
from fleetscan.render.text.changes import (
    before_and_after,
    changes,
    changes_in_brief,
    mutes_in_force,
    mutes_run_out,
    still_open,
)
from fleetscan.render.text.coverage import coverage, skipped_checks
from fleetscan.render.text.detail import Detail
from fleetscan.render.text.fleet import TABLE_ROWS, groups, groups_in_brief, table
from fleetscan.render.text.kubernetes import daemonsets, pod_terminations
from fleetscan.render.words import amounts
from fleetscan.render.words.escape import name, sanitized
from fleetscan.render.words.group_words import other_nodes, quiet_words, shown_in_full
from fleetscan.render.words.headline import headline
from fleetscan.render.words.likely_causes import sentence
from fleetscan.render.words.node_words import display_name, investigation_title, particulars
from fleetscan.render.words.root_cause_words import unattributed
from fleetscan.render.words.runway_words import next_to_run_out

_HEADINGS = {
    Condition.CRITICAL: "Critical",
    Condition.WARNING: "Warning",
    Condition.HEALTHY: "Healthy",
    Condition.UNKNOWN: "Unknown",
}

_LABELS = {
    Condition.CRITICAL: "critical",
    Condition.WARNING: "warning",
    Condition.HEALTHY: "healthy",
    Condition.UNKNOWN: "unknown",
}
_STYLES = {
    Condition.CRITICAL: Style.CRITICAL,
    Condition.WARNING: Style.WARNING,
    Condition.HEALTHY: Style.OK,
    Condition.UNKNOWN: Style.UNKNOWN,
}
_HEADLINE_COLUMN = 10

_BRIEF_ROWS = 20
_LEGEND = (
    "slab: unreclaimable kernel memory (SUnreclaim), and its share of RAM. avail: MemAvailable. PSI: share of the "
    "last minute in which tasks waited for memory. load: per CPU. A dash is not measured, never zero."
)
_MORE = (
    Span("Full report: ", Style.QUIET),
    Span("fleetscan report --verbose", Style.COMMAND),
    Span(". As a page: ", Style.QUIET),
    Span("fleetscan report --html FILE", Style.COMMAND),
)
_FLEET_FINDINGS = 8
_FLEET_CHARACTERS = 300
_SEVERITY_COLUMN = 11


def render(report: Report, *, verbose: bool = False) -> str:
    """Return the report as text. ``verbose`` shows every node with findings in full, with what was skipped there."""
    return "\n".join(layout.squeezed(blocks(report, Detail.VERBOSE if verbose else Detail.FULL))) + "\n"


def later(report: Report) -> str:
    """Return a later scan of the same nodes as text: its headline, and what changed by then."""
    return "\n".join(layout.squeezed(later_blocks(report))) + "\n"


def blocks(report: Report, detail: Detail = Detail.FULL) -> list[Block]:
    """Return the report as blocks, in as much detail as the reader asked for."""
    verbose, is_brief = detail is Detail.VERBOSE, detail is Detail.BRIEF
    is_alone = len(report.diagnoses) == 1
    full = shown_in_full(report, verbose=verbose)
    others = other_nodes(report, full, verbose=verbose)
    lines = _summary(report, detail)
    lines += _section("Pod terminations (UTC)", pod_terminations(report, detail))
    lines += _section(
        "Remedies (review each command before you run it)", actions(report, verbose=verbose, is_brief=is_brief)
    )
    if report.chronicle is not None:
        lines += since_last_scan(report.chronicle, detail)
    for diagnosis in full:
        lines += _node_in_brief(diagnosis) if is_brief else _node(diagnosis, is_alone=is_alone, verbose=verbose)
    if others:
        grouped = groups_in_brief(others) if is_brief else groups(others)
        lines += [*layout.heading("Other nodes with findings" if full else "Nodes with findings"), *grouped]
    lines += _section("Fleet-wide findings", fleet_lines(report))
    lines += _section("DaemonSets", daemonsets(report, detail))
    if not is_alone and report.diagnoses:
        shown = _BRIEF_ROWS if is_brief else TABLE_ROWS
        lines += [*layout.heading("All nodes"), *table(report.diagnoses, shown), *_legend(report)]
    lines += _section("Coverage", [*coverage(report), *(_scan_bullet(report) if is_brief else ())])
    lines += _section("Skipped checks", skipped_checks(report, is_brief=is_brief))
    if is_brief:
        lines += ["", *layout.paragraph(_MORE)]
    return lines


def later_blocks(report: Report, detail: Detail = Detail.FULL) -> list[Block]:
    """Return a later scan of the same nodes as blocks: its headline, and what changed by then."""
    changed = [] if report.chronicle is None else since_last_scan(report.chronicle, detail)
    return [*layout.heading("In a later scan")[1:], *_headline(report, detail), *changed]


def since_last_scan(chronicle: Chronicle, detail: Detail = Detail.FULL) -> list[Block]:
    """Return what changed, before and after of what is over, what is open and did not change, and what is muted."""
    is_brief = detail is Detail.BRIEF
    changed = changes_in_brief(chronicle) if is_brief else changes(chronicle, verbose=detail is Detail.VERBOSE)
    return [
        *_section("Changes since the last scan", changed),
        *_section("Before and after", before_and_after(chronicle.events)),
        *_section("Ongoing, unchanged", still_open(chronicle)),
        *_section("Expired mutes", mutes_run_out(chronicle)),
        *_section("Active mutes", mutes_in_force(chronicle)),
    ]


def fleet_lines(report: Report) -> list[Block]:
    """Return what concerns the fleet and no node in particular, and the problems without a root cause."""
    lines: list[Block] = []
    for finding in report.fleet_findings[:_FLEET_FINDINGS]:
        where = f" ({name(finding.cluster)})" if len({one.cluster for one in report.fleet_findings}) > 1 else ""
        words = (
            Span(f"{sanitized(finding.evidence.text, _FLEET_CHARACTERS)}{where}"),
            Span(f" [{name(finding.rule)}]", Style.QUIET),
        )
        severity = finding.evidence.severity
        lines += layout.labelled(
            Span(severity.value, of_severity(severity)), words, indent="  ", column=_SEVERITY_COLUMN
        )
    for nobody in unattributed(report):
        lines += layout.paragraph(f"- {nobody}", indent="  ", hanging="    ")
    return lines


def _node(diagnosis: Diagnosis, *, is_alone: bool, verbose: bool) -> list[Block]:
    lines = [*_title(diagnosis)]
    lines += node.findings(diagnosis)
    if condition(diagnosis) is Condition.CRITICAL and (words := quiet_words([diagnosis])):
        lines += layout.paragraph(f"{words[:1].upper()}{words[1:]}.", indent="  ")
    lines += node.in_kubernetes(diagnosis)
    lines += node.memory_usage(diagnosis)
    if diagnosis.steps:
        lines += [*([""] if diagnosis.findings else []), f"  {investigation_title(diagnosis)}"]
        lines += node.investigation(diagnosis)
    if verbose and not is_alone and diagnosis.skipped:
        lines += ["", "  Not evaluated here", *node.skipped(diagnosis.skipped)]
    return lines


def _node_in_brief(diagnosis: Diagnosis) -> list[Block]:
    lines = [*_title(diagnosis), *node.findings_in_brief(diagnosis)]
    if condition(diagnosis) is Condition.CRITICAL and (words := quiet_words([diagnosis])):
        lines += layout.paragraph(f"{words[:1].upper()}{words[1:]}.", indent="  ")
    lines += node.in_kubernetes(diagnosis)
    lines += node.memory_usage(diagnosis)
    if asked := node.investigation_in_brief(diagnosis):
        lines += [*layout.heading(investigation_title(diagnosis)), *asked]
    return lines


def _title(diagnosis: Diagnosis) -> list[Block]:
    how = condition(diagnosis)
    failing = ", failing now" if is_failing_now(diagnosis) else ""
    words = (
        Span(f"{_HEADINGS[how]}{failing}: ", _STYLES[how]),
        Span(display_name(diagnosis), Style.HEADING),
    )
    return layout.heading(words, *particulars(diagnosis))


def _summary(report: Report, detail: Detail) -> list[Block]:
    """Return the headline. On a screen its severity is before it and the scan's data last."""
    others = [*layout.paragraph(sentence(report)), *layout.paragraph(next_to_run_out(report))]
    scan = () if detail is Detail.BRIEF else layout.paragraph(_scan_words(report))
    return [*_headline(report, detail), *others, *scan]


def _headline(report: Report, detail: Detail) -> list[Block]:
    if detail is not Detail.BRIEF:
        return layout.paragraph(headline(report))
    how = min((condition(one) for one in report.diagnoses), key=list(Condition).index, default=Condition.UNKNOWN)
    label = Span(_LABELS[how], Style.ALARM if how is Condition.CRITICAL else _STYLES[how])
    return layout.labelled(label, Span(headline(report), Style.STRONG), column=_HEADLINE_COLUMN)


def _scan_bullet(report: Report) -> list[Block]:
    return layout.paragraph(f"- {_scan_words(report)}", indent="  ", hanging="    ")


def _section(title: str, body: Sequence[Block]) -> list[Block]:
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
    return sanitized(f"Scanned {when}{f' in {place}' if place else ''}; took {took}; scan {name(report.scan_id)}.")


def _legend(report: Report) -> list[Block]:
    sentences = [_LEGEND]
    if any(diagnosis.runway is not None for diagnosis in report.diagnoses):
        sentences.append(
            "left: time to memory exhaustion at the rate of earlier scans; a dash where no memory is lost steadily."
        )
    return [block for one in sentences for block in layout.paragraph(Span(one, Style.QUIET))]
