"""What a message tells of a report, chosen once for all messages: mail, Slack and chat notification.

A message is no report. It says what changed, who is behind it, what to review and run, and who dies next; how it was
found and all that is well stands in the report, to which it links. Every string is printable and bounded; nothing is
escaped for a medium yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from fleetscan.diagnosis.condition import Condition, by_urgency, condition, display_name, is_quiet, lead, load_per_cpu
from fleetscan.immutable import immutable
from fleetscan.model import UNPUBLISHED, CaptureStatus, Diagnosis, Report, Severity
from fleetscan.model.conclusion import RootCause
from fleetscan.model.episode import UNREAD, Chronicle
from fleetscan.model.readings import Readings
from fleetscan.model.whereabouts import NOWHERE, Whereabouts
from fleetscan.render.message.news import news
from fleetscan.render.text.node import suspect_words
from fleetscan.render.words import amounts, summary
from fleetscan.render.words.before_after import comparisons, rows
from fleetscan.render.words.change_words import (
    KINDS,
    details,
    is_of_many_clusters,
    muted,
    severity,
    standing,
    title,
    unchanged,
)
from fleetscan.render.words.escape import name, printable
from fleetscan.render.words.headline import sentences
from fleetscan.render.words.remedy import Advice, Part, ends_with, parts, plan
from fleetscan.render.words.root_cause_words import affected, reasons, strength, unattributed
from fleetscan.render.words.root_cause_words import title as culprit_title
from fleetscan.render.words.runway_words import next_to_die
from fleetscan.render.words.suspicion import sentence as suspicion
from fleetscan.render.words.timeline_words import Told, steps, tales
from fleetscan.render.words.timeline_words import title as title_of_tale
from fleetscan.render.words.wording import STATUSES

_CULPRITS = 3
_DEATHS = 2
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


@immutable
class Accused:
    """A culprit: who, where, why, and what to run."""

    who: str
    image: str
    cluster: str
    strength: str
    reasons: tuple[str, ...]
    affected: str
    """Names of the affected nodes; empty where there is only one node."""
    remedy: tuple[Part, ...]
    ends: tuple[str, ...]
    """Rules whose findings end with it."""


@immutable
class Task:
    """A remedy that does not end with a culprit."""

    title: str
    rules: tuple[str, ...]
    where: str
    remedy: tuple[Part, ...]


@immutable
class NodeLine:
    """One node that has something of what is told, and how long it has left."""

    name: str
    state: str
    """``dying now``, ``sick``, ``warning``."""
    measures: tuple[str, ...]
    evidence: str
    """What the finding that says most says."""
    left: str
    """When its memory runs out, in words; empty where it is not lost steadily."""

    @property
    def words(self) -> str:
        """All but its name and evidence, the most urgent first."""
        left = f"out of memory {self.left}" if self.left else ""
        return ", ".join(part for part in (self.state, left, *self.measures) if part)


@immutable
class ChangeLine:
    """One change of one incident."""

    word: str
    """Of its kind, as ``change_words.KINDS`` has it."""
    severity: Severity
    title: str
    details: str

    @property
    def words(self) -> str:
        """``opened, critical: The kernel holds memory [slab_unreclaimable_high]: on 3 nodes``."""
        return f"{self.word}, {self.severity.value}: {self.title}: {self.details}"


@immutable
class Compared:
    """A node before and after."""

    host: str
    rows: tuple[tuple[str, str, str], ...]
    rules: tuple[str, ...]
    is_gone: bool


@immutable
class DeathLine:
    """Why a pod died."""

    title: str
    """``live/main-service-x2x9q and 2 more pods, 4 h ago``."""
    steps: tuple[str, ...]
    """From the death back to what lies behind it: ``02:08:31 because its node went NotReady ...``."""


@immutable
class Digest:
    """All that a message may tell, most important first."""

    label: str
    """``critical``, ``warning``, ``info``, ``none``, or ``resolved`` where all of it is over."""
    subject: str
    """What happened in few words: "3 of 16 nodes sick in live - kernel socket buffers"."""
    verdict: tuple[str, ...]
    """Sentences, the most important one first."""
    is_over: bool
    deaths: tuple[DeathLine, ...]
    """The latest first; none where all of it is over."""
    accused: tuple[Accused, ...]
    suspects: tuple[str, ...]
    """Who is suspected and why, where nobody is accused."""
    tasks: tuple[Task, ...]
    short: tuple[str, ...]
    """Remedies told in a line each."""
    nodes: tuple[NodeLine, ...]
    nodes_total: int
    changes: tuple[ChangeLine, ...]
    compared: tuple[Compared, ...]
    expired_mutes: tuple[str, ...]
    fleet: tuple[str, ...]
    """What concerns the fleet and no node in particular, and the troubles without a culprit."""
    unchanged: tuple[str, ...]
    """Open incidents that did not change."""
    looked_at: str
    """``14 of 16 nodes answered``."""
    gaps: tuple[str, ...]
    """Who did not answer, and what was not asked."""
    scan: str
    """The scan's id and time."""
    whereabouts: Whereabouts


