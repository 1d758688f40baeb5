"""The numbers that CloudWatch keeps: their names, units, dimensions, and what they cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fleetscan.incidents.tracker import FindingTracker
from fleetscan.model import (
    CaptureStatus,
    Coverage,
    Diagnosis,
    Evidence,
    Finding,
    Metric,
    Node,
    Readings,
    Report,
    Severity,
)
from fleetscan.model.episode import Chronicle
from fleetscan.model.forecast import Runway
from fleetscan.scan.metrics import FLEET_METRICS, coverage_percent, metrics, with_series_count
from tests.fixtures.lives import MemoryEpisodes, MemoryMutes
from tests.fixtures.lives import diagnosis as affected_node
from tests.fixtures.lives import finding as critical_finding
from tests.fixtures.lives import report as scan_of

MIB = 1024**2
AFFECTED = Readings(
    memory_total_bytes=3936 * MIB,
    memory_available_bytes=735 * MIB,
    slab_unreclaimable_bytes=2143 * MIB,
    memory_some_avg60_percent=98.90,
    load1=34.04,
    cpus=2,
)
HEALTHY = Readings(
    memory_total_bytes=3936 * MIB,
    memory_available_bytes=2600 * MIB,
    slab_unreclaimable_bytes=74 * MIB,
    memory_some_avg60_percent=0.0,
    load1=0.39,
    cpus=2,
)


def finding(rule: str, severity: Severity) -> Finding:
    """Return a finding of which only rule and severity matter."""
    return Finding(
        rule=rule, title="t", remedy="r", evidence=Evidence(severity=severity, text="Seen.", measured=1, limit=1)
    )


def diagnosis(
    number: int,
    *findings: Finding,
    readings: Readings = HEALTHY,
    status: CaptureStatus = CaptureStatus.ANSWERED,
    cluster: str = "live",
    node_group: str = "small",
) -> Diagnosis:
    """Return one node's diagnosis."""
    node = Node(instance_id=f"i-{number}", cluster=cluster, node_group=node_group)
    return Diagnosis(node=node, coverage=Coverage(status=status), findings=findings, readings=readings)


def report(*diagnoses: Diagnosis) -> Report:
    """Return a scan of these that took 12.3456 s."""
    started = datetime(2026, 1, 15, 6, 5, tzinfo=UTC)
    return Report(scan_id="s", started_at=started, duration_seconds=12.3456, diagnoses=diagnoses)


def test_a_small_fleet_gives_exactly_these_numbers() -> None:
    """Totals without dimensions, distributions per cluster and node group, findings per rule, affected nodes' own."""
    slab = finding("slab_unreclaimable_high", Severity.CRITICAL)
    load = finding("load_high", Severity.WARNING)
    cluster = (("Cluster", "live"),)
    group = (("Cluster", "live"), ("NodeGroup", "small"))
    affected = (("Cluster", "live"), ("InstanceId", "i-1"))
    expected = (
        Metric(name="ScanCompleted", unit="Count", values=(1,)),
        Metric(name="ScanDuration", unit="Seconds", values=(12.346,)),
        Metric(name="NodesTotal", unit="Count", values=(2,)),
        Metric(name="NodesAnswered", unit="Count", values=(2,)),
        Metric(name="NodesCritical", unit="Count", values=(1,)),
        Metric(name="NodesSick", unit="Count", values=(1,)),
        Metric(name="NodesWarned", unit="Count", values=(0,)),
        Metric(name="NodesUnknown", unit="Count", values=(0,)),
        Metric(name="CoveragePercent", unit="Percent", values=(100,)),
        Metric(name="CriticalFindings", unit="Count", values=(1,)),
        Metric(name="WarningFindings", unit="Count", values=(1,)),
        Metric(name="SlabUnreclaimableHighestPercent", unit="Percent", values=(54.4,)),
        Metric(name="MemoryPressureHighestPercent", unit="Percent", values=(98.9,)),
        Metric(name="MetricSeries", unit="Count", values=(25,)),
        Metric(name="SlabUnreclaimablePercent", unit="Percent", values=(54.4, 1.9), dimensions=cluster),
        Metric(name="MemoryPressurePercent", unit="Percent", values=(98.9, 0.0), dimensions=cluster),
        Metric(name="SlabUnreclaimableBytes", unit="Bytes", values=(2143 * MIB, 74 * MIB), dimensions=cluster),
        Metric(name="MemoryAvailablePercent", unit="Percent", values=(18.7, 66.1), dimensions=cluster),
        Metric(name="LoadPerCpu", unit="None", values=(17.02, 0.195), dimensions=cluster),
        Metric(name="SlabUnreclaimablePercent", unit="Percent", values=(54.4, 1.9), dimensions=group),
        Metric(name="MemoryPressurePercent", unit="Percent", values=(98.9, 0.0), dimensions=group),
        Metric(name="Findings", unit="Count", values=(1,), dimensions=(*cluster, ("Rule", "load_high"))),
        Metric(name="Findings", unit="Count", values=(1,), dimensions=(*cluster, ("Rule", "slab_unreclaimable_high"))),
        Metric(name="SlabUnreclaimablePercent", unit="Percent", values=(54.4,), dimensions=affected),
        Metric(name="MemoryPressurePercent", unit="Percent", values=(98.9,), dimensions=affected),
    )

    assert expected == metrics(report(diagnosis(1, slab, load, readings=AFFECTED), diagnosis(2)), node_series_limit=10)


