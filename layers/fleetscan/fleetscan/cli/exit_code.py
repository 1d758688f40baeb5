"""How the command ends, for scripts and pipelines."""

from __future__ import annotations

import enum
from collections.abc import Sequence

from fleetscan.incidents.mute import hidden_by
from fleetscan.model import CaptureStatus, Report, Severity
from fleetscan.model.episode import Fingerprint, Mute


class ExitCode(enum.IntEnum):
    """The contract of the command line; argparse itself ends wrong usage with 2."""

    SCANNED = 0
    FOUND = 1
    """With ``--fail-on`` only: a finding reaches the severity."""
    USAGE = 2
    NOTHING_SCANNED = 3
    INTERRUPTED = 130
    """As shells report a process that Ctrl-C ended (128 + SIGINT)."""


def of(report: Report, fail_on: Severity | None, mutes: Sequence[Mute] = ()) -> ExitCode:
    """Return how a report ends the command: whether any node answered, and whether a finding is bad enough.

    A finding of the fleet as a whole counts like one of a node; one that is muted counts for nothing.
    """
    if not any(diagnosis.coverage.status is CaptureStatus.ANSWERED for diagnosis in report.diagnoses):
        return ExitCode.NOTHING_SCANNED
    if fail_on is None:
        return ExitCode.SCANNED
    of_nodes = (
        finding.severity
        for one in report.diagnoses
        for finding in one.findings
        if not hidden_by(mutes, one.fingerprint(finding), [one.node.node_group])
    )
    groups = {one.node.instance_id: one.node.node_group for one in report.diagnoses}
    of_the_fleet = (
        one.evidence.severity
        for one in report.fleet_findings
        if not hidden_by(
            mutes,
            Fingerprint(one.rule, one.cluster, one.evidence.cause, one.subject),
            {groups.get(instance_id, "") for instance_id in one.instance_ids},
        )
    )
    is_found = any(severity.rank >= fail_on.rank for severity in (*of_nodes, *of_the_fleet))
    return ExitCode.FOUND if is_found else ExitCode.SCANNED
