"""What of a report goes into its message: the digest of what changed, or of everything if no history is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from fleetscan.diagnosis.condition import Condition, condition, is_quiet, lead, load_per_cpu
from fleetscan.model import UNPUBLISHED, CaptureStatus, Diagnosis, Report, Severity
from fleetscan.model.conclusion import RootCause
from fleetscan.model.episode import UNREAD, Chronicle
from fleetscan.model.readings import Readings
from fleetscan.model.whereabouts import NOWHERE, Whereabouts
from fleetscan.quantities import ratio
from fleetscan.render.message.digest import (
    ChangeLine,
    Compared,
    Digest,
    NodeLine,
    RootCauseLines,
    Task,
    TerminationLine,
)
from fleetscan.render.message.news import news
from fleetscan.render.words import amounts, summary
from fleetscan.render.words.before_after import comparisons, rows
from fleetscan.render.words.change_words import (
    KINDS,
    details,
    is_of_many_clusters,
    muted,
    open_words,
    severity,
    title,
    unchanged,
)
from fleetscan.render.words.escape import name, sanitized
from fleetscan.render.words.headline import sentences
from fleetscan.render.words.likely_causes import sentence as suspicion
from fleetscan.render.words.node_words import condition_words, display_name, suspect_words
from fleetscan.render.words.remedy import Advice, Part, ends_with, parts, plan
from fleetscan.render.words.root_cause_words import (
    affected,
    confidence_words,
    heading,
    in_headline,
    reasons,
    unattributed,
)
from fleetscan.render.words.root_cause_words import title as root_cause_title
from fleetscan.render.words.runway_words import next_to_run_out
from fleetscan.render.words.timeline_words import TimelineStep, steps, timelines
from fleetscan.render.words.timeline_words import title as timeline_title
from fleetscan.render.words.wording import STATUSES

_ROOT_CAUSES = 3
_TERMINATIONS = 2
_REMEDIES = 6
_SHORT = 6
_SUSPECTS = 3
_NODES = 8
_ADVICE_NODES = 4
_COMPARED = 3
_UNREAD = 2
_EMPTY = 5
_SENTENCE_CHARACTERS = 400
_COMMAND_CHARACTERS = 800


def digest(report: Report, whereabouts: Whereabouts = NOWHERE) -> Digest:
    """Return what a message says of a report: what changed since the last scan, if a history is kept."""
    changed = news(report)
    chronicle = report.chronicle
    todo = plan(changed)
    affected_nodes = [one for one in changed.diagnoses if one.findings and one.severity is not Severity.INFO]
    seen = [one for one in affected_nodes if condition(one) is not Condition.UNKNOWN]
    return Digest(
        label=summary.label(report),
        subject=summary.words(report),
        headline=_headline(report),
        is_over=summary.is_over(chronicle),
        terminations=() if summary.is_over(chronicle) else _terminations(report),
        root_causes=tuple(
            _root_cause(one, changed, is_in_headline=one in in_headline(report))
            for one in changed.culprits[:_ROOT_CAUSES]
        ),
        likely_causes=() if changed.culprits else _likely_causes(seen),
        tasks=tuple(_task(one, changed) for one in todo.full[:_REMEDIES]),
        short=tuple(_short(one, changed) for one in todo.short[:_SHORT]),
        nodes=tuple(_node(one, report) for one in seen[:_NODES]),
        nodes_total=len(seen),
        changes=_changes(chronicle),
        compared=_compared(chronicle),
        expired_mutes=tuple(muted(one) for one in chronicle.expired_mutes) if chronicle else (),
        fleet=_fleet(changed),
        unchanged=_unchanged(chronicle),
        coverage=_coverage(report),
        gaps=_gaps(report),
        scan_id=name(report.scan_id),
        scan=f"scan {name(report.scan_id)}, {report.started_at.strftime('%Y-%m-%d %H:%M %Z').strip()}",
        whereabouts=whereabouts,
    )


def _headline(report: Report) -> tuple[str, ...]:
    """Return the headline; after its first sentence why everything is new again, if the history could not be read."""
    first, *others = sentences(report)
    # Whoever gets the same message in every scan must read why before anything is left out for length.
    why = [sanitized(note, _SENTENCE_CHARACTERS) for note in report.notes if note.startswith(UNREAD)]
    return tuple(words for words in (first, *why, *others, suspicion(report), next_to_run_out(report)) if words)


def _terminations(report: Report) -> tuple[TerminationLine, ...]:
    with_cluster = len({one.cluster for one in report.stories}) > 1
    return tuple(
        TerminationLine(
            title=timeline_title(one, report.started_at, with_cluster=with_cluster),
            steps=tuple(_termination_step(step) for step in steps(one.story)),
        )
        for one in timelines(report.stories)[:_TERMINATIONS]
    )


def _termination_step(step: TimelineStep) -> str:
    """Return ``02:08:31 terminated: the kernel killed it``."""
    return " ".join(part for part in (step.time, f"{step.label}:", step.text) if part)


def _root_cause(root_cause: RootCause, changed: Report, *, is_in_headline: bool) -> RootCauseLines:
    every = tuple(reasons(root_cause))
    return RootCauseLines(
        heading=heading(root_cause),
        who=root_cause_title(root_cause),
        image=name(root_cause.image),
        cluster=name(root_cause.cluster),
        confidence=confidence_words(root_cause),
        reasons=every,
        new_reasons=every[1:] if is_in_headline else every,
        affected=affected(root_cause, changed) if len(changed.diagnoses) > 1 else "",
        remedy=_parts(root_cause.remedy),
        ends=tuple(name(rule) for rule in ends_with(changed, root_cause)),
    )


def _likely_causes(seen: Sequence[Diagnosis]) -> tuple[str, ...]:
    """Return the likely causes on the worst nodes, each once by its image or name, with the reason."""
    found: dict[str, str] = {}
    for diagnosis in seen:
        for finding in diagnosis.findings:
            for suspect in finding.evidence.suspects:
                found.setdefault(suspect.image or suspect.name, suspect_words(suspect))
    return tuple(found.values())[:_SUSPECTS]


def _task(entry: Advice, changed: Report) -> Task:
    return Task(
        title=sanitized(entry.title).rstrip("."),
        rules=tuple(name(rule) for rule in entry.rules),
        where=_where(entry) if len(changed.diagnoses) > 1 else "",
        remedy=_parts(entry.remedy),
    )


def _short(entry: Advice, changed: Report) -> str:
    where = f" on {_where(entry)}" if len(changed.diagnoses) > 1 else ""
    return f"{sanitized(entry.title).rstrip('.')}{where} [{', '.join(name(rule) for rule in entry.rules)}]"


def _where(entry: Advice) -> str:
    more = len(entry.nodes) - _ADVICE_NODES
    return ", ".join(entry.nodes[:_ADVICE_NODES]) + (f" and {more:,} more" if more > 0 else "")


def _parts(remedy: str) -> tuple[Part, ...]:
    """Return a remedy's prose and commands, sanitized."""
    return tuple(
        Part(
            sanitized(part.text, _COMMAND_CHARACTERS if part.is_command else _SENTENCE_CHARACTERS),
            is_command=part.is_command,
        )
        for part in parts(remedy)
    )


