"""Coverage in words: every node accounted for, and every check that was skipped; no response is not healthy."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

from fleetscan.capture.parse import VERSION
from fleetscan.model import CaptureStatus, Diagnosis, Report
from fleetscan.render.words import amounts
from fleetscan.render.words.escape import name, sanitized
from fleetscan.render.words.node_words import display_name
from fleetscan.render.words.wording import PARTIAL_STATUS, STATUSES

_RESPONSES = _RESPONDED, _IN_PART, _NO_RESPONSE = "responded", "responded in part", "did not respond"

_NODES = 20
_REASONS = 12
_PROBLEMS = 12


def coverage_sentences(report: Report) -> tuple[str, ...]:
    """Return the counts, a sentence for each node that did not respond, and what was unreadable on those that did."""
    silent = [one for one in report.diagnoses if one.coverage.status is not CaptureStatus.ANSWERED]
    # A single node that responded is what the report is about anyway.
    sentences = [_counts(report)] if report.diagnoses[1:] or silent else []
    sentences += [_silence(one) for one in silent[:_NODES]]
    if len(silent) > _NODES:
        sentences.append(f"and {amounts.count(len(silent) - _NODES, 'more node')} that did not respond")
    sentences += [
        *_unevaluated(report.diagnoses),
        *_partial(report.diagnoses),
        *_old_versions(report.diagnoses),
        *_problems(report.diagnoses),
        *_clusters(report),
    ]
    if report.empty_clusters:
        clusters = _names([name(cluster) for cluster in report.empty_clusters], shown=_NODES)
        sentences.append(f"no EC2 worker found in {clusters} (Fargate, hidden Auto Mode nodes, or none)")
    return tuple(sentences)


def skipped_sentences(report: Report) -> tuple[str, ...]:
    """Return the report's notes and, gathered by reason, the rules that could not be evaluated or that failed."""
    return (
        *_notes(report),
        *_gathered(report.diagnoses, has_failed=True),
        *_gathered(report.diagnoses, report.notes, has_failed=False),
    )


def skipped_sentences_in_brief(report: Report) -> list[str]:
    """Return the notes and what failed; of the rules that could not be evaluated how many, and where."""
    sentences = [*_notes(report), *_gathered(report.diagnoses, has_failed=True)]
    answered = [one for one in report.diagnoses if one.coverage.status is CaptureStatus.ANSWERED and one.skipped]
    if rules := {rule for one in answered for rule in one.skipped}:
        where = "" if len(report.diagnoses) == 1 else f" on {amounts.count(len(answered), 'node')}"
        sentences.append(
            f"{amounts.count(len(rules), 'rule')}{where} not evaluated, because data is missing; --verbose says which "
            "and why"
        )
    return sentences


def _counts(report: Report) -> str:
    """Return how it went with all nodes in one sentence whose numbers add up to the number of nodes."""
    tally = Counter(diagnosis.coverage.status for diagnosis in report.diagnoses)
    partial = sum(diagnosis.coverage.is_partial for diagnosis in report.diagnoses)
    tally[CaptureStatus.ANSWERED] -= partial
    words = [f"{tally[status]:,} {STATUSES[status]}" for status in CaptureStatus if tally[status]]
    if partial:
        words.insert(1 if tally[CaptureStatus.ANSWERED] else 0, f"{partial:,} {PARTIAL_STATUS}")
    return f"{amounts.count(len(report.diagnoses), 'node')}: {'; '.join(words)}"


def _notes(report: Report) -> list[str]:
    notes = [sanitized(note) for note in report.notes[:_REASONS]]
    rest = len(report.notes) - _REASONS
    return [*notes, f"and {amounts.count(rest, 'more note')}: see --json"] if rest > 0 else notes


def _clusters(report: Report) -> list[str]:
    """Return which clusters responded, where they were queried: without a response no termination is known."""
    tally = Counter(
        _NO_RESPONSE if not one.is_answered else _IN_PART if one.problems else _RESPONDED for one in report.clusters
    )
    words = [f"{amounts.count(tally[how], 'cluster')} {how}" for how in _RESPONSES if tally[how]]
    return [f"Kubernetes: {'; '.join(words)}"] if words else []


