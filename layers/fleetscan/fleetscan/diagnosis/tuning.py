"""Changed thresholds: entries of text -> checked values -> rules that use them. Pure.

    slab_unreclaimable_high.warning_ratio=0.12 memory_pressure_high.critical_percent=70

Entries are separated by whitespace or commas. An unknown rule or threshold, a value that does not fit, an entry that is
given twice and thresholds in the wrong order are errors: an entry that is silently ignored would leave the fleet
evaluated with a threshold that the operator believes changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import Field, replace
from difflib import get_close_matches
from typing import Any, ClassVar, Protocol

from fleetscan.diagnosis.rule import AnyRule
from fleetscan.diagnosis.rules import RULES
from fleetscan.diagnosis.thresholds import AtLeast, AtMost, Number, Threshold, moved, thresholds
from fleetscan.errors import ParseError, SettingError
from fleetscan.immutable import immutable
from fleetscan.model.threshold import MovedThreshold
from fleetscan.numbers import decimal, shown, whole

LONGEST_CHARACTERS = 2_000
"""Some 45 entries. All environment variables of a function together may have 4 KB (Lambda quotas)."""

ENTRY_SHAPE = re.compile(r"([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)=(\S+)")

_SEPARATORS = re.compile(r"[\s,]+")
_ENTRY_CHARACTERS = 80


class Tunable(Protocol):
    """A rule or a hypothesis of the investigation: both have thresholds."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def id(self) -> str:
        """Its id, under which a rule's own thresholds are changed."""

    @property
    def limits(self) -> object:
        """Its thresholds."""


def catalogue(rules: Iterable[AnyRule] = RULES) -> Mapping[str, Mapping[str, Threshold]]:
    """Return rule -> name -> threshold of all thresholds; a rule without any has an empty row."""
    return {rule.id: {one.name: one for one in thresholds(rule.id, rule.limits)} for rule in rules}


def entries(text: str) -> list[str]:
    """Return the entries of a list, as they were written."""
    return [entry for entry in _SEPARATORS.split(text) if entry]


def read(text: str, *, source: str) -> tuple[MovedThreshold, ...]:
    """Read a list of entries; SettingError names the source, the entry and what fits.

    An entry that repeats a default changes nothing and is not returned; the others are in the order of the catalogue.
    """
    if len(text) > LONGEST_CHARACTERS:
        raise SettingError(f"{source} has {len(text):,} characters; more than {LONGEST_CHARACTERS:,} do not fit")
    return together((source, entry) for entry in entries(text))


def together(written: Iterable[tuple[str, str]]) -> tuple[MovedThreshold, ...]:
    """Read entries, each with the name of its source, and check them against each other as one list."""
    known = catalogue()
    values: dict[tuple[str, str], Number] = {}
    given: dict[tuple[str, str], _Entry] = {}
    for source, text in written:
        entry = _Entry(source, text)
        threshold = entry.threshold(known)
        key = (threshold.rule, threshold.name)
        if key in given:
            raise entry.misfit(f"the same threshold is given before, as {_quoted(given[key].text)}")
        values[key], given[key] = entry.value(threshold), entry
    for key, entry in given.items():
        _require_order(known[key[0]], values, entry)
    return tuple(
        MovedThreshold(rule=one.rule, name=one.name, value=values[one.rule, one.name], default=one.default)
        for rule in known.values()
        for one in rule.values()
        if values.get((one.rule, one.name), one.default) != one.default
    )


def tuned[J: Tunable](tunables: Sequence[J], changes: Iterable[MovedThreshold]) -> tuple[J, ...]:
    """Return the same rules or hypotheses with changed thresholds, shared ones included."""
    values: dict[tuple[str, str], Number] = {(one.rule, one.name): one.value for one in changes}
    return (
        tuple(replace(one, limits=moved(one.limits, one.id, values)) for one in tunables) if values else tuple(tunables)
    )


def moved_words(changes: Sequence[MovedThreshold]) -> tuple[str, ...]:
    """Return the note for the report: which thresholds were changed and their defaults; nothing if none was."""
    moved_ones = ", ".join(f"{one.rule}.{one.name} {one.value} instead of {one.default}" for one in changes)
    return (f"Evaluated with changed thresholds: {moved_ones}.",) if changes else ()


@immutable(kw_only=False)
class _Entry:
    """One entry as somebody wrote it, and where."""

    source: str
    text: str

    def threshold(self, known: Mapping[str, Mapping[str, Threshold]]) -> Threshold:
        """Return the threshold that it names."""
        rule, name, _ = self._parts()
        if rule not in known:
            raise self.misfit(f"there is no rule {shown(rule)}{_perhaps(rule, known)}")
        if not known[rule]:
            raise self.misfit(f"the rule {rule} has no threshold")
        if name not in known[rule]:
            perhaps = _perhaps(name, known[rule]) or f"; it has {', '.join(known[rule])}"
            raise self.misfit(f"{rule} has no threshold {shown(name)}{perhaps}")
        return known[rule][name]

    def value(self, threshold: Threshold) -> Number:
        """Return the value where it is a number that the threshold may have."""
        _, name, text = self._parts()
        bounds = threshold.bounds
        kind = "a whole number" if threshold.is_whole else "a number"
        allowed = f"{name} is {kind} from {bounds.least} to {bounds.most}"
        try:
            value: Number = (whole if threshold.is_whole else decimal)(text, source=self.source, line=0, name=name)
        except ParseError:
            raise self.misfit(allowed) from None
        if not bounds.least <= value <= bounds.most:
            raise self.misfit(allowed)
        return value

    def misfit(self, why: str) -> SettingError:
        """Return the error that names the source, the entry and what is wrong with it."""
        return SettingError(f"{self.source}: {_quoted(self.text)}: {why}")

    def _parts(self) -> tuple[str, str, str]:
        found = ENTRY_SHAPE.fullmatch(self.text)
        if found is None:
            raise self.misfit("an entry is RULE.THRESHOLD=NUMBER, such as load_high.warning_per_cpu=3")
        return found[1], found[2], found[3]


def _require_order(rule: Mapping[str, Threshold], values: Mapping[tuple[str, str], Number], entry: _Entry) -> None:
    """Raise if an entry puts the thresholds of a rule in the wrong order."""
    now = {name: values.get((one.rule, name), one.default) for name, one in rule.items()}
    for one, mark in _orders(rule):
        is_least = isinstance(mark, AtLeast)
        if now[one.name] < now[mark.other] if is_least else now[one.name] > now[mark.other]:
            words = "at least" if is_least else "at most"
            raise entry.misfit(
                f"{one.name} must be {words} {mark.other}, and they would be {now[one.name]} and {now[mark.other]}"
            )


def _orders(rule: Mapping[str, Threshold]) -> Iterator[tuple[Threshold, AtLeast | AtMost]]:
    for one in rule.values():
        for mark in one.order:
            yield one, mark


def _perhaps(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(close)}?" if close else ""


def _quoted(text: str) -> str:
    return shown(text, characters=_ENTRY_CHARACTERS)