def _node(diagnosis: Diagnosis, report: Report) -> NodeLine:
    """Return a node by what its readings say, with the state that all of its findings make, changed or not."""
    whole = next(one for one in report.diagnoses if one.node.instance_id == diagnosis.node.instance_id)
    finding = lead(diagnosis)
    return NodeLine(
        name=display_name(whole),
        state=condition_words(whole),
        measures=_measures(whole),
        evidence=sanitized(finding.evidence.text, _SENTENCE_CHARACTERS) if finding else "",
        left="" if whole.runway is None else sanitized(whole.runway.text),
    )


def _measures(diagnosis: Diagnosis) -> tuple[str, ...]:
    """Return type, slab, pressure and load; of a critical node where both are low, that it has no symptoms."""
    readings = diagnosis.readings
    share = ratio(readings.slab_unreclaimable_bytes, readings.memory_total_bytes)
    pressure, load = readings.memory_some_avg60_percent, load_per_cpu(readings)
    felt = (
        "" if pressure is None else f"memory pressure (PSI) {pressure:.0f}%",
        "" if load is None else f"load {amounts.decimal(load)} per CPU",
    )
    is_deceptive = diagnosis.severity is Severity.CRITICAL and is_quiet(readings)
    every = (
        name(diagnosis.node.instance_type),
        "" if share is None else f"slab {amounts.size(readings.slab_unreclaimable_bytes)} ({amounts.percent(share)})",
        *(("no symptoms yet",) if is_deceptive else felt),
    )
    return tuple(words for words in every if words)


