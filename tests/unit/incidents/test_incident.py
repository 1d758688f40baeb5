"""Findings of one scan, gathered by what they have in common."""

from __future__ import annotations

from dataclasses import replace

from fleetscan.incidents.incident import incidents
from fleetscan.model.conclusion import FleetFinding
from fleetscan.model.episode import Fingerprint, Incident, Occurrence
from fleetscan.model.finding import Cause, Evidence, Severity
from tests.fixtures.lives import AFFECTED, HEALTHY, RULE, START, diagnosis, finding, instance, report

LEAK = Fingerprint(RULE, "live", Cause.SOCKET_QUEUE)


def test_one_leak_on_sixteen_nodes_is_one_incident() -> None:
    """Its nodes sorted, its worst node with the evidence and readings of that node."""
    nodes = [diagnosis(number, finding(measured=0.2 + number / 100)) for number in range(16, 0, -1)]
    expected = {
        LEAK: Incident(
            fingerprint=LEAK,
            title="The kernel holds memory",
            nodes=tuple(instance(number) for number in range(1, 17)),
            node_groups=("workers",),
            worst=Occurrence(
                instance_id=instance(16),
                host="ip-10-0-0-16",
                at=START,
                severity=Severity.CRITICAL,
                text="36% of RAM",
                measured=0.36,
                limit=0.15,
                readings=AFFECTED,
            ),
        )
    }

    assert expected == incidents(report(*nodes))


def test_rule_cluster_and_cause_part_incidents() -> None:
    """Node group and node do not."""
    scan = report(
        diagnosis(1, finding(), finding(rule="load_high", cause=Cause.UNATTRIBUTED), group="small"),
        diagnosis(2, finding(), group="large"),
        diagnosis(3, finding(cause=Cause.UNATTRIBUTED)),
        diagnosis(4, finding(), cluster="batch"),
    )
    expected = {
        LEAK: (instance(1), instance(2)),
        Fingerprint("load_high", "live", Cause.UNATTRIBUTED): (instance(1),),
        Fingerprint(RULE, "live", Cause.UNATTRIBUTED): (instance(3),),
        Fingerprint(RULE, "batch", Cause.SOCKET_QUEUE): (instance(4),),
    }
    found = incidents(scan)

    assert expected == {print_: incident.nodes for print_, incident in found.items()}
    assert found[LEAK].node_groups == ("large", "small")


def test_severity_counts_more_than_the_figure() -> None:
    """A critical node stands for the incident before one that measures more and is only a warning."""
    scan = report(diagnosis(1, finding(Severity.WARNING, measured=0.9)), diagnosis(2, finding(measured=0.2)))

    assert incidents(scan)[LEAK].worst.instance_id == instance(2)


def test_less_is_worse_where_the_figure_has_fallen_below_its_limit() -> None:
    """Memory that is left: 2 % is worse than 4 %."""
    low = [finding(measured=measured, limit=0.05) for measured in (0.04, 0.02, 0.03)]
    scan = report(*(diagnosis(number, one) for number, one in enumerate(low)))

    assert incidents(scan)[LEAK].worst.measured == 0.02


def test_the_node_that_suffers_most_stands_for_those_that_measure_the_same() -> None:
    """An image that runs everywhere is reported with the node that it hurts."""
    same = finding(measured=1.0, limit=1.0)
    scan = report(
        diagnosis(1, same),
        replace(diagnosis(2, same), readings=AFFECTED),
        replace(diagnosis(3, same), readings=HEALTHY),
    )

    assert incidents(replace(scan, diagnoses=scan.diagnoses[::-1]))[LEAK].worst.readings == AFFECTED


def test_a_finding_of_the_fleet_is_an_incident_of_its_own_subject() -> None:
    """Two abandoned images in one cluster are two problems; a node that is not in the report is left out."""
    evidence = Evidence(severity=Severity.WARNING, text="runs on 2 of 2 nodes", measured=2, limit=1)
    found = tuple(
        FleetFinding(
            rule="image_abandoned",
            cluster="live",
            title="Abandoned",
            remedy="Remove it.",
            evidence=evidence,
            instance_ids=(instance(2), instance(1), "i-gone"),
            subject=subject,
        )
        for subject in ("weaveworks/scope", "heapster", "")
    )
    scan = replace(report(diagnosis(1), diagnosis(2)), fleet_findings=found)
    expected = {
        f"image_abandoned#live#unattributed#{subject}": (instance(1), instance(2))
        for subject in ("weaveworks/scope", "heapster", "fleet")
    }

    assert expected == {str(print_): incident.nodes for print_, incident in incidents(scan).items()}


def test_a_scan_without_findings_has_no_incident() -> None:
    """Nor has one without nodes."""
    assert incidents(report(diagnosis(1), diagnosis(2))) == {}
    assert incidents(report()) == {}


def test_lost_workers_are_the_nodes_of_their_incident() -> None:
    """They are in no report any more; of what is lost no more is known than its id and its group."""
    evidence = Evidence(severity=Severity.WARNING, text="lost 3 of 4", measured=0.75, limit=0.5)
    lost = FleetFinding(
        rule="workers_lost",
        cluster="live",
        title="Lost",
        remedy="Look.",
        evidence=evidence,
        instance_ids=(instance(2), instance(3)),
        subject="ng-1",
    )
    (found,) = incidents(replace(report(diagnosis(1)), fleet_findings=(lost,))).values()

    assert str(found.fingerprint) == "workers_lost#live#unattributed#ng-1"
    assert (found.nodes, found.node_groups, found.worst.host) == ((instance(2), instance(3)), ("ng-1",), instance(3))
