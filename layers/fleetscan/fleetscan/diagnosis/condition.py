"""How one node is, in one word: critical, warning, healthy, or not known; and whether it is failing now."""

from __future__ import annotations

import enum

from fleetscan.diagnosis.catalogue import REQUIRED, traits
from fleetscan.model import CaptureStatus, Cause, Diagnosis, Finding, Readings, Severity
from fleetscan.quantities import ratio

QUIET_PRESSURE_PERCENT = 10.0
"""Below this share of stalled time no pressure alert would fire (the warning of ``memory_pressure_high``)."""

QUIET_LOAD_PER_CPU = 1.0
"""Below one runnable task per CPU nobody looks at a node twice."""


class Condition(enum.Enum):
    """Worst first."""

    CRITICAL = "critical"
    WARNING = "warning"
    HEALTHY = "healthy"
    UNKNOWN = "unknown"
    """It did not answer, or answered without the numbers that would let anybody call it healthy."""


def condition(diagnosis: Diagnosis) -> Condition:
    """Return how a node is. Unknown is not healthy, and a node that did not answer is neither critical nor healthy."""
    if diagnosis.coverage.status is not CaptureStatus.ANSWERED:
        return Condition.UNKNOWN
    about_the_node = (one.severity for one in diagnosis.findings if not traits(one.rule).is_about_coverage)
    match max(about_the_node, key=lambda severity: severity.rank, default=None):
        case Severity.CRITICAL:
            return Condition.CRITICAL
        case Severity.WARNING:
            return Condition.WARNING
        case _:
            return Condition.HEALTHY if is_evaluated(diagnosis) else Condition.UNKNOWN


def is_failing_now(diagnosis: Diagnosis) -> bool:
    """Whether a critical finding says that the node fails now, not one day."""
    return diagnosis.coverage.status is CaptureStatus.ANSWERED and any(
        one.severity is Severity.CRITICAL and traits(one.rule).is_failing_now for one in diagnosis.findings
    )


def is_evaluated(diagnosis: Diagnosis) -> bool:
    """Whether all that a healthy node must have was read and evaluated, so that silence of the rules means health.

    A report of an earlier version says it by its readings and by a finding alone, a new one also by what was missing.
    """
    return (
        not diagnosis.unevaluated
        and all(one.is_read(diagnosis.readings) for one in REQUIRED)
        and not _is_reported_incomplete(diagnosis)
    )


def is_quiet(readings: Readings) -> bool:
    """Whether pressure and load are known and low: a dashboard would call this node healthy."""
    load = load_per_cpu(readings)
    pressure = readings.memory_some_avg60_percent
    return pressure is not None and load is not None and pressure < QUIET_PRESSURE_PERCENT and load < QUIET_LOAD_PER_CPU


def load_per_cpu(readings: Readings) -> float | None:
    """Return the 1-minute load divided by the number of CPUs, or None where either is unknown."""
    return ratio(readings.load1, readings.cpus)


def swap_used_ratio(readings: Readings) -> float | None:
    """Return the used share of swap; None where it is unknown or there is no swap."""
    if readings.swap_total_bytes is None or readings.swap_free_bytes is None:
        return None
    return ratio(readings.swap_total_bytes - readings.swap_free_bytes, readings.swap_total_bytes)


def lead(diagnosis: Diagnosis) -> Finding | None:
    """Return the finding that says most: of the worst about the node the first with a known cause, else the first."""
    about = [one for one in diagnosis.findings if not traits(one.rule).is_about_coverage] or diagnosis.findings
    rank = max((one.severity.rank for one in about), default=0)
    worst = [one for one in about if one.severity.rank == rank]
    named = [one for one in worst if one.evidence.cause is not Cause.UNATTRIBUTED]
    return next(iter(named or worst), None)


def _is_reported_incomplete(diagnosis: Diagnosis) -> bool:
    return any(traits(one.rule).is_about_coverage and one.severity is not Severity.INFO for one in diagnosis.findings)