def _changes(chronicle: Chronicle | None) -> tuple[ChangeLine, ...]:
    if chronicle is None:
        return ()
    with_cluster = is_of_many_clusters(chronicle)
    return tuple(
        ChangeLine(
            word=KINDS[event.kind],
            severity=severity(event),
            title=title(event),
            details=details(event, with_cluster=with_cluster),
        )
        for event in chronicle.reported
    )


def _compared(chronicle: Chronicle | None) -> tuple[Compared, ...]:
    return tuple(
        Compared(
            host=name(one.host),
            rows=tuple(rows(one.before, one.after)),
            rules=tuple(name(rule) for rule in one.rules),
            is_gone=one.after is None,
        )
        for one in comparisons(chronicle.reported if chronicle else ())[:_COMPARED]
    )


def _fleet(changed: Report) -> tuple[str, ...]:
    findings = tuple(
        f"{finding.evidence.severity.value}: {sanitized(finding.evidence.text, _SENTENCE_CHARACTERS)} "
        f"[{name(finding.rule)}]"
        for finding in changed.fleet_findings
    )
    return (*findings, *unattributed(changed))


def _unchanged(chronicle: Chronicle | None) -> tuple[str, ...]:
    if chronicle is None:
        return ()
    with_cluster = is_of_many_clusters(chronicle)
    return tuple(f"{one.severity.value}: {open_words(one, with_cluster=with_cluster)}" for one in unchanged(chronicle))


def _coverage(report: Report) -> str:
    answered = sum(one.coverage.status is CaptureStatus.ANSWERED for one in report.diagnoses)
    return f"{answered:,} of {amounts.count(len(report.diagnoses), 'node')} responded"


def _gaps(report: Report) -> tuple[str, ...]:
    """Return how many nodes were not evaluated for each reason, the clusters without a worker, the skipped checks."""
    statuses = Counter(one.coverage.status for one in report.diagnoses)
    silent = [
        f"{amounts.count(number, 'node')}: {STATUSES[status]}"
        for status, number in statuses.most_common()
        if status is not CaptureStatus.ANSWERED
    ]
    # A capture of another version cannot be read: the only thing to report is what to update.
    answered = (one for one in report.diagnoses if one.coverage.status is CaptureStatus.ANSWERED)
    unread = Counter(one.coverage.problems[0] for one in answered if _is_unread(one))
    silent += [
        f"{amounts.count(number, 'node')}: {sanitized(problem, _SENTENCE_CHARACTERS)}"
        for problem, number in unread.most_common(_UNREAD)
    ]
    missing = Counter(name for one in report.diagnoses for name in one.unevaluated)
    silent += [
        f"{amounts.count(number, 'node')}: {sanitized(evidence, _SENTENCE_CHARACTERS)} not evaluated"
        for evidence, number in missing.most_common(_UNREAD)
    ]
    empty = [f"no EC2 worker found in {name(cluster)}" for cluster in report.empty_clusters[:_EMPTY]]
    notes = [
        sanitized(note, _SENTENCE_CHARACTERS)
        for note in report.notes
        if not note.startswith(UNREAD) and not note.endswith(UNPUBLISHED)
    ]
    return (*silent, *empty, *notes)


def _is_unread(diagnosis: Diagnosis) -> bool:
    """Whether nothing of a node's output could be read."""
    return diagnosis.readings == Readings() and bool(diagnosis.coverage.problems)
