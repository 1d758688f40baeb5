"""The audit of DaemonSets in words: a row each, and for those to review the incident's three questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fleetscan import quantities
from fleetscan.model.audit import Audited, AuditResult
from fleetscan.model.conclusion import Strength
from fleetscan.model.kubernetes import DaemonSet, Manager
from fleetscan.render.words import amounts
from fleetscan.render.words.escape import name, sanitized

HEADER = ("DaemonSet", "ready", "age", "changed", "managed by", "image")

QUESTIONS = ("Still needed?", "Maintained?", "Last updated?")
"""The incident's, in short."""

TONES: Mapping[AuditResult, str] = {
    AuditResult.HOLDS: "critical",
    AuditResult.ABANDONED: "warning",
    AuditResult.UNMANAGED: "warning",
    AuditResult.ENDED: "warning",
    AuditResult.BY_HAND: "info",
    AuditResult.INCOMPLETE: "info",
    AuditResult.KEPT: "ok",
}
WORDS: Mapping[AuditResult, str] = {
    AuditResult.HOLDS: "root cause",
    AuditResult.ABANDONED: "unmaintained",
    AuditResult.UNMANAGED: "unmanaged",
    AuditResult.ENDED: "end of life",
    AuditResult.BY_HAND: "unmanaged, new",
    AuditResult.INCOMPLETE: "not all ready",
    AuditResult.KEPT: "managed",
}

_IMAGE_CHARACTERS = 60
_WHO_CHARACTERS = 60


def wants_an_answer(one: Audited) -> bool:
    """Return whether somebody has to review it."""
    return one.standing not in {AuditResult.KEPT, AuditResult.INCOMPLETE, AuditResult.BY_HAND}


def are_of_several_clusters(every: Sequence[Audited]) -> bool:
    """Return whether the clusters have to be named: each EKS cluster has the same ``kube-system/aws-node``."""
    return len({one.daemonset.cluster for one in every}) > 1


def title(one: Audited, *, with_cluster: bool) -> str:
    """Return ``namespace/name``, and of which cluster if there are several."""
    daemonset = one.daemonset
    return name(daemonset.title) + (f" in {name(daemonset.cluster)}" if with_cluster else "")


def cells(one: Audited, *, with_cluster: bool = False) -> tuple[str, ...]:
    """Return one row under ``HEADER``."""
    daemonset = one.daemonset
    return (
        title(one, with_cluster=with_cluster),
        f"{daemonset.ready:,}/{daemonset.desired:,}",
        since(one.age_seconds),
        since(one.unchanged_seconds),
        manager(daemonset),
        image(daemonset),
    )


def answers(one: Audited) -> tuple[str, str, str]:
    """Return the answers to ``QUESTIONS``, as far as they are known."""
    return (_needed(one), _maintained(one), _updated(one))


def manager(daemonset: DaemonSet) -> str:
    """Return who manages it, in a word or two."""
    return "an operator" if daemonset.manager is Manager.OPERATOR else str(daemonset.manager)


def image(daemonset: DaemonSet) -> str:
    """Return its first image without registry and path, as it fits a column, and how many more there are."""
    if not daemonset.images:
        return amounts.UNKNOWN
    first = name(daemonset.images[0].rpartition("/")[2].partition("@")[0], _IMAGE_CHARACTERS)
    more = len(daemonset.images) - 1
    return f"{first} +{more}" if more else first


def since(seconds: float | None) -> str:
    """Return an age as kubectl writes it: ``2y326d``, ``41d``, ``5h``; a dash where it is not known."""
    return amounts.UNKNOWN if seconds is None else quantities.age(seconds)


def _needed(one: Audited) -> str:
    cannot = "Cannot be determined from the cluster"
    root_cause = one.culprit
    if root_cause is None:
        return cannot
    nodes = amounts.count(len(root_cause.nodes), "node")
    if root_cause.strength is Strength.HOLDS and root_cause.held_bytes:
        return f"{cannot}; it holds {amounts.size(root_cause.held_bytes)} on {nodes}"
    return f"{cannot}; it is the probable root cause on {nodes}"


def _maintained(one: Audited) -> str:
    is_managed = one.daemonset.manager is not Manager.NOBODY
    by = f"{manager(one.daemonset)} manages it" if is_managed else "nobody manages it"
    if one.listed:
        return f"No: its image is {sanitized(one.listed)}, and {by}"
    return f"Unknown: its image is not on the list of unmaintained images, and {by}"


def _updated(one: Audited) -> str:
    if one.unchanged_seconds is None:
        return "Unknown"
    who = one.daemonset.changed_by
    return f"{since(one.unchanged_seconds)} ago" + (f", by {sanitized(who, _WHO_CHARACTERS)}" if who else "")
