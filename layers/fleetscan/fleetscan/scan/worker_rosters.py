"""Compares the workers of a scan with those of the last one, and stores them for the next.

Optional: on any error the scan goes on, and a note says that former workers were not compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from fleetscan.diagnosis.rules.workers_lost import RULE
from fleetscan.diagnosis.tuning import tuned
from fleetscan.errors import in_words
from fleetscan.fleet.lost_workers import Now, lost_workers
from fleetscan.model import Report
from fleetscan.model.roster import Roster
from fleetscan.ports import RosterStore
from fleetscan.settings import Settings

FRESHNESS = timedelta(hours=1)
"""How far the time of a roster may lag in the store: a fleet that does not change costs one write per hour."""


def with_lost_workers(store: RosterStore | None, report: Report, settings: Settings) -> Report:
    """Return the report with a finding for each cluster and node group that lost most of its workers."""
    if store is None:
        return report
    rules = tuned((RULE,), (one for one in report.thresholds if one.rule == RULE.id))
    try:
        before = store.load(settings.clusters)
    except Exception as error:  # noqa: BLE001 - optional evidence: on any error the scan goes on and reports it
        note = f"Former workers were not compared: {in_words(error)}"
        return replace(report, is_roster_read=False, notes=(*report.notes, note))

    def is_hidden(instance_id: str, cluster: str) -> bool:
        return any(one.hides(instance_id, cluster) for one in report.unseen)

    now = Now(at=report.started_at, diagnoses=report.diagnoses, is_hidden=is_hidden)
    rosters, found = lost_workers(before, now, rules[0].limits)
    report = replace(report, fleet_findings=(*found, *report.fleet_findings))
    try:
        store.save(_worth_a_write(before, rosters))
    except Exception as error:  # noqa: BLE001 - same
        note = f"The workers of this scan were not stored for the next one: {in_words(error)}"
        return replace(report, notes=(*report.notes, note))
    return report


def _worth_a_write(before: Sequence[Roster], now: Sequence[Roster]) -> tuple[Roster, ...]:
    known = {one.cluster: one for one in before}
    return tuple(one for one in now if _is_new(known.get(one.cluster), one))


def _is_new(before: Roster | None, now: Roster) -> bool:
    return before is None or now.at - before.at >= FRESHNESS or replace(now, at=before.at) != before
