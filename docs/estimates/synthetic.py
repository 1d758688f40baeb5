"""A synthetic report: a scan of so many nodes, of which so many are critical, to count metric series."""

from __future__ import annotations

from datetime import UTC, datetime

from fleetscan.diagnosis.rules import (
    load_high,
    memory_pressure_high,
    slab_unreclaimable_high,
    socket_buffers_held,
)
from fleetscan.model import (
    CaptureStatus,
    Coverage,
    Diagnosis,
    Evidence,
    Finding,
    Node,
    Readings,
    Report,
    Severity,
)
from fleetscan.model.episode import Chronicle

NODES_OF_A_CLUSTER = 1_000
GROUPS_OF_A_CLUSTER = 3
RULES_OF_A_CRITICAL_NODE = tuple(
    module.RULE.id for module in (slab_unreclaimable_high, socket_buffers_held, memory_pressure_high, load_high)
)
STARTED_AT = datetime(2026, 1, 15, 6, 5, tzinfo=UTC)


def report(nodes: int, *, critical_nodes: int, nodes_of_a_cluster: int = NODES_OF_A_CLUSTER) -> Report:
    """Return the report; the critical nodes come first, as in every report, and are spread over all clusters."""
    clusters = max(1, -(-nodes // nodes_of_a_cluster))
    return Report(
        scan_id="synthetic",
        started_at=STARTED_AT,
        duration_seconds=60.0,
        diagnoses=tuple(_diagnosis(number, clusters, is_critical=number < critical_nodes) for number in range(nodes)),
        chronicle=Chronicle(),
    )


def _diagnosis(number: int, clusters: int, *, is_critical: bool) -> Diagnosis:
    return Diagnosis(
        node=Node(
            instance_id=f"i-{number:017x}",
            cluster=f"cluster-{number % clusters}",
            node_group=f"group-{number // clusters % GROUPS_OF_A_CLUSTER}",
        ),
        coverage=Coverage(status=CaptureStatus.ANSWERED),
        findings=tuple(_finding(rule) for rule in RULES_OF_A_CRITICAL_NODE) if is_critical else (),
        readings=Readings(
            memory_total_bytes=8 << 30,
            memory_available_bytes=(4 << 30) - number * 4096,
            slab_unreclaimable_bytes=(2 << 30 if is_critical else 100 << 20) + number * 4096,
            memory_some_avg60_percent=98.0 if is_critical else 0.0,
            load1=number % 400 / 100,
            cpus=2,
        ),
    )


def _finding(rule: str) -> Finding:
    evidence = Evidence(severity=Severity.CRITICAL, text="synthetic", measured=1.0, limit=1.0)
    return Finding(rule=rule, title="synthetic", remedy="synthetic", evidence=evidence)
