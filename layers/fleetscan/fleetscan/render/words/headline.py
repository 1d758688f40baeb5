"""The headline of a report in one or two sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from fleetscan.diagnosis.catalogue import traits
from fleetscan.diagnosis.condition import Condition, condition, is_failing_now, lead, load_per_cpu
from fleetscan.model import CaptureStatus, Diagnosis, Finding, Report, Severity
from fleetscan.render.words import amounts, root_cause_words
from fleetscan.render.words.escape import sanitized
from fleetscan.render.words.node_words import display_name, subject
from fleetscan.render.words.wording import STATUSES

_SUBJECTS = 2
"""More subjects than this are a list, not a headline."""
_NAMES = 2
_SUBJECT_CHARACTERS = 120


def headline(report: Report) -> str:
    """Return the headline, sanitized: the root cause, how many nodes are critical, failing now, and unknown."""
    return " ".join(sentences(report))


def sentences(report: Report) -> tuple[str, ...]:
    """Return the headline sentence by sentence, the most important one first."""
    if not report.diagnoses:
        nothing = "No worker node was found, so nothing was evaluated."
        return (nothing, fleet) if (fleet := _about_the_fleet(report)) else (nothing,)
    words = [_about_one(report.diagnoses[0])] if len(report.diagnoses) == 1 else _about_many(report.diagnoses)
    root_causes = root_cause_words.sentence(report)
    fleet = _about_the_fleet(report, lost_only=bool(root_causes))
    return tuple(sentence for sentence in (root_causes, *words, fleet) if sentence)


def _about_the_fleet(report: Report, *, lost_only: bool = False) -> str:
    """Return the worst of what is wrong with the fleet as a whole and with no node in particular.

    Beside a root cause only what it does not explain: nodes that are gone.
    """
    bad = [
        one
        for one in report.fleet_findings
        if one.evidence.severity is not Severity.INFO and (traits(one.rule).has_lost_nodes or not lost_only)
    ]
    if not bad:
        return ""
    more = f"; and {amounts.count(len(bad) - 1, 'more finding')}" if len(bad) > 1 else ""
    return f"Fleet-wide: {sanitized(bad[0].evidence.text, _SUBJECT_CHARACTERS)}{more}."


def _about_one(diagnosis: Diagnosis) -> str:
    name = display_name(diagnosis)
    finding = lead(diagnosis)
    match condition(diagnosis), finding:
        case Condition.CRITICAL, Finding() if is_failing_now(diagnosis):
            return f"{name} is critical and failing now: {_subject(finding)}{_symptoms(diagnosis)}."
        case Condition.CRITICAL, Finding():
            return f"{name} is critical: {_subject(finding)}."
        case Condition.WARNING, Finding():
            return f"{name} has a warning: {_subject(finding)}."
        case Condition.HEALTHY, _:
            return f"{name} is healthy: no check found a problem."
        case _ if diagnosis.coverage.status is not CaptureStatus.ANSWERED:
            return f"{name} is unknown: {STATUSES[diagnosis.coverage.status]}."
        case _:
            return f"{name} is unknown: no check found a problem, but too little could be read to call it healthy."


def _about_many(diagnoses: Sequence[Diagnosis]) -> list[str]:
    conditions = Counter(condition(diagnosis) for diagnosis in diagnoses)
    total = len(diagnoses)
    critical = conditions[Condition.CRITICAL]
    said: list[str] = []
    if critical:
        is_are = "is" if critical == 1 else "are"
        said.append(f"{critical:,} of {total:,} nodes {is_are} critical: {_subjects(diagnoses, Condition.CRITICAL)}.")
        said.extend(_failing(diagnoses))
    elif warned := conditions[Condition.WARNING]:
        verb = "has a warning" if warned == 1 else "have warnings"
        said.append(f"No node is critical; {warned:,} of {total:,} {verb}: {_subjects(diagnoses, Condition.WARNING)}.")
    elif healthy := conditions[Condition.HEALTHY]:
        said.append(f"{healthy:,} of {amounts.count(total, 'node')} {'is' if healthy == 1 else 'are'} healthy.")
    else:
        said.append(f"None of {total:,} nodes could be evaluated.")
        return said
    if unknown := conditions[Condition.UNKNOWN]:
        is_are, it = ("is", "it") if unknown == 1 else ("are", "them")
        said.append(f"{unknown:,} of {total:,} {is_are} unknown: no response, or too little data to call {it} healthy.")
    return said


def _subjects(diagnoses: Sequence[Diagnosis], how: Condition) -> str:
    """Return the problems of the nodes of a condition, the most frequent first."""
    leads = (lead(diagnosis) for diagnosis in diagnoses if condition(diagnosis) is how)
    counted = Counter(_subject(finding) for finding in leads if finding is not None)
    named = counted.most_common(_SUBJECTS)
    if len(counted) == 1:
        return named[0][0]
    words = "; ".join(f"{words} ({amounts.count(number, 'node')})" for words, number in named)
    rest = len(counted) - len(named)
    return f"{words}; and {amounts.count(rest, 'other problem')}" if rest else words


def _failing(diagnoses: Sequence[Diagnosis]) -> list[str]:
    failing = [diagnosis for diagnosis in diagnoses if is_failing_now(diagnosis)]
    if not failing:
        return []
    names = ", ".join(display_name(diagnosis) for diagnosis in failing[:_NAMES])
    if len(failing) == 1:
        return [f"{names} is failing now, NotReady is likely{_symptoms(failing[0])}."]
    more = f" and {len(failing) - _NAMES:,} more" if len(failing) > _NAMES else ""
    return [f"{names}{more} are failing now, NotReady is likely."]


def _symptoms(diagnosis: Diagnosis) -> str:
    """Return pressure and load of a node that is failing now; empty where they are unknown."""
    readings = diagnosis.readings
    words = []
    if readings.memory_some_avg60_percent is not None:
        words.append(f"memory pressure (PSI) {readings.memory_some_avg60_percent:.0f}%")
    load = load_per_cpu(readings)
    if load is not None:
        words.append(f"load {amounts.decimal(load)} per CPU")
    return f" ({', '.join(words)})" if words else ""


def _subject(finding: Finding) -> str:
    words = sanitized(subject(finding), _SUBJECT_CHARACTERS)
    # A title begins with a capital; in the middle of a sentence it must not, unless it is an abbreviation.
    return words[:1].lower() + words[1:] if words[1:2].islower() else words