def digest(report: Report, whereabouts: Whereabouts = NOWHERE) -> Digest:
    """Return what a message tells of a report: where earlier scans are remembered, what changed since them."""
    report = replace(report, diagnoses=by_urgency(report.diagnoses))
    told = news(report)
    chronicle = report.chronicle
    todo = plan(told)
    affected_nodes = [one for one in told.diagnoses if one.findings and one.severity is not Severity.INFO]
    seen = [one for one in affected_nodes if condition(one) is not Condition.UNKNOWN]
    return Digest(
        label=summary.label(report),
        subject=summary.words(report),
        verdict=_verdict(report),
        is_over=summary.is_over(chronicle),
        deaths=() if summary.is_over(chronicle) else _deaths(report),
        accused=tuple(_accused(one, told) for one in told.culprits[:_CULPRITS]),
        suspects=() if told.culprits else _suspects(seen),
        tasks=tuple(_task(one, told) for one in todo.full[:_REMEDIES]),
        short=tuple(_short(one, told) for one in todo.short[:_SHORT]),
        nodes=tuple(_node(one, report) for one in seen[:_NODES]),
        nodes_total=len(seen),
        changes=_changes(chronicle),
        compared=_compared(chronicle),
        expired_mutes=tuple(muted(one) for one in chronicle.expired_mutes) if chronicle else (),
        fleet=_fleet(told),
        unchanged=_unchanged(chronicle),
        looked_at=_looked_at(report),
        gaps=_gaps(report),
        scan=f"scan {name(report.scan_id)}, {report.started_at.strftime('%Y-%m-%d %H:%M %Z').strip()}",
        whereabouts=whereabouts,
    )


def _verdict(report: Report) -> tuple[str, ...]:
    """Return the verdict; right behind its first sentence why everything is news again, where that is so."""
    first, *others = sentences(report)
    # Who gets the same message in every scan must read why before anything is left out for length.
    why = [printable(note, _SENTENCE_CHARACTERS) for note in report.notes if note.startswith(UNREAD)]
    return tuple(words for words in (first, *why, *others, suspicion(report), next_to_die(report)) if words)


def _deaths(report: Report) -> tuple[DeathLine, ...]:
    with_cluster = len({one.cluster for one in report.stories}) > 1
    return tuple(
        DeathLine(
            title=title_of_tale(one, report.started_at, with_cluster=with_cluster),
            steps=tuple(_death_step(step) for step in steps(one.story)),
        )
        for one in tales(report.stories)[:_DEATHS]
    )


def _death_step(step: Told) -> str:
    """Return ``02:08:31 died: the kernel killed it`` or ``02:03:31 because its node was not ready``."""
    label = step.label if step.label == "because" else f"{step.label}:"
    return " ".join(part for part in (step.time, label, step.text) if part)


def _accused(culprit: RootCause, told: Report) -> Accused:
    return Accused(
        who=culprit_title(culprit),
        image=name(culprit.image),
        cluster=name(culprit.cluster),
        strength=strength(culprit),
        reasons=tuple(reasons(culprit)),
        affected=affected(culprit, told) if len(told.diagnoses) > 1 else "",
        remedy=_parts(culprit.remedy),
        ends=tuple(name(rule) for rule in ends_with(told, culprit)),
    )


def _suspects(seen: Sequence[Diagnosis]) -> tuple[str, ...]:
    """Return who is suspected on the worst nodes, each once by its image or name, with the reason."""
    found: dict[str, str] = {}
    for diagnosis in seen:
        for finding in diagnosis.findings:
            for suspect in finding.evidence.suspects:
                found.setdefault(suspect.image or suspect.name, suspect_words(suspect))
    return tuple(found.values())[:_SUSPECTS]


def _task(entry: Advice, told: Report) -> Task:
    return Task(
        title=printable(entry.title).rstrip("."),
        rules=tuple(name(rule) for rule in entry.rules),
        where=_where(entry) if len(told.diagnoses) > 1 else "",
        remedy=_parts(entry.remedy),
    )


def _short(entry: Advice, told: Report) -> str:
    where = f" on {_where(entry)}" if len(told.diagnoses) > 1 else ""
    return f"{printable(entry.title).rstrip('.')}{where} [{', '.join(name(rule) for rule in entry.rules)}]"


def _where(entry: Advice) -> str:
    more = len(entry.nodes) - _ADVICE_NODES
    return ", ".join(entry.nodes[:_ADVICE_NODES]) + (f" and {more:,} more" if more > 0 else "")