def _silence(diagnosis: Diagnosis) -> str:
    shown, instance = display_name(diagnosis), name(diagnosis.node.instance_id)
    who = shown if shown == instance else f"{shown} ({instance})"
    status = STATUSES[diagnosis.coverage.status]
    return f"{who}: {sanitized(diagnosis.coverage.reason) or f'{status}, no reason given'}"


def _unevaluated(diagnoses: Sequence[Diagnosis]) -> list[str]:
    """Return what a healthy node must have and could not be evaluated, and why, gathered by both."""
    where: dict[str, list[str]] = defaultdict(list)
    for diagnosis in diagnoses:
        for evidence, reason in diagnosis.unevaluated.items():
            where[f"{sanitized(evidence)} not evaluated: {sanitized(reason)}"].append(display_name(diagnosis))
    return _at(where, is_one=len(diagnoses) == 1, rest_of="more gap")


def _partial(diagnoses: Sequence[Diagnosis]) -> list[str]:
    """Return of which nodes only a part can be seen, by their kind; that is no problem of theirs."""
    where: dict[str, list[str]] = defaultdict(list)
    for diagnosis in diagnoses:
        if diagnosis.coverage.is_partial:
            hidden = ", ".join(sanitized(one) for one in diagnosis.coverage.hidden)
            where[f"partial coverage, not visible from the agent's container: {hidden}"].append(display_name(diagnosis))
    return _at(where, is_one=len(diagnoses) == 1, rest_of="more gap")


def _old_versions(diagnoses: Sequence[Diagnosis]) -> list[str]:
    """Return how many nodes sent an older capture, as they do until the SSM document is updated."""
    tally = Counter(
        one.coverage.version for one in diagnoses if one.coverage.version is not None and one.coverage.version < VERSION
    )
    return [
        f"{amounts.count(number, 'node')} sent a capture of version {version} and "
        f"{'was' if number == 1 else 'were'} evaluated by what that version collects: update the SSM document"
        for version, number in sorted(tally.items())
    ]


def _problems(diagnoses: Sequence[Diagnosis]) -> list[str]:
    where: dict[str, list[str]] = defaultdict(list)
    for diagnosis in diagnoses:
        for problem in diagnosis.coverage.problems:
            where[sanitized(problem)].append(display_name(diagnosis))
    return _at(where, is_one=len(diagnoses) == 1, rest_of="more problem")


def _at(where: Mapping[str, list[str]], *, is_one: bool, rest_of: str) -> list[str]:
    """Return each sentence with the nodes that it is about, at most so many."""
    sentences = [
        sentence if is_one else f"{_names(names)}: {sentence}" for sentence, names in list(where.items())[:_PROBLEMS]
    ]
    rest = len(where) - _PROBLEMS
    return [*sentences, f"and {amounts.count(rest, rest_of)} with evidence"] if rest > 0 else sentences


def _gathered(diagnoses: Sequence[Diagnosis], notes: Collection[str] = (), *, has_failed: bool) -> list[str]:
    """Return one sentence for the rules that share a reason on as many nodes, the most widespread first.

    A reason that stands among the notes is not repeated.
    """
    times: Counter[tuple[str, str]] = Counter()
    for diagnosis in diagnoses:
        if diagnosis.coverage.status is CaptureStatus.ANSWERED:
            reasons = diagnosis.failed if has_failed else diagnosis.skipped
            times.update((name(rule), sanitized(reason)) for rule, reason in reasons.items() if reason not in notes)
    rules_of: dict[tuple[int, str], list[str]] = defaultdict(list)
    for (rule, reason), number in times.items():
        rules_of[number, reason].append(rule)
    ordered = sorted(rules_of.items(), key=lambda entry: (-entry[0][0], -len(entry[1]), entry[0][1]))
    fault = "the rule failed, a bug in fleetscan: " if has_failed else ""
    sentences = []
    for (number, reason), rules in ordered[:_REASONS]:
        where = "" if len(diagnoses) == 1 else f" on {amounts.count(number, 'node')}"
        sentences.append(f"{', '.join(rules)}{where}: {fault}{reason}")
    rest = sum(len(rules) for _, rules in ordered[_REASONS:])
    if rest:
        sentences.append(f"{amounts.count(rest, 'more rule')} for other reasons: see --verbose or --json")
    return sentences


def _names(names: Sequence[str], shown: int = 3) -> str:
    more = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {more:,} more" if more > 0 else "")
