"""Workers that the last scan saw and this one does not, where they are most of a cluster or of a node group. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fleetscan.diagnosis.rules.workers_lost import RULE, Limits
from fleetscan.immutable import immutable
from fleetscan.model import CaptureStatus, Diagnosis
from fleetscan.model.conclusion import FleetFinding
from fleetscan.model.finding import Evidence, Severity
from fleetscan.model.roster import Roster
from fleetscan.quantities import counted

STALE = timedelta(hours=24)
"""A longer pause between two scans says nothing of how suddenly the workers went."""

NAMED = 3
"""So many of the lost workers are named in the sentence."""

SELF_MANAGED = "self-managed"
"""The group of nodes that are in none, as the metrics call it."""

type Groups = Mapping[str, tuple[str, ...]]
"""Node group -> instance ids."""


@immutable
class Now:
    """What a scan says of the workers that there are."""

    at: datetime
    diagnoses: Sequence[Diagnosis]
    is_hidden: Callable[[str, str], bool]
    """Whether an instance of a cluster belongs to what the scan could not look at."""


@immutable(kw_only=False)
class _Loss:
    """What is missing of one cluster or group."""

    before: int
    left: int
    lost: tuple[str, ...]


def lost_workers(
    before: Sequence[Roster], now: Now, limits: Limits
) -> tuple[tuple[Roster, ...], tuple[FleetFinding, ...]]:
    """Return the roster of every cluster of before and now, and a finding for each that lost most of its workers."""
    known = {one.cluster: one for one in before}
    seen = _seen(now.diagnoses)
    rosters: list[Roster] = []
    findings: list[FleetFinding] = []
    for cluster in sorted({*known, *seen}):
        fresh = Roster(cluster=cluster, at=now.at, groups=seen.get(cluster, {}))
        roster, found = _compared(known.get(cluster), fresh, now, limits)
        rosters.append(roster)
        findings += found
    return tuple(rosters), tuple(findings)


def _seen(diagnoses: Iterable[Diagnosis]) -> dict[str, Groups]:
    """Return cluster -> the workers that run."""
    found: dict[str, dict[str, list[str]]] = {}
    for one in diagnoses:
        if one.node.cluster and one.coverage.status is not CaptureStatus.TERMINATED:
            groups = found.setdefault(one.node.cluster, {})
            groups.setdefault(one.node.node_group, []).append(one.node.instance_id)
    return {cluster: {group: tuple(sorted(ids)) for group, ids in groups.items()} for cluster, groups in found.items()}


def _compared(
    before: Roster | None, fresh: Roster, now: Now, limits: Limits
) -> tuple[Roster, tuple[FleetFinding, ...]]:
    """Return the roster to keep of one cluster, and what it lost."""
    if before is None or now.at - before.at > STALE:
        return fresh, ()
    if now.at < before.at:
        # A scan that began earlier and ended later: what it saw is older than what is known.
        return before, ()
    there = _with_hidden(before, fresh, now)
    running = set(_ids(there))
    whole = _loss(_ids(before.groups), len(running), running, limits.cluster_total, limits)
    since = before.lost_since or now.at
    if whole is not None and not _is_accepted(since, now, limits):
        kept = replace(before, at=now.at, lost_since=since, groups_lost_since={})
        return kept, (_finding(fresh.cluster, "", whole, since, limits),)
    missing = max(len(_ids(before.groups)) - len(running), 0)
    groups: dict[str, tuple[str, ...]] = {}
    lost_since: dict[str, datetime] = {}
    findings: list[FleetFinding] = []
    for group, ids in there.items():
        former = before.groups.get(group, ())
        # What another group of the cluster gained took the place of what this one lost: a move to a new node group.
        left = max(len(ids), len(former) - missing)
        loss = _loss(former, left, running, limits.group_total, limits)
        # A group that was lost with its whole cluster has been lost as long, even if most of the others are back.
        since = before.groups_lost_since.get(group) or before.lost_since or now.at
        if loss is not None and not _is_accepted(since, now, limits):
            groups[group], lost_since[group] = former, since
            findings.append(_finding(fresh.cluster, group or SELF_MANAGED, loss, since, limits))
        elif ids:
            groups[group] = ids
    return replace(fresh, groups=groups, groups_lost_since=lost_since), tuple(findings)


def _with_hidden(before: Roster, fresh: Roster, now: Now) -> Groups:
    """Return the groups of before and now with their workers; those that could not be looked at count as running."""
    running = set(_ids(fresh.groups))
    there: dict[str, tuple[str, ...]] = {}
    for group in {**before.groups, **fresh.groups}:
        hidden = [
            one for one in before.groups.get(group, ()) if one not in running and now.is_hidden(one, fresh.cluster)
        ]
        there[group] = tuple(sorted((*fresh.groups.get(group, ()), *hidden)))
    return there


def _loss(before: Sequence[str], left: int, running: set[str], least: int, limits: Limits) -> _Loss | None:
    """Return what is missing of some workers where it is most of them; None where others took their place."""
    lost = tuple(sorted(set(before) - running))
    missing = len(before) - left
    is_most = missing >= least and missing > limits.lost_ratio * len(before)
    return _Loss(len(before), left, lost) if is_most else None


def _is_accepted(since: datetime, now: Now, limits: Limits) -> bool:
    """Whether the workers are missing for so long that nobody expects them back."""
    return now.at - since >= timedelta(hours=limits.accepted_hours)


def _finding(cluster: str, group: str, loss: _Loss, since: datetime, limits: Limits) -> FleetFinding:
    where = f"node group {group} of cluster {cluster}" if group else f"cluster {cluster}"
    missing = loss.before - loss.left
    running = f"{counted(loss.left, 'worker')} left" if loss.left else "none left"
    more = f" and {len(loss.lost) - NAMED:,} more" if len(loss.lost) > NAMED else ""
    return FleetFinding(
        rule=RULE.id,
        cluster=cluster,
        title=RULE.title,
        remedy=RULE.remedy,
        evidence=Evidence(
            severity=Severity.WARNING,
            text=f"{where} lost {missing:,} of {counted(loss.before, 'worker')} between two scans, {running} "
            f"(first seen at {since:%H:%M:%S} UTC); gone: {', '.join(loss.lost[:NAMED])}{more}; "
            "what was found on them stays open",
            measured=missing / loss.before,
            limit=limits.lost_ratio,
        ),
        instance_ids=loss.lost,
        subject=group,
    )


def _ids(groups: Groups) -> tuple[str, ...]:
    return tuple(one for ids in groups.values() for one in ids)
