"""Builds the timelines of terminated pods, and stores Kubernetes events and pod terminations between scans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from fleetscan.model import Report
from fleetscan.model.death import ClusterPast
from fleetscan.model.kubernetes import ClusterEvent
from fleetscan.model.memory import History
from fleetscan.ports import ClusterHistoryStore
from fleetscan.quantities import counted
from fleetscan.scan.cluster_evidence import Answers
from fleetscan.terminations.events import worth_keeping
from fleetscan.terminations.evidence import Deaths, deaths
from fleetscan.terminations.timeline import pod_timeline

type Notes = tuple[str, ...]

REPORTED = timedelta(hours=24)
"""Terminations that a report shows; older ones are shown by ``fleetscan explain pod``, as are pods that were drained or
never ran."""

MOST_REPORTED = 100
"""Most timelines in one report, the latest terminations first."""


def with_timelines(report: Report, histories: Mapping[str, History], past: ClusterPast) -> tuple[Report, Deaths]:
    """Return the report with the timelines of terminated pods, and the terminations, of which some are to be stored."""
    known = deaths(report, histories, past.deaths)
    since = report.started_at - REPORTED
    late = [one for one in known.every if one.died_at >= since and not one.end.ending.is_intended]
    return replace(report, stories=tuple(pod_timeline(one) for one in late[:MOST_REPORTED])), known


def save_cluster_history(store: ClusterHistoryStore | None, answers: Answers, deaths: Deaths) -> Notes:
    """Store new events and terminations; return notes on those beyond the limits.

    Nothing is written if the history could not be read, as it is unknown then what is stored already.
    """
    if store is None or not answers.is_history_loaded:
        return ()
    events: dict[str, Sequence[ClusterEvent]] = {}
    left = deaths.left_out
    for view in answers.views:
        chosen, rest = worth_keeping(view.events, answers.past.events.get(view.cluster, ()))
        left += rest
        if chosen:
            events[view.cluster] = chosen
    notes = store.save(events, deaths.fresh) if events or deaths.fresh else ()
    if left:
        notes = (f"{counted(left, 'Kubernetes event')} not stored: over the limit of stored events.", *notes)
    return notes
