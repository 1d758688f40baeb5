"""A report as a message: subject, body and attributes, for a topic that mails people and feeds programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fleetscan.model import Report, Severity
from fleetscan.model.episode import UNREAD, ChangeKind, Chronicle
from fleetscan.model.whereabouts import NOWHERE, Whereabouts
from fleetscan.render import amounts, layout, text_node
from fleetscan.render.blocks import Block
from fleetscan.render.change_words import KINDS, is_of_many_clusters, severity
from fleetscan.render.change_words import lead as lead_event
from fleetscan.render.change_words import subject as change_subject
from fleetscan.render.condition import Condition, by_urgency, condition, display_name, lead
from fleetscan.render.escape import ascii_only, name, printable, unmentioned
from fleetscan.render.headline import headline
from fleetscan.render.link_words import links
from fleetscan.render.news import news
from fleetscan.render.runway_words import next_to_die
from fleetscan.render.suspicion import sentence
from fleetscan.render.text import fleet_lines, other_nodes, shown_in_full
from fleetscan.render.text_actions import actions
from fleetscan.render.text_changes import before_and_after, events, mutes_run_out, still_open
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
    """Return the subject, such as ``[critical] fleetscan: 3 of 16 nodes sick in live - kernel socket buffers``.

    Where earlier scans are remembered it says what changed, such as ``[critical] fleetscan: opened: kernel socket
    buffers on 3 nodes in live, and 8 more``.
    """
    report = replace(report, diagnoses=by_urgency(report.diagnoses))
    said = _changed(report.chronicle) if report.chronicle else f"{_count(report)}{_place(report)}{_trouble(report)}"
    words = ascii_only(unmentioned(f"[{_label(report)}] fleetscan: {said}"))
    return words if len(words) <= SUBJECT_CHARACTERS else words[: SUBJECT_CHARACTERS - 3].rstrip() + "..."


def body(report: Report, whereabouts: Whereabouts = NOWHERE) -> str:
    """Return the message's text: most important first, at most 8,000 characters, cut between lines, links last."""
    report = replace(report, diagnoses=by_urgency(report.diagnoses))
    lines = [*layout.paragraph(headline(report)), *layout.paragraph(sentence(report))]
    lines += layout.paragraph(next_to_die(report))
    # A long message is cut at its end; why it is sent at all must not be.
    lines += [line for note in report.notes if note.startswith(UNREAD) for line in layout.paragraph(printable(note))]
    chronicle, report = report.chronicle, news(report)
    lines += _section("What to do (read a command before you run it)", actions(report))
    if chronicle is not None:
        changed = _section("What changed", events(chronicle.told, with_cluster=is_of_many_clusters(chronicle)))
        compared = _section("Before and after", before_and_after(chronicle.told))
        # Where all of it is over the figures are the message; where something began, that comes first.
        lines += [*compared, *changed] if _is_over(chronicle) else [*changed, *compared]
        lines += _section("Mutes that have run out", mutes_run_out(chronicle))
    full = [diagnosis for diagnosis in shown_in_full(report) if diagnosis.findings]
    for diagnosis in full:
        lines += [*layout.heading(text_node.identity(diagnosis, layout.WIDTH)), *text_node.findings(diagnosis)]
    others = [one for one in other_nodes(report, full) if condition(one) is not Condition.UNKNOWN]
    lines += _section("Other nodes with findings", groups(others))
    lines += _section("Over the fleet", fleet_lines(report))
    for diagnosis in full[:1]:
        lines += _section(f"How it was found on {display_name(diagnosis)}", text_node.investigation(diagnosis))
    if chronicle is not None:
        lines += _section("Open and unchanged", still_open(chronicle))
    lines += _section("Looked at", coverage(report))
    lines += _section("Not asked", [f"  - {printable(note)}" for note in report.notes if not note.startswith(UNREAD)])
    lines += ["", f"scan {name(report.scan_id)}, {report.started_at.isoformat()}"]
    return _bounded([unmentioned(line) for line in layout.squeezed(lines)], links(whereabouts))


def attributes(report: Report) -> Mapping[str, tuple[str, ...] | str]:
    """Return what a subscription can filter by; an attribute without a value is left out, as SNS demands."""
    told = report.chronicle.told if report.chronicle else ()
    clusters = {event.episode.fingerprint.cluster for event in told} or {one.node.cluster for one in report.diagnoses}
    rules = (
        {event.episode.fingerprint.rule for event in told}
        if report.chronicle
        else {finding.rule for diagnosis in report.diagnoses for finding in diagnosis.findings}
    )
    every = {"clusters": clusters, "rules": rules, "changes": {event.kind.value for event in told}}
    several = {key: tuple(sorted(name(value) for value in values if value)[:_VALUES]) for key, values in every.items()}
    return {
        "schema": SCHEMA,
        "scan_id": name(report.scan_id) or "-",
        "severity": _severity(report),
        **{key: values for key, values in several.items() if values},
    }


def _label(report: Report) -> str:
    """Return what a subject begins with: how bad it is, or that it is over."""
    is_over = report.chronicle is not None and _is_over(report.chronicle)
    return KINDS[ChangeKind.RESOLVED] if is_over else _severity(report)


def _is_over(chronicle: Chronicle) -> bool:
    """Whether everything that is told is that something is over."""
    return bool(chronicle.told) and all(event.kind is ChangeKind.RESOLVED for event in chronicle.told)


def _changed(chronicle: Chronicle) -> str:
    """Return the change that says most, and how many more there are."""
    told = chronicle.told
    first = lead_event(told)
    if first is None:
        return (
            f"{amounts.count(len(chronicle.expired_mutes), 'mute')} run out" if chronicle.expired_mutes else "no news"
        )
    cluster = name(first.episode.fingerprint.cluster, _CLUSTER_CHARACTERS)
    where = f" in {cluster}" if cluster else ""
    nodes = amounts.count(len(first.episode.nodes), "node")
    is_over = first.kind is ChangeKind.RESOLVED
    words = f"{'gone from' if is_over else 'on'} {nodes}{where}"
    more = f", and {len(told) - 1:,} more" if len(told) > 1 else ""
    return f"{'' if is_over else KINDS[first.kind] + ': '}{change_subject(first.episode)} {words}{more}"


def _severity(report: Report) -> str:
    if report.chronicle is not None:
        # Who filters for critical hears that it is over too; a mute that has run out is never mere information.
        changed = [severity(event) for event in report.chronicle.told]
        changed += [Severity.WARNING] if report.chronicle.expired_mutes else []
        return max(changed, key=lambda one: one.rank).value if changed else "none"
    severities = [diagnosis.severity for diagnosis in report.diagnoses if diagnosis.severity]
    severities += [finding.evidence.severity for finding in report.fleet_findings]
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


def _section(title: str, lines: Sequence[Block]) -> list[Block]:
    return [*layout.heading(title), *lines] if lines else []


def _bounded(lines: list[str], last: list[str]) -> str:
    """Return the lines as text of at most ``BODY_CHARACTERS``, without those that no longer fit before the last."""
    kept: list[str] = []
    room = BODY_CHARACTERS - len(_CUT) - 1 - sum(len(line) + 1 for line in last)
    for line in lines:
        if len(line) + 1 > room:
            return "\n".join([*kept, _CUT, *last]) + "\n"
        kept.append(line)
        room -= len(line) + 1
    return "\n".join([*kept, *last]) + "\n"
