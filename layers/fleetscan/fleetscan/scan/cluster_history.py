"""Between a scan and what is kept of Kubernetes: the stories of pods that died, and what of them outlives the hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from fleetscan.model import Report
from fleetscan.model.death import ClusterPast
from fleetscan.model.kubernetes import ClusterEvent
from fleetscan.model.memory import History
from fleetscan.ports import ClusterMemory
from fleetscan.quantities import counted
from fleetscan.scan.cluster_evidence import Answers
from fleetscan.terminations.events import worth_keeping
from fleetscan.terminations.evidence import Deaths, deaths
from fleetscan.terminations.timeline import pod_timeline

type Notes = tuple[str, ...]

TOLD = timedelta(hours=24)
"""Deaths that a report tells of; older ones are told by ``fleetscan explain pod``."""

MOST_TOLD = 100
"""Stories in one report, the latest deaths first."""


def with_stories(report: Report, histories: Mapping[str, History], past: ClusterPast) -> tuple[Report, Deaths]:
    """Return the report with the stories of its dead pods, and the deaths, of which some are to be kept."""
    known = deaths(report, histories, past.deaths)
    late = [one for one in known.every if one.died_at >= report.started_at - TOLD]
    return replace(report, stories=tuple(pod_timeline(one) for one in late[:MOST_TOLD])), known


def kept_of_clusters(memory: ClusterMemory | None, answers: Answers, deaths: Deaths) -> Notes:
    """Keep the events and deaths that are not kept yet, and return notes on what there was no room for.

    Nothing is written where the past could not be read: what is kept already is not known then.
    """
    if memory is None or not answers.is_remembered:
        return ()
    events: dict[str, Sequence[ClusterEvent]] = {}
    left = deaths.left_out
    for view in answers.views:
        chosen, rest = worth_keeping(view.events, answers.past.events.get(view.cluster, ()))
        left += rest
        if chosen:
            events[view.cluster] = chosen
    notes = memory.save(events, deaths.fresh) if events or deaths.fresh else ()
    if left:
        notes = (f"{counted(left, 'event')} of Kubernetes found no room among those that are kept.", *notes)
    return notes
