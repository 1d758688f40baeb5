"""How one node is, in the few words a reader wants first: dying, sick, warned, well, or not known."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable

from fleetscan.model import CaptureStatus, Cause, Diagnosis, Finding, Readings, Severity
from fleetscan.render.words import amounts
from fleetscan.render.words.escape import name
from fleetscan.render.words.wording import CAUSES, STATES

QUIET_PRESSURE_PERCENT = 10.0
"""Below this share of stalled time no pressure alert would ring (the warning of ``memory_pressure_high``)."""

QUIET_LOAD_PER_CPU = 1.0
"""Below one runnable task a CPU nobody looks at a node twice."""

HOST_CHARACTERS = 40
"""A host name's first label may have 63; the ones EC2 gives have 17, an instance id 19."""

_DYING_RULES = frozenset({"memory_pressure_high", "memory_available_low", "swap_thrashing"})
"""Critical findings that say a node fails now, not one day: it stalls, thrashes or has no memory left."""


_COVERAGE_RULES = frozenset({"evidence_incomplete", "node_not_scannable", "node_unreachable"})
"""Findings that speak of our eyes, not of the node: they make it unknown, never sick."""


class Condition(enum.Enum):
    """Worst first."""

    DYING = "dying"
    SICK = "sick"
    WARNED = "warned"
    WELL = "well"
    UNKNOWN = "unknown"
    """It did not answer, or answered without the numbers that would let anybody call it well."""


def condition(diagnosis: Diagnosis) -> Condition:
    """Return how a node is. Unknown is not well, and a node that did not answer is neither sick nor well."""
    if diagnosis.coverage.status is not CaptureStatus.ANSWERED:
        return Condition.UNKNOWN
    about_the_node = (finding.severity for finding in diagnosis.findings if finding.rule not in _COVERAGE_RULES)
    match max(about_the_node, key=lambda severity: severity.rank, default=None):
        case Severity.CRITICAL:
            return Condition.DYING if is_dying(diagnosis) else Condition.SICK
        case Severity.WARNING:
            return Condition.WARNED
        case _:
            is_whole = is_evaluated(diagnosis.readings) and not _is_told_incomplete(diagnosis)
            return Condition.WELL if is_whole else Condition.UNKNOWN


def _is_told_incomplete(diagnosis: Diagnosis) -> bool:
    return any(
        finding.rule in _COVERAGE_RULES and finding.severity is not Severity.INFO for finding in diagnosis.findings
    )


def is_dying(diagnosis: Diagnosis) -> bool:
    """Whether a critical finding says that the node fails now."""
    return any(finding.severity is Severity.CRITICAL and finding.rule in _DYING_RULES for finding in diagnosis.findings)


def is_evaluated(readings: Readings) -> bool:
    """Whether the numbers are there without which nobody may call a node well: slab, memory and load."""
    return None not in (
        readings.slab_unreclaimable_bytes,
        readings.memory_total_bytes,
        readings.memory_available_bytes,
        readings.load1,
    )


def is_quiet(readings: Readings) -> bool:
    """Whether pressure and load are known and low: a dashboard would call this node healthy."""
    load = load_per_cpu(readings)
    pressure = readings.memory_some_avg60_percent
    return pressure is not None and load is not None and pressure < QUIET_PRESSURE_PERCENT and load < QUIET_LOAD_PER_CPU


def load_per_cpu(readings: Readings) -> float | None:
    """Return the 1-minute load divided by the number of CPUs, or None where either is unknown."""
    return amounts.ratio(readings.load1, readings.cpus)


def swap_used_ratio(readings: Readings) -> float | None:
    """Return the used share of swap; None where it is unknown or there is no swap."""
    if readings.swap_total_bytes is None or readings.swap_free_bytes is None:
        return None
    return amounts.ratio(readings.swap_total_bytes - readings.swap_free_bytes, readings.swap_total_bytes)


def by_urgency(diagnoses: Iterable[Diagnosis]) -> tuple[Diagnosis, ...]:
    """Return nodes worst first: by severity, the dying, then by date of death, then by what they feel and hold.

    Where nothing bad was found, nodes that are not known come before those that are well, and information changes
    nothing. Nodes that are alike keep the order in which they came.
    """

    def urgency(diagnosis: Diagnosis) -> tuple[int, bool, float, float, float]:
        severity = diagnosis.severity
        hours = math.inf if diagnosis.runway is None else diagnosis.runway.hours
        if severity is None or severity is Severity.INFO:
            return (0, True, hours, float(condition(diagnosis) is Condition.WELL), 0.0)
        rank = severity.rank
        if severity is not Severity.CRITICAL:
            return (-rank, True, hours, 0.0, 0.0)
        readings = diagnosis.readings
        share = amounts.ratio(readings.slab_unreclaimable_bytes, readings.memory_total_bytes)
        return (-rank, not is_dying(diagnosis), hours, -(readings.memory_some_avg60_percent or 0.0), -(share or 0.0))

    return tuple(sorted(diagnoses, key=urgency))


def state(diagnosis: Diagnosis) -> str:
    """Return one word for a table: the worst severity, ``ok``, ``partial``, or why there was no answer.

    Information makes no node worse than ``ok``.
    """
    if diagnosis.coverage.status is not CaptureStatus.ANSWERED:
        return STATES[diagnosis.coverage.status]
    if diagnosis.severity not in {None, Severity.INFO}:
        return str(diagnosis.severity)
    return "ok" if is_evaluated(diagnosis.readings) else "partial"


def lead(diagnosis: Diagnosis) -> Finding | None:
    """Return the finding that says most: of the worst about the node the first with a known cause, else the first."""
    about = [one for one in diagnosis.findings if one.rule not in _COVERAGE_RULES] or diagnosis.findings
    rank = max((one.severity.rank for one in about), default=0)
    worst = [one for one in about if one.severity.rank == rank]
    named = [one for one in worst if one.evidence.cause is not Cause.UNATTRIBUTED]
    return next(iter(named or worst), None)


def subject(finding: Finding) -> str:
    """Return what a finding is about: the words of its cause, or its title where no cause is known."""
    return CAUSES.get(finding.evidence.cause) or finding.title.rstrip(".")


def display_name(diagnosis: Diagnosis) -> str:
    """Return the name an operator knows a node by: the first label of its private DNS name, or its instance id."""
    node = diagnosis.node
    return name(node.private_dns_name.partition(".")[0] or node.instance_id, HOST_CHARACTERS)
