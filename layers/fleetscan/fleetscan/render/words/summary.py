"""The label and the one-line summary of a message, as shown in its subject."""

from __future__ import annotations

from fleetscan.diagnosis.condition import Condition, condition, lead
from fleetscan.model import Report, Severity
from fleetscan.model.episode import ChangeKind, Chronicle
from fleetscan.render.words import amounts
from fleetscan.render.words.change_words import KINDS
from fleetscan.render.words.change_words import lead as lead_event
from fleetscan.render.words.change_words import severity as event_severity
from fleetscan.render.words.change_words import subject as change_subject
from fleetscan.render.words.escape import name
from fleetscan.render.words.wording import SHORT_CAUSES

NO_SEVERITY = "none"
_CLUSTER_CHARACTERS = 30


def label(report: Report) -> str:
    """Return how bad it is (``critical``, ``warning``, ``info``, ``none``), or ``resolved``."""
    return KINDS[ChangeKind.RESOLVED] if is_over(report.chronicle) else severity(report)


def words(report: Report) -> str:
    """Return what happened: ``3 of 16 nodes critical in live - kernel socket buffers``, or what changed."""
    return _changed(report.chronicle) if report.chronicle else f"{_count(report)}{_place(report)}{_problem(report)}"


def is_over(chronicle: Chronicle | None) -> bool:
    """Whether all reported changes are resolutions."""
    return (
        chronicle is not None
        and bool(chronicle.reported)
        and all(event.kind is ChangeKind.RESOLVED for event in chronicle.reported)
    )


def severity(report: Report) -> str:
    """Return the worst severity of what is reported, or ``none``."""
    if report.chronicle is not None:
        # A subscription that filters for critical gets the resolution too; an expired mute is at least a warning.
        changed = [event_severity(event) for event in report.chronicle.reported]
        changed += [Severity.WARNING] if report.chronicle.expired_mutes else []
        return max(changed, key=lambda one: one.rank).value if changed else NO_SEVERITY
    severities = [diagnosis.severity for diagnosis in report.diagnoses if diagnosis.severity]
    severities += [finding.evidence.severity for finding in report.fleet_findings]
    return max(severities, key=lambda severity: severity.rank).value if severities else NO_SEVERITY


def _changed(chronicle: Chronicle) -> str:
    """Return the most important change, and how many more there are."""
    reported = chronicle.reported
    first = lead_event(reported)
    if first is None:
        return (
            f"{amounts.count(len(chronicle.expired_mutes), 'mute')} expired"
            if chronicle.expired_mutes
            else "no changes"
        )
    cluster = name(first.episode.fingerprint.cluster, _CLUSTER_CHARACTERS)
    where = f" in {cluster}" if cluster else ""
    nodes = amounts.count(len(first.episode.nodes), "node")
    is_over = first.kind is ChangeKind.RESOLVED
    words = f"{'gone from' if is_over else 'on'} {nodes}{where}"
    more = f", and {len(reported) - 1:,} more" if len(reported) > 1 else ""
    return f"{'' if is_over else KINDS[first.kind] + ': '}{change_subject(first.episode)} {words}{more}"


def _count(report: Report) -> str:
    """Return how many nodes are in the worst condition that any is in."""
    conditions = [condition(diagnosis) for diagnosis in report.diagnoses]
    total = amounts.count(len(conditions), "node")
    if critical := conditions.count(Condition.CRITICAL):
        return f"{critical:,} of {total} critical"
    if warned := conditions.count(Condition.WARNING):
        return f"{warned:,} of {total} with warnings"
    if unknown := conditions.count(Condition.UNKNOWN):
        return f"{unknown:,} of {total} unknown"
    return f"{total} healthy" if conditions else "no node found"


def _place(report: Report) -> str:
    clusters = sorted({name(diagnosis.node.cluster) for diagnosis in report.diagnoses if diagnosis.node.cluster})
    if len(clusters) == 1:
        return f" in {name(clusters[0], _CLUSTER_CHARACTERS)}"
    return f" in {amounts.count(len(clusters), 'cluster')}" if clusters else ""


def _problem(report: Report) -> str:
    """Return the problem of the worst node: its cause in few words, or the rule where no cause is known."""
    for diagnosis in report.diagnoses:
        finding = lead(diagnosis)
        if finding is not None and condition(diagnosis) is not Condition.UNKNOWN and finding.severity != Severity.INFO:
            return f" - {SHORT_CAUSES.get(finding.evidence.cause) or finding.rule.replace('_', ' ')}"
    return ""
