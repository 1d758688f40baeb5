"""The audit of every DaemonSet: whether it is needed and maintained, and when it was last updated.

It reports what it holds, whether its image is unmaintained, who manages it and when it changed. Whether anybody still
needs it cannot be known from outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from fleetscan.capture.procfs.images import repository_of
from fleetscan.diagnosis.knowledge.unmaintained import ListedImage, Status, status_words
from fleetscan.diagnosis.rules.daemonset_unmanaged import OLD_DAYS
from fleetscan.fleet.known_software import KnownSoftware, known_software
from fleetscan.model import Report
from fleetscan.model.audit import Audited, AuditResult
from fleetscan.model.conclusion import RootCause, Strength
from fleetscan.model.kubernetes import DaemonSet, Manager

_AGAINST = frozenset({Status.ABANDONED, Status.END_OF_LIFE, Status.SUPERSEDED})
"""That an image is known to leak in some versions says nothing about this one."""

OLD = timedelta(days=OLD_DAYS)


def audited(report: Report, facts: KnownSoftware | None = None) -> tuple[Audited, ...]:
    """Return every listed DaemonSet, those that need a decision first, the oldest of them on top."""
    known = facts or known_software()
    found = [_audited(one, view.at, report.culprits, known) for view in report.clusters for one in view.daemonsets]
    order = list(AuditResult)
    return tuple(
        sorted(found, key=lambda one: (order.index(one.standing), -(one.age_seconds or 0.0), one.daemonset.title))
    )


def is_old(daemonset: DaemonSet, at: datetime) -> bool:
    """Return whether it is known to be older than a year."""
    return daemonset.created_at is not None and at - daemonset.created_at > OLD


def _audited(one: DaemonSet, at: datetime, root_causes: Sequence[RootCause], known: KnownSoftware) -> Audited:
    root_cause = next((who for who in root_causes if _is(one, who)), None)
    entry = _entry(one, known)
    return Audited(
        daemonset=one,
        standing=AuditResult.HOLDS if root_cause else _result(one, at, entry),
        age_seconds=_seconds(one.created_at, at),
        unchanged_seconds=_seconds(one.changed_at, at),
        listed=one.abandoned or ("" if entry is None else status_words(entry)),
        culprit=root_cause,
    )


def _result(one: DaemonSet, at: datetime, entry: ListedImage | None) -> AuditResult:
    if one.abandoned or (entry is not None and entry.status is Status.ABANDONED):
        return AuditResult.ABANDONED
    if one.manager is Manager.NOBODY and is_old(one, at):
        return AuditResult.UNMANAGED
    if entry is not None:
        return AuditResult.ENDED
    if one.manager is Manager.NOBODY:
        return AuditResult.BY_HAND
    return AuditResult.INCOMPLETE if one.ready < one.desired else AuditResult.KEPT


def _is(one: DaemonSet, root_cause: RootCause) -> bool:
    return (
        root_cause.is_confirmed
        and root_cause.strength in {Strength.HOLDS, Strength.CORRELATES}
        and root_cause.cluster == one.cluster
        and (root_cause.namespace, root_cause.workload) == (one.namespace, one.name)
    )


def _entry(one: DaemonSet, known: KnownSoftware) -> ListedImage | None:
    """Return the worst list entry of its images; an image that leaks in some versions does not count."""
    repositories = [repository_of(image) for image in one.images]
    found = [
        entry
        for entry in known.listed
        if entry.status in _AGAINST and any(entry.is_repository(repository) for repository in repositories)
    ]
    return min(found, key=lambda entry: list(Status).index(entry.status), default=None)


def _seconds(since: datetime | None, at: datetime) -> float | None:
    return None if since is None else max((at - since).total_seconds(), 0.0)
