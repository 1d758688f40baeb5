"""Worst first: the one order of nodes. A report is brought into it when it is made or read; every output keeps it."""

from __future__ import annotations

import math
from collections.abc import Iterable

from fleetscan.diagnosis.condition import Condition, condition, is_failing_now
from fleetscan.model import Diagnosis, Severity
from fleetscan.quantities import ratio

type _Urgency = tuple[int, bool, float, float, float, bool, str, str]


def worst_first(diagnoses: Iterable[Diagnosis]) -> tuple[Diagnosis, ...]:
    """Return nodes worst first.

    By severity; then those that are failing now, whether or not anybody can say for how long the others last; then by
    the hours until memory runs out; critical ones then by what they feel and what their kernel holds. Where nothing bad
    was found, information changes nothing, and nodes that are not known come before healthy ones. Nodes that are alike
    in all of it are in the order of cluster and instance id.
    """
    return tuple(sorted(diagnoses, key=_urgency))


def _urgency(diagnosis: Diagnosis) -> _Urgency:
    severity, readings = diagnosis.severity, diagnosis.readings
    pressure = share = 0.0
    if severity is Severity.CRITICAL:
        pressure = readings.memory_some_avg60_percent or 0.0
        share = ratio(readings.slab_unreclaimable_bytes, readings.memory_total_bytes) or 0.0
    return (
        0 if severity is None else -severity.rank,
        not is_failing_now(diagnosis),
        math.inf if diagnosis.runway is None else diagnosis.runway.hours,
        -pressure,
        -share,
        condition(diagnosis) is Condition.HEALTHY,
        diagnosis.node.cluster,
        diagnosis.node.instance_id,
    )