def test_what_was_not_measured_is_in_no_metric() -> None:
    """A node that did not answer is counted, and that is all: absent is not zero."""
    silent = diagnosis(1, readings=Readings(), status=CaptureStatus.TIMED_OUT)
    expected = (
        Metric(name="ScanCompleted", unit="Count", values=(1,)),
        Metric(name="ScanDuration", unit="Seconds", values=(12.346,)),
        Metric(name="NodesTotal", unit="Count", values=(1,)),
        Metric(name="NodesAnswered", unit="Count", values=(0,)),
        Metric(name="NodesCritical", unit="Count", values=(0,)),
        Metric(name="NodesSick", unit="Count", values=(0,)),
        Metric(name="NodesWarned", unit="Count", values=(0,)),
        Metric(name="NodesUnknown", unit="Count", values=(1,)),
        Metric(name="CoveragePercent", unit="Percent", values=(0,)),
        Metric(name="CriticalFindings", unit="Count", values=(0,)),
        Metric(name="WarningFindings", unit="Count", values=(0,)),
        Metric(name="MetricSeries", unit="Count", values=(12,)),
    )

    assert expected == metrics(report(silent), node_series_limit=10)


def test_an_empty_fleet_has_no_coverage() -> None:
    """Neither 0% nor 100%; nor anything highest, nor shortest."""
    missing = {name for name in FLEET_METRICS if name.endswith("Percent")} | {"IncidentsOpen", "ShortestRunwayHours"}

    assert set(FLEET_METRICS) - missing == {metric.name for metric in metrics(report(), node_series_limit=10)}


def test_the_nodes_are_counted_by_the_condition_that_the_report_shows() -> None:
    """Those that are well are what is left: 6 less 2 critical, 1 warned and 2 unknown is 1."""
    slab = finding("slab_unreclaimable_high", Severity.CRITICAL)
    pressure = finding("memory_pressure_high", Severity.CRITICAL)
    found = metrics(
        report(
            diagnosis(1, slab),
            diagnosis(2, pressure),
            diagnosis(3, finding("load_high", Severity.WARNING)),
            diagnosis(4),
            diagnosis(5, status=CaptureStatus.TIMED_OUT),
            diagnosis(6, readings=Readings()),
        ),
        node_series_limit=0,
    )
    expected = {"NodesTotal": 6, "NodesCritical": 2, "NodesSick": 2, "NodesWarned": 1, "NodesUnknown": 2}

    assert expected == {metric.name: metric.values[0] for metric in found if metric.name in expected}


def test_the_next_date_of_death_is_the_shortest_runway() -> None:
    """In hours; nodes that lose no memory have none."""
    soon, later = (
        replace(
            diagnosis(number),
            runway=Runway(hours=hours, hours_low=hours, hours_high=hours, limited_by="memory", text="."),
        )
        for number, hours in ((1, 9.25), (2, 70.0))
    )
    found = metrics(report(later, diagnosis(3), soon), node_series_limit=0)
    expected = [Metric(name="ShortestRunwayHours", unit="None", values=(9.25,))]

    assert expected == [metric for metric in found if metric.name == "ShortestRunwayHours"]


def test_the_series_of_a_scan_are_counted() -> None:
    """All that is paid for, the count itself included."""
    found = metrics(
        report(diagnosis(1, finding("load_high", Severity.WARNING)), diagnosis(2, cluster="x")), node_series_limit=10
    )

    assert [float(len(found))] == [value for one in found if one.name == "MetricSeries" for value in one.values]


def test_a_share_of_an_unknown_or_impossible_total_is_absent() -> None:
    """No memory total, no percentage; a total of 0 is no total."""
    for readings in (Readings(slab_unreclaimable_bytes=5), Readings(slab_unreclaimable_bytes=5, memory_total_bytes=0)):
        names = {metric.name for metric in metrics(report(diagnosis(1, readings=readings)), node_series_limit=10)}

        assert "SlabUnreclaimablePercent" not in names
        assert "SlabUnreclaimableHighestPercent" not in names
        assert "SlabUnreclaimableBytes" in names


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], None),
        ([CaptureStatus.AUTO_MODE, CaptureStatus.WINDOWS, CaptureStatus.BOTTLEROCKET, CaptureStatus.TERMINATED], None),
        ([CaptureStatus.ANSWERED, CaptureStatus.AUTO_MODE, CaptureStatus.TERMINATED], 100),
        ([CaptureStatus.ANSWERED, CaptureStatus.TIMED_OUT, CaptureStatus.FAILED, CaptureStatus.NOT_REGISTERED], 25),
        ([CaptureStatus.CONNECTION_LOST], 0),
    ],
)
def test_coverage_counts_the_nodes_that_a_shell_could_run_on(
    statuses: list[CaptureStatus], expected: float | None
) -> None:
    """What can never answer, or is gone, is no gap."""
    assert expected == coverage_percent(diagnosis(1, status=status) for status in statuses)


