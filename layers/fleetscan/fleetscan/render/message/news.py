"""A report reduced to what its message reports: a message says what changed, the report says everything."""

from __future__ import annotations

from dataclasses import replace

from fleetscan.model import Report
from fleetscan.model.episode import FLEET, ChangeKind, Fingerprint
from fleetscan.render.words.root_cause_words import explains


def news(report: Report) -> Report:
    """Return the report with the findings that events report, and the root causes that explain any of those.

    A resolved problem has no findings and is left out. Without a history everything is new.
    """
    if report.chronicle is None:
        return report
    reported = {
        event.episode.fingerprint for event in report.chronicle.reported if event.kind is not ChangeKind.RESOLVED
    }
    diagnoses = tuple(
        replace(one, findings=tuple(finding for finding in one.findings if one.fingerprint(finding) in reported))
        for one in report.diagnoses
    )
    root_causes = tuple(
        root_cause
        for root_cause in report.culprits
        if any(explains(root_cause, one, finding) for one in diagnoses for finding in one.findings)
    )
    rules = {print_.rule for print_ in reported}
    return replace(
        report,
        diagnoses=diagnoses,
        culprits=root_causes,
        unattributed=tuple(one for one in report.unattributed if rules & set(one.rules)),
        fleet_findings=tuple(
            one
            for one in report.fleet_findings
            if Fingerprint(one.rule, one.cluster, one.evidence.cause, one.subject or FLEET) in reported
        ),
    )
