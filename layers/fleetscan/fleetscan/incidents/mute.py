"""Mutes: what sends no messages, until when, and why. A mute hides messages, never what a report shows.

    rule = "swap_*"            # what may be left out is *, but not all three
    cluster = "staging"
    node_group = "batch-*"
    until = "2026-03-01"       # the end of that day in UTC, or a time with its zone
    why = "the batch nodes swap by design, see runbook 12"

A malformed entry mutes nothing and is named in every report; an expired mute is reported once, by a message.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from fnmatch import fnmatchcase

from fleetscan.errors import MuteError
from fleetscan.model.episode import Fingerprint, Mute, Mutes
from fleetscan.numbers import shown

LONGEST = timedelta(days=366)
"""A mute for ever is a deleted rule that nobody remembers; once a year somebody has to say it again."""
SHORTEST_WHY = 5
LONGEST_WHY = 200

_FIELDS = frozenset({"id", "rule", "cluster", "node_group", "until", "why"})
_ID = re.compile(r"[0-9A-Za-z_-]{1,40}")
_PATTERN = re.compile(r"[0-9A-Za-z_.*?-]{1,100}")
_SPAN = re.compile(r"([1-9][0-9]{0,3})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def read(entries: Iterable[Mapping[str, object]], now: datetime, rules: Collection[str]) -> Mutes:
    """Return the mute list from its entries, those that are malformed as problems.

    ``rules`` are the ids that there are: a mute of a rule that does not exist is a misspelling.
    """
    active: list[Mute] = []
    expired: list[Mute] = []
    problems: list[str] = []
    for number, given in enumerate(entries, start=1):
        try:
            mute = entry(given, now, rules)
        except MuteError as error:
            name = given.get("id")
            problems.append(f"Mute {shown(name) if isinstance(name, str) else number} mutes nothing: {error}.")
        else:
            (active if mute.until > now else expired).append(mute)
    return Mutes(active=tuple(active), expired=tuple(expired), problems=tuple(problems))


def entry(given: Mapping[str, object], now: datetime, rules: Collection[str]) -> Mute:
    """Return one mute; MuteError says what is wrong with the entry and what may stand there."""
    if unknown := sorted(set(given) - _FIELDS):
        raise MuteError(f"{shown(unknown[0])} is no part of a mute; there are {', '.join(sorted(_FIELDS))}")
    patterns = {name: _pattern(name, given.get(name, "*")) for name in ("rule", "cluster", "node_group")}
    if set(patterns.values()) == {"*"}:
        raise MuteError("it would mute everything; give it a rule, a cluster or a node group")
    if not any(fnmatchcase(rule, patterns["rule"]) for rule in rules):
        raise MuteError(f"no rule is called {shown(patterns['rule'])}")
    name, why = given.get("id", ""), given.get("why", "")
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise MuteError("its id is not 1 to 40 letters, digits, - and _")
    if not isinstance(why, str) or not SHORTEST_WHY <= len(why.strip()) <= LONGEST_WHY:
        raise MuteError(f"it does not say why in {SHORTEST_WHY} to {LONGEST_WHY} characters")
    if "until" not in given:
        raise MuteError("it does not say until when")
    end = until(given["until"], now)
    if end > now + LONGEST:
        raise MuteError(f"it lasts until {end:%Y-%m-%d}; the longest is {LONGEST.days} days")
    return Mute(id=name, until=end, why=why.strip(), **patterns)


def until(given: object, now: datetime, *, may_be_span: bool = False) -> datetime:
    """Return the end of a mute: a time with its zone, or the end of a day in UTC; if it may be a span, also ``3d``.

    A span is hours (h), days (d) or weeks (w) from now; stored it would begin anew with every scan.
    """
    if may_be_span and isinstance(given, str) and (span := _SPAN.fullmatch(given)):
        return now + int(span[1]) * _UNITS[span[2]]
    try:
        value = _moment(given) if isinstance(given, str) else given
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.astimezone(UTC)
        if isinstance(value, date) and not isinstance(value, datetime):
            return datetime.combine(value, time.min, UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        pass
    spans = ", or a span such as 12h, 3d or 2w" if may_be_span else ""
    raise MuteError(
        f"until {shown(str(given))} is no date such as 2026-03-01 and no time with its zone such as "
        f"2026-03-01T18:00Z{spans}"
    )


def hidden_by(mutes: Iterable[Mute], fingerprint: Fingerprint, node_groups: Iterable[str]) -> str:
    """Return which mute hides an incident, in words; empty when none does.

    Each of its node groups must be muted: an incident on one more node group is reported.
    """
    fitting = [
        mute
        for mute in mutes
        if fnmatchcase(fingerprint.rule, mute.rule) and fnmatchcase(fingerprint.cluster, mute.cluster)
    ]
    if not fitting:
        return ""
    used = []
    for group in tuple(node_groups) or ("",):
        mute = next((one for one in fitting if fnmatchcase(group, one.node_group)), None)
        if mute is None:
            return ""
        used.append(mute)
    first = min(used, key=lambda mute: mute.until)
    return f"muted until {first.until:%Y-%m-%d %H:%M} UTC: {first.why}"


def _pattern(name: str, given: object) -> str:
    if not isinstance(given, str) or not _PATTERN.fullmatch(given):
        raise MuteError(f"its {name} {shown(str(given))} is no name; * and ? stand for any characters and for one")
    return given


def _moment(text: str) -> date:
    """Return a date for ``2026-03-01`` and a datetime for more than that."""
    return date.fromisoformat(text) if len(text) <= len("2026-03-01") else datetime.fromisoformat(text)