def _parts(remedy: str) -> tuple[Part, ...]:
    """Return a remedy's prose and commands, printable."""
    return tuple(
        Part(
            printable(part.text, _COMMAND_CHARACTERS if part.is_command else _SENTENCE_CHARACTERS),
            is_command=part.is_command,
        )
        for part in parts(remedy)
    )


_STATES = {Condition.DYING: "dying now", Condition.SICK: "sick", Condition.WARNED: "warning", Condition.WELL: "well"}


def _node(diagnosis: Diagnosis, report: Report) -> NodeLine:
    """Return a node by what its readings say, with the state that all of its findings make, told or not."""
    whole = next(one for one in report.diagnoses if one.node.instance_id == diagnosis.node.instance_id)
    finding = lead(diagnosis)
    return NodeLine(
        name=display_name(whole),
        state=_STATES.get(condition(whole), ""),
        measures=_measures(whole),
        evidence=printable(finding.evidence.text, _SENTENCE_CHARACTERS) if finding else "",
        left="" if whole.runway is None else printable(whole.runway.text),
    )


def _measures(diagnosis: Diagnosis) -> tuple[str, ...]:
    """Return type, slab, and what the node feels; of a sick node that feels nothing, that it still looks healthy."""
    readings = diagnosis.readings
    share = amounts.ratio(readings.slab_unreclaimable_bytes, readings.memory_total_bytes)
    pressure, load = readings.memory_some_avg60_percent, load_per_cpu(readings)
    felt = (
        "" if pressure is None else f"tasks wait for memory {pressure:.0f} % of the time",
        "" if load is None else f"load {amounts.decimal(load)} a CPU",
    )
    is_deceptive = diagnosis.severity is Severity.CRITICAL and is_quiet(readings)
    every = (
        name(diagnosis.node.instance_type),
        "" if share is None else f"slab {amounts.size(readings.slab_unreclaimable_bytes)} ({amounts.percent(share)})",
        *(("still looks healthy",) if is_deceptive else felt),
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
        for event in chronicle.told
    )


def _compared(chronicle: Chronicle | None) -> tuple[Compared, ...]:
    return tuple(
        Compared(
            host=name(one.host),
            rows=tuple(rows(one.before, one.after)),
            rules=tuple(name(rule) for rule in one.rules),
            is_gone=one.after is None,
        )
        for one in comparisons(chronicle.told if chronicle else ())[:_COMPARED]
    )


def _fleet(told: Report) -> tuple[str, ...]:
    findings = tuple(
        f"{finding.evidence.severity.value}: {printable(finding.evidence.text, _SENTENCE_CHARACTERS)} "
        f"[{name(finding.rule)}]"
        for finding in told.fleet_findings
    )
    return (*findings, *unattributed(told))


def _unchanged(chronicle: Chronicle | None) -> tuple[str, ...]:
    if chronicle is None:
        return ()
    with_cluster = is_of_many_clusters(chronicle)
    return tuple(f"{one.severity.value}: {standing(one, with_cluster=with_cluster)}" for one in unchanged(chronicle))


def _looked_at(report: Report) -> str:
    answered = sum(one.coverage.status is CaptureStatus.ANSWERED for one in report.diagnoses)
    return f"{answered:,} of {amounts.count(len(report.diagnoses), 'node')} answered"


def _gaps(report: Report) -> tuple[str, ...]:
    """Return how many nodes were not looked at for each reason, the clusters without a worker, what was not asked."""
    statuses = Counter(one.coverage.status for one in report.diagnoses)
    silent = [
        f"{amounts.count(number, 'node')}: {STATUSES[status]}"
        for status, number in statuses.most_common()
        if status is not CaptureStatus.ANSWERED
    ]
    # A capture of another version answers and says nothing: what to update is all that there is to tell.
    answered = (one for one in report.diagnoses if one.coverage.status is CaptureStatus.ANSWERED)
    unread = Counter(one.coverage.problems[0] for one in answered if _is_unread(one))
    silent += [
        f"{amounts.count(number, 'node')}: {printable(problem, _SENTENCE_CHARACTERS)}"
        for problem, number in unread.most_common(_UNREAD)
    ]
    empty = [f"no worker was seen in {name(cluster)}" for cluster in report.empty_clusters[:_EMPTY]]
    notes = [
        printable(note, _SENTENCE_CHARACTERS)
        for note in report.notes
        if not note.startswith(UNREAD) and not note.endswith(UNPUBLISHED)
    ]
    return (*silent, *empty, *notes)


def _is_unread(diagnosis: Diagnosis) -> bool:
    """Whether nothing of a node's answer could be understood."""
    return diagnosis.readings == Readings() and bool(diagnosis.coverage.problems)
