"""A report of single nodes -> the same report with the fleet-wide conclusions."""

from __future__ import annotations

from dataclasses import replace

from fleetscan.fleet.daemonset_audit import audited
from fleetscan.fleet.known_software import KnownSoftware
from fleetscan.fleet.missing_evidence import gathered_evidence
from fleetscan.fleet.root_cause import conclusions, strongest_first
from fleetscan.fleet.unmaintained_images import unmaintained_images
from fleetscan.fleet.unmanaged_daemonsets import unmanaged_daemonsets
from fleetscan.model import Report


def concluded(report: Report, facts: KnownSoftware | None = None) -> Report:
    """Return the report with its root causes, unattributed findings, and fleet-wide findings."""
    daemonsets = tuple(one for view in report.clusters for one in view.daemonsets)
    found = conclusions(report.diagnoses, facts, daemonsets)
    report = replace(report, culprits=strongest_first(found))
    concluded_report = replace(
        report,
        audit=audited(report, facts),
        unattributed=tuple(conclusion.unattributed for conclusion in found if conclusion.unattributed is not None),
        fleet_findings=(*unmaintained_images(report.diagnoses, facts), *unmanaged_daemonsets(report)),
    )
    return gathered_evidence(concluded_report)
