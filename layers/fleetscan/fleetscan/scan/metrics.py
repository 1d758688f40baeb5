"""Turns a report into CloudWatch metrics.

There are three kinds, chosen by cost (custom metrics are billed by the series: 0.30 USD a month each):

- totals of the fleet, without dimensions: used by the alarms of the stack;
- distributions over the nodes of a cluster and of a node group: one series whatever the number of nodes;
- series of single nodes: only nodes with a warning or worse, and only the worst of them.

A reading that is None is not in any of them: absent is not zero.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from fleetscan.diagnosis.catalogue import traits
from fleetscan.diagnosis.condition import Condition, condition
from fleetscan.model import CaptureStatus, Diagnosis, Metric, Readings, Report, Severity

type Dimensions = tuple[tuple[str, str], ...]
type Reader = Callable[[Readings], float | None]

FLEET_METRICS: Mapping[str, str] = {
    "ScanCompleted": "Count",
    "ScanDuration": "Seconds",
    "NodesTotal": "Count",
    "NodesAnswered": "Count",
    "NodesCritical": "Count",
    "NodesSick": "Count",
    "NodesWarned": "Count",
    "NodesUnknown": "Count",
    "CoveragePercent": "Percent",
    "CriticalFindings": "Count",
    "WarningFindings": "Count",
    "IncidentsOpen": "Count",
    "SlabUnreclaimableHighestPercent": "Percent",
    "MemoryPressureHighestPercent": "Percent",
    "ShortestRunwayHours": "None",
    "MetricSeries": "Count",
}
"""The totals of the fleet and their units; they have no dimensions, so alarms can refer to them before the first scan.