def test_an_unknown_node_that_responded_is_a_gap_of_coverage() -> None:
    """As one that did not respond; what was found on it covers it, and partial coverage of its kind is none."""
    missing = {"kernel log": "section kernel_log could not be read on the node"}
    unknown = replace(diagnosis(1), unevaluated=missing)
    critical = replace(diagnosis(2, finding("load_high", Severity.CRITICAL)), unevaluated=missing)
    partial = replace(diagnosis(3), coverage=Coverage(status=CaptureStatus.ANSWERED, hidden=("pods",)))
    nodes = (unknown, critical, partial, diagnosis(4))
    totals = {metric.name: metric.values for metric in metrics(report(*nodes), node_series_limit=0)}

    assert coverage_percent(nodes) == 75
    assert (totals["NodesUnknown"], totals["NodesAnswered"], totals["CoveragePercent"]) == ((1,), (4,), (75,))


def test_only_the_worst_nodes_with_a_warning_or_worse_get_series_of_their_own() -> None:
    """In the report's order, up to the limit; a node without readings takes no one's place."""
    critical, warning, info = (finding("load_high", severity) for severity in reversed(Severity))
    nodes = (
        diagnosis(1, critical, readings=Readings()),
        diagnosis(2, critical),
        diagnosis(3, warning),
        diagnosis(4, warning),
        diagnosis(5, info),
        diagnosis(6),
    )

    def with_own_series(limit: int) -> set[str]:
        found = metrics(report(*nodes), node_series_limit=limit)
        return {value for metric in found for name, value in metric.dimensions if name == "InstanceId"}

    assert set() == with_own_series(0)
    assert {"i-2", "i-3"} == with_own_series(2)
    assert {"i-2", "i-3", "i-4"} == with_own_series(100)


def test_a_dimension_is_never_empty() -> None:
    """CloudWatch refuses an empty value, and one refused metric refuses all that are sent with it."""
    found = metrics(report(diagnosis(1, cluster="", node_group="")), node_series_limit=10)
    expected = {(("Cluster", "unknown"),), (("Cluster", "unknown"), ("NodeGroup", "self-managed"))}

    assert expected == {metric.dimensions for metric in found if metric.dimensions}


def test_every_unit_is_one_that_cloudwatch_knows() -> None:
    """StandardUnit of the CloudWatch API."""
    found = metrics(report(diagnosis(1, finding("load_high", Severity.CRITICAL))), node_series_limit=10)

    assert {metric.unit for metric in found} <= {"Bytes", "Count", "None", "Percent", "Seconds"}


def test_the_totals_are_published_under_the_names_that_alarms_use() -> None:
    """Each once, with one value and without dimensions."""
    losing = replace(diagnosis(1), runway=Runway(hours=9, hours_low=8, hours_high=10, limited_by="memory", text="."))
    remembered = replace(report(losing), chronicle=Chronicle())
    found = [metric for metric in metrics(remembered, node_series_limit=10) if not metric.dimensions]

    assert {metric.name: metric.unit for metric in found} == FLEET_METRICS
    assert all(len(metric.values) == 1 for metric in found)


def test_open_incidents_are_those_of_a_warning_or_worse() -> None:
    """Counted once however many nodes they are on, and not at all where nothing is remembered."""
    scan = scan_of(
        *(affected_node(number, critical_finding()) for number in range(16)),
        affected_node(17, critical_finding(Severity.INFO, rule="load_high")),
    )
    finding_tracker = FindingTracker(episodes=MemoryEpisodes(), mutes=MemoryMutes(), rules=())
    remembered, _ = finding_tracker.write(scan, scan.started_at, scan.started_at)
    found = [
        [metric.values for metric in metrics(one, node_series_limit=10) if metric.name == "IncidentsOpen"]
        for one in (scan, remembered)
    ]

    assert found == [[], [(1.0,)]]


def test_a_thousand_nodes_cost_less_than_twenty_dollars_a_month() -> None:
    """One cluster, ten node groups, a hundred affected nodes with six kinds of findings, all month long."""
    usd_per_series = 0.30
    rules = [finding(f"rule_{index}", Severity.CRITICAL) for index in range(6)]
    nodes = [diagnosis(n, *(rules if n < 100 else ()), node_group=f"group-{n % 10}") for n in range(1000)]
    series = {(metric.name, metric.dimensions) for metric in metrics(report(*nodes), node_series_limit=10)}

    assert len(series) * usd_per_series < 20


def test_the_number_of_series_is_that_of_what_is_published() -> None:
    """Where a budget has left some out, they cost nothing."""
    series = (
        Metric(name="MetricSeries", unit="Count", values=(7.0,)),
        Metric(name="Findings", unit="Count", values=(1.0,), dimensions=(("Cluster", "live"),)),
    )
    expected = (replace(series[0], values=(2.0,)), series[1])

    assert expected == with_series_count(series)
