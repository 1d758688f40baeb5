"""Unmanaged DaemonSets as fleet-wide findings: one for each, with the nodes that it runs on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fleetscan.capture.procfs.images import hashes_of, repository_of
from fleetscan.diagnosis.rules.daemonset_unmanaged import OLD_DAYS, RULE
from fleetscan.fleet.daemonset_audit import is_old
from fleetscan.model import Diagnosis, Report
from fleetscan.model.conclusion import FleetFinding
from fleetscan.model.finding import Evidence, Severity
from fleetscan.model.kubernetes import DaemonSet, Manager
from fleetscan.quantities import age, counted


def unmanaged_daemonsets(report: Report) -> tuple[FleetFinding, ...]:
    """Return a finding for each DaemonSet that is older than a year and not managed, the oldest first."""
    found = [
        (one.created_at, _finding(one, view.at, report.diagnoses))
        for view in report.clusters
        for one in view.daemonsets
        if one.manager is Manager.NOBODY and one.created_at is not None and is_old(one, view.at)
    ]
    return tuple(finding for _, finding in sorted(found, key=lambda entry: (entry[0], entry[1].subject)))


def _finding(one: DaemonSet, at: datetime, diagnoses: Sequence[Diagnosis]) -> FleetFinding:
    age_seconds = 0.0 if one.created_at is None else (at - one.created_at).total_seconds()
    by = f", last changed by {one.changed_by}" if one.changed_by else ""
    return FleetFinding(
        rule=RULE.id,
        cluster=one.cluster,
        title=RULE.title,
        remedy=RULE.remedy,
        evidence=Evidence(
            severity=Severity.INFO,
            text=f"DaemonSet {one.title} is {age(age_seconds)} old (threshold {age(OLD_DAYS * 86_400)}) and runs on "
            f"{counted(one.desired, 'node')}; not managed by Helm, Argo CD, Flux, an EKS add-on or an operator{by}",
            # Its age grows with every scan and would be reported as escalated each time.
            measured=float(OLD_DAYS),
            limit=float(OLD_DAYS),
        ),
        instance_ids=_nodes(one, diagnoses),
        subject=one.title,
    )


def _nodes(one: DaemonSet, diagnoses: Sequence[Diagnosis]) -> tuple[str, ...]:
    """Return the nodes that run its image, or if no image is known all nodes of the cluster that Kubernetes knows."""
    hashes = frozenset[int]().union(*(hashes_of(repository_of(image)) for image in one.images))
    of_cluster = [each for each in diagnoses if each.node.cluster == one.cluster and each.kubernetes is not None]
    running = [each for each in of_cluster if not hashes.isdisjoint(each.presence.repository_hashes or ())]
    return tuple(each.node.instance_id for each in running or of_cluster)
