"""How the command ends, for scripts and pipelines."""

from __future__ import annotations

import enum

from fleetscan.model import CaptureStatus, Report, Severity


class ExitCode(enum.IntEnum):
    """The contract of the command line; argparse itself ends wrong usage with 2."""

    SCANNED = 0
    FOUND = 1
    """With ``--fail-on`` only: a finding reaches the severity."""
    USAGE = 2
    NOTHING_SCANNED = 3
    INTERRUPTED = 130
    """As shells report a process that Ctrl-C ended (128 + SIGINT)."""


def of(report: Report, fail_on: Severity | None) -> ExitCode:
    """Return how a report ends the command: whether any node answered, and whether a finding is bad enough."""
    if not any(diagnosis.coverage.status is CaptureStatus.ANSWERED for diagnosis in report.diagnoses):
        return ExitCode.NOTHING_SCANNED
    severities = [diagnosis.severity for diagnosis in report.diagnoses if diagnosis.severity is not None]
    if fail_on is not None and any(severity.rank >= fail_on.rank for severity in severities):
        return ExitCode.FOUND
    return ExitCode.SCANNED
