"""The audit of DaemonSets in words: a row each, and for those that want an answer the incident's three questions."""

from __future__ import annotations

from collections.abc import Mapping

from fleetscan.model.audit import Audited, Standing
from fleetscan.model.conclusion import Strength
from fleetscan.model.kubernetes import DaemonSet, Manager
from fleetscan.render import amounts
from fleetscan.render.escape import name, printable

HEADER = ("DaemonSet", "ready", "age", "changed", "managed by", "image")

QUESTIONS = ("still needed?", "maintained?", "when was it updated last?")
"""As the incident asks them."""

TONES: Mapping[Standing, str] = {
    Standing.HOLDS: "critical",
    Standing.ABANDONED: "warning",
    Standing.UNMANAGED: "warning",
    Standing.BY_HAND: "info",
    Standing.INCOMPLETE: "info",
    Standing.KEPT: "ok",
}
WORDS: Mapping[Standing, str] = {
    Standing.HOLDS: "the culprit",
    Standing.ABANDONED: "abandoned",
    Standing.UNMANAGED: "unmanaged",
    Standing.BY_HAND: "by hand",
    Standing.INCOMPLETE: "not all ready",
    Standing.KEPT: "kept",
}

_IMAGE_CHARACTERS = 60
_WHO_CHARACTERS = 60
_YEAR_DAYS = 365
_DAY_SECONDS = 86_400
_HOUR_SECONDS = 3_600


def wants_an_answer(one: Audited) -> bool:
    """Return whether somebody has to think about it."""
    return one.standing not in {Standing.KEPT, Standing.INCOMPLETE, Standing.BY_HAND}


def cells(one: Audited) -> tuple[str, ...]:
    """Return one row under ``HEADER``."""
    daemonset = one.daemonset
    return (
        name(daemonset.title),
        f"{daemonset.ready:,}/{daemonset.desired:,}",
        since(one.age_seconds),
        since(one.unchanged_seconds),
        manager(daemonset),
        image(daemonset),
    )


def answers(one: Audited) -> tuple[str, str, str]:
    """Return the answers to ``QUESTIONS``, as far as they can be had from here."""
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
    if seconds is None:
        return amounts.UNKNOWN
    days = int(seconds // _DAY_SECONDS)
    if days >= _YEAR_DAYS:
        years, rest = divmod(days, _YEAR_DAYS)
        return f"{years}y{rest}d" if rest else f"{years}y"
    return f"{days}d" if days else f"{int(seconds // _HOUR_SECONDS)}h"


def _needed(one: Audited) -> str:
    cannot = "cannot be told from here: ask whoever knows"
    culprit = one.culprit
    if culprit is None:
        return cannot
    nodes = amounts.count(len(culprit.nodes), "node")
    if culprit.strength is Strength.HOLDS and culprit.held_bytes:
        return f"{cannot}; it holds {amounts.size(culprit.held_bytes)} on {nodes}"
    return f"{cannot}; it explains the trouble of {nodes}"


def _maintained(one: Audited) -> str:
    by = f"; {manager(one.daemonset)} manages it" if one.daemonset.manager is not Manager.NOBODY else ""
    by = by or "; nobody manages it"
    if one.abandoned:
        return f"no, its image is {printable(one.abandoned)}{by}"
    return f"not known, its image is not on the list of abandoned ones{by}"


def _updated(one: Audited) -> str:
    if one.unchanged_seconds is None:
        return "not known"
    who = one.daemonset.changed_by
    return f"{since(one.unchanged_seconds)} ago" + (f", by {printable(who, _WHO_CHARACTERS)}" if who else "")