Healthy nodes have no series of their own: they are the total less the others. ``MetricSeries`` counts the series of
the scan, itself included: what custom metrics cost.
"""

RENAMED: Mapping[str, str] = {"NodesSick": "NodesCritical"}
"""Old name -> new name, both published for one release, so that users can migrate their alarms and dashboards."""

_UNCOUNTED = {CaptureStatus.TERMINATED}
"""A node that went away during the scan was scaled in: that is not a gap in the coverage."""


def metrics(report: Report, *, node_series_limit: int) -> tuple[Metric, ...]:
    """Return all numbers of one report; at most ``node_series_limit`` nodes get series of their own."""
    detailed = (
        *_distributions(report.diagnoses),
        *_findings(report),
        *_single_nodes(report.diagnoses, node_series_limit),
    )
    return (*_totals(report, len(detailed)), *detailed)


def with_series_count(metrics: Sequence[Metric]) -> tuple[Metric, ...]:
    """Return the metrics with ``MetricSeries`` corrected after the budget has left some of them out."""
    return tuple(
        replace(metric, values=(float(len(metrics)),)) if metric.name == "MetricSeries" else metric
        for metric in metrics
    )


def coverage_percent(diagnoses: Iterable[Diagnosis]) -> float | None:
    """Return the percentage of supported nodes that were evaluated; None if there are none.

    A node that responded without the evidence that a healthy node must have, and with no finding either, is unknown: it
    is as much a gap as a node that did not respond. Partial coverage of a node that cannot show more is none.

    Auto Mode and Windows nodes, and Bottlerocket where it is switched off, are unsupported and would keep an alarm
    firing; they have their own findings. Nodes that were terminated during the scan do not count either.
    """
    counted = [
        condition(diagnosis)
        for diagnosis in diagnoses
        if diagnosis.coverage.status.is_scannable and diagnosis.coverage.status not in _UNCOUNTED
    ]
    if not counted:
        return None
    return 100 * (len(counted) - counted.count(Condition.UNKNOWN)) / len(counted)


def _totals(report: Report, other_series: int) -> Iterable[Metric]:
    conditions = Counter(condition(diagnosis) for diagnosis in report.diagnoses)
    severities = Counter(finding.severity for diagnosis in report.diagnoses for finding in diagnosis.findings)
    values: Mapping[str, float | None] = {
        "ScanCompleted": 1,
        "ScanDuration": report.duration_seconds,
        "NodesTotal": len(report.diagnoses),
        "NodesAnswered": sum(d.coverage.status is CaptureStatus.ANSWERED for d in report.diagnoses),
        "NodesCritical": conditions[Condition.CRITICAL],
        "NodesSick": conditions[Condition.CRITICAL],
        "NodesWarned": conditions[Condition.WARNING],
        "NodesUnknown": conditions[Condition.UNKNOWN],
        "CoveragePercent": coverage_percent(report.diagnoses),
        "CriticalFindings": severities[Severity.CRITICAL],
        "WarningFindings": severities[Severity.WARNING],
        "IncidentsOpen": _open_incidents(report),
        "SlabUnreclaimableHighestPercent": _highest(report.diagnoses, _slab_unreclaimable_percent),
        "MemoryPressureHighestPercent": _highest(report.diagnoses, _memory_pressure_percent),
        "ShortestRunwayHours": min((d.runway.hours for d in report.diagnoses if d.runway is not None), default=None),
    }
    values = {**values, "MetricSeries": other_series + sum(value is not None for value in values.values()) + 1}
    for name, unit in FLEET_METRICS.items():
        value = values[name]
        if value is not None:
            yield _metric(name, unit, (value,))


def _open_incidents(report: Report) -> int | None:
    """Return how many incidents of a warning or worse are open; None without a finding history."""
    if report.chronicle is None:
        return None
    return sum(episode.severity.rank >= Severity.WARNING.rank for episode in report.chronicle.episodes)


def _distributions(diagnoses: Sequence[Diagnosis]) -> Iterable[Metric]:
    for table, dimensions_of in ((_OF_CLUSTER, _cluster), (_OF_NODE_GROUP, _node_group)):
        groups: dict[Dimensions, list[Readings]] = defaultdict(list)
        for diagnosis in diagnoses:
            groups[dimensions_of(diagnosis)].append(diagnosis.readings)
        for dimensions, readings in sorted(groups.items()):
            yield from _series(table, readings, dimensions)


def _findings(report: Report) -> Iterable[Metric]:
    """Yield on how many nodes of a cluster each rule fired, nodes that are gone among them."""
    counts = Counter(
        (*_cluster(diagnosis), ("Rule", finding.rule))
        for diagnosis in report.diagnoses
        for finding in diagnosis.findings
    )
    for one in report.fleet_findings:
        if traits(one.rule).has_lost_nodes:
            counts[("Cluster", one.cluster or "unknown"), ("Rule", one.rule)] += len(one.instance_ids)
    for dimensions, nodes in sorted(counts.items()):
        yield _metric("Findings", "Count", (nodes,), dimensions)


def _single_nodes(diagnoses: Sequence[Diagnosis], limit: int) -> Iterable[Metric]:
    bad = [d for d in diagnoses if d.severity is not None and d.severity.rank >= Severity.WARNING.rank]
    series = [
        found for diagnosis in bad if (found := tuple(_series(_OF_NODE, (diagnosis.readings,), _instance(diagnosis))))
    ]
    for found in series[:limit]:
        yield from found


def _series(
    table: Mapping[str, tuple[str, Reader]], readings: Iterable[Readings], dimensions: Dimensions
) -> Iterable[Metric]:
    nodes = tuple(readings)
    for name, (unit, reader) in table.items():
        values = tuple(value for node in nodes if (value := reader(node)) is not None)
        if values:
            yield _metric(name, unit, values, dimensions)


def _metric(name: str, unit: str, values: tuple[float, ...], dimensions: Dimensions = ()) -> Metric:
    """Round percentages to a tenth: finer than any limit, and coarse enough that equal nodes share one value."""
    digits = 1 if unit == "Percent" else 3
    return Metric(name=name, unit=unit, values=tuple(round(float(v), digits) for v in values), dimensions=dimensions)


def _highest(diagnoses: Iterable[Diagnosis], reader: Reader) -> float | None:
    return max((value for d in diagnoses if (value := reader(d.readings)) is not None), default=None)


def _cluster(diagnosis: Diagnosis) -> Dimensions:
    return (("Cluster", diagnosis.node.cluster or "unknown"),)


def _node_group(diagnosis: Diagnosis) -> Dimensions:
    return (*_cluster(diagnosis), ("NodeGroup", diagnosis.node.node_group or "self-managed"))


def _instance(diagnosis: Diagnosis) -> Dimensions:
    return (*_cluster(diagnosis), ("InstanceId", diagnosis.node.instance_id))


def _ratio_percent(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else 100 * part / whole


def _slab_unreclaimable_bytes(readings: Readings) -> float | None:
    return readings.slab_unreclaimable_bytes


def _slab_unreclaimable_percent(readings: Readings) -> float | None:
    return _ratio_percent(readings.slab_unreclaimable_bytes, readings.memory_total_bytes)


def _memory_available_percent(readings: Readings) -> float | None:
    return _ratio_percent(readings.memory_available_bytes, readings.memory_total_bytes)


def _memory_pressure_percent(readings: Readings) -> float | None:
    return readings.memory_some_avg60_percent


def _load_per_cpu(readings: Readings) -> float | None:
    return None if readings.load1 is None or not readings.cpus else readings.load1 / readings.cpus


_OF_NODE: Mapping[str, tuple[str, Reader]] = {
    "SlabUnreclaimablePercent": ("Percent", _slab_unreclaimable_percent),
    "MemoryPressurePercent": ("Percent", _memory_pressure_percent),
}
_OF_NODE_GROUP = _OF_NODE
_OF_CLUSTER: Mapping[str, tuple[str, Reader]] = {
    **_OF_NODE_GROUP,
    "SlabUnreclaimableBytes": ("Bytes", _slab_unreclaimable_bytes),
    "MemoryAvailablePercent": ("Percent", _memory_available_percent),
    "LoadPerCpu": ("None", _load_per_cpu),
}
"""Readings that become series. A row costs one series per cluster, node group, or single node."""

DISTRIBUTIONS = frozenset(_OF_CLUSTER)
"""What has a distribution over the nodes of each cluster (dimension ``Cluster``)."""
