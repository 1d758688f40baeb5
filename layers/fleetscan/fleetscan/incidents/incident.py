"""The findings of one scan as incidents: one rule with one cause in one cluster is one incident.

A leak on sixteen nodes is one incident. The nodes are listed, and the readings of the worst are shown.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from fleetscan.diagnosis.catalogue import traits
from fleetscan.immutable import immutable
from fleetscan.model import CaptureStatus, Coverage, Diagnosis, Node, Report
from fleetscan.model.conclusion import FleetFinding
from fleetscan.model.episode import FLEET, Fingerprint, Incident, Occurrence
from fleetscan.model.finding import Evidence
from fleetscan.model.readings import Readings


@immutable(kw_only=False)
class _Case:
    """A finding on a node, or a node's part in a finding of the fleet."""

    diagnosis: Diagnosis
    title: str
    evidence: Evidence


def incidents(report: Report) -> dict[Fingerprint, Incident]:
    """Return every incident of a scan by its fingerprint, those of the fleet as a whole among them."""
    found: dict[Fingerprint, list[_Case]] = defaultdict(list)
    for diagnosis in report.diagnoses:
        for finding in diagnosis.findings:
            case = _Case(diagnosis, finding.title, finding.evidence)
            found[diagnosis.fingerprint(finding)].append(case)
    of = {diagnosis.node.instance_id: diagnosis for diagnosis in report.diagnoses}
    for whole in report.fleet_findings:
        print_ = Fingerprint(whole.rule, whole.cluster, whole.evidence.cause, whole.subject or FLEET)
        nodes = (of.get(one) or _lost(one, whole) for one in whole.instance_ids)
        found[print_] = [_Case(node, whole.title, whole.evidence) for node in nodes if node is not None]
    return {print_: _incident(print_, cases, report.started_at) for print_, cases in found.items() if cases}


def _lost(instance_id: str, whole: FleetFinding) -> Diagnosis | None:
    """Return a node of a finding about lost nodes, of which no more is known; None for any other finding."""
    if not traits(whole.rule).has_lost_nodes:
        return None
    node = Node(instance_id=instance_id, cluster=whole.cluster, node_group=whole.subject)
    return Diagnosis(node=node, coverage=Coverage(status=CaptureStatus.TERMINATED))


def badness(occurrence: Occurrence) -> tuple[int, float, float, float]:
    """Return what to compare occurrences of one rule by: severity, the measured value, then the node's PSI and slab.

    The last two decide where a rule measures the same everywhere, such as "this image runs here".
    """
    figure = -occurrence.measured if occurrence.is_falling else occurrence.measured
    readings = occurrence.readings
    return (occurrence.severity.rank, figure, readings.memory_some_avg60_percent or 0.0, _slab_ratio(readings))


def _incident(print_: Fingerprint, cases: list[_Case], at: datetime) -> Incident:
    worst = max(cases, key=lambda case: (badness(_occurrence(case, at)), case.diagnosis.node.instance_id))
    return Incident(
        fingerprint=print_,
        title=worst.title,
        nodes=tuple(sorted({case.diagnosis.node.instance_id for case in cases})),
        node_groups=tuple(sorted({case.diagnosis.node.node_group for case in cases})),
        worst=_occurrence(worst, at),
    )


def _occurrence(case: _Case, at: datetime) -> Occurrence:
    node = case.diagnosis.node
    return Occurrence(
        instance_id=node.instance_id,
        host=node.private_dns_name.partition(".")[0] or node.instance_id,
        at=at,
        severity=case.evidence.severity,
        text=case.evidence.text,
        measured=case.evidence.measured,
        limit=case.evidence.limit,
        readings=case.diagnosis.readings,
    )


def _slab_ratio(readings: Readings) -> float:
    if readings.slab_unreclaimable_bytes is None or not readings.memory_total_bytes:
        return 0.0
    return readings.slab_unreclaimable_bytes / readings.memory_total_bytes
