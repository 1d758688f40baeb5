"""The patterns of the kernel log and of the journal: ``log_patterns.toml``, read strictly.

The collection script sorts lines by them on the node (``documents/build.py`` writes them into it), the parsers know no
other kinds, and the rules know by them what one line is worth. They are written in what all of gawk, mawk, busybox awk,
grep -E and Python read alike: no intervals, no classes by backslash, nothing greedy or lazy. A malformed entry raises
when the list is read, which a test does: the build fails, never a scan.
"""

from __future__ import annotations

import enum
import re
import tomllib
from functools import cache
from importlib import resources

from fleetscan.errors import ParseError
from fleetscan.immutable import immutable

_SOURCE = "log_patterns.toml"
_KIND_FIELDS = {"id", "log", "rules", "severity", "hints", "wording"}
_WORDING_FIELDS = {"pattern", "since", "source", "samples"}
_ID = re.compile(r"[a-z][a-z_]{2,30}")
_SEVERITY = re.compile(r"info|warning|critical")
_HINT = re.compile(r"[A-Za-z0-9 _,:=(\[\]#/.-]{2,40}")
_WORDS = re.compile(r"[ -~]*[!-~]")
_PATTERN = re.compile(r"[ -~]+")
_PORTABLE = re.compile(r"(?:(?:\[\^?[^]\\/]+\]|\\[][().*+?^$|]|[^][\\{}'*+?])[*+?]?)+")
"""Sets without slashes and backslashes, since busybox takes a backslash in a set for a character of its own."""
_FOREIGN = re.compile(r"[(|][*+?]|\[\[[:.=]")


MATTERS_OF_PODS = "[Pp]robe (failed|errored|for )|ifecycle hook|container process( caused)?[^a-z]*exec: "
"""What the kubelet says with something that a container printed, or of a command that its image does not have: such a
line of the journal is of no kind."""


class Log(enum.StrEnum):
    """Which log a line stands in."""

    KERNEL = "kernel"
    JOURNAL = "journal"


@immutable
class Wording:
    """One way in which a kind of line is worded."""

    pattern: str
    since: str
    source: str
    samples: tuple[str, ...]


@immutable
class Kind:
    """One kind of line."""

    id: str
    log: Log
    rules: tuple[str, ...]
    """The ids of the rules that read it."""
    severity: str
    """What one such line comes to by itself."""
    hints: tuple[str, ...]
    """Every line of this kind of the kernel log holds one of them."""
    wordings: tuple[Wording, ...]

    @property
    def pattern(self) -> str:
        """One pattern for all wordings."""
        return "|".join(wording.pattern for wording in self.wordings)


@cache
def kinds() -> tuple[Kind, ...]:
    """Return the list that ships with the package; of a line that several match, the first has it."""
    return parse(resources.files("fleetscan.capture").joinpath(_SOURCE).read_text(encoding="utf-8"))


@cache
def ids(log: Log) -> frozenset[str]:
    """Return what the kinds of one log are called."""
    return frozenset(kind.id for kind in kinds() if kind.log is log)


def kind_of(text: str, log: Log) -> Kind | None:
    """Return the kind of a line, as the collection script finds it; None for a line that does not matter."""
    if log is Log.JOURNAL and re.search(MATTERS_OF_PODS, text):
        return None
    return next((kind for kind in kinds() if kind.log is log and re.search(kind.pattern, text)), None)


def parse(text: str) -> tuple[Kind, ...]:
    """Read a list; ParseError names the first entry that is not as it should be."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ParseError(_SOURCE, 0, f"no TOML: {error}") from error
    tables = document.pop("kind", None)
    if document or not isinstance(tables, list) or not tables:
        raise ParseError(_SOURCE, 0, "must hold [[kind]] tables and nothing else")
    found = tuple(_kind(number, table) for number, table in enumerate(tables, start=1))
    names = [kind.id for kind in found]
    for name in names:
        if names.count(name) > 1:
            raise ParseError(_SOURCE, 0, f"kind {name} is given twice")
    return found


def _kind(number: int, table: object) -> Kind:
    if not isinstance(table, dict) or set(table) != _KIND_FIELDS:
        raise ParseError(_SOURCE, 0, f"kind {number} must have exactly the fields {', '.join(sorted(_KIND_FIELDS))}")
    entry = f"kind {number}"
    if table["log"] not in set(Log):
        raise ParseError(_SOURCE, 0, f"{entry}: log is not as it should be: {table['log']!r}")
    log = Log(table["log"])
    wordings = table["wording"]
    if not isinstance(wordings, list) or not wordings:
        raise ParseError(_SOURCE, 0, f"{entry}: has no wording")
    hints = _texts(entry, "hints", table["hints"], _HINT)
    if (log is Log.KERNEL) != bool(hints):
        raise ParseError(_SOURCE, 0, f"{entry}: hints are for the kernel log, and each kind of it needs one")
    rules = _texts(entry, "rules", table["rules"], _ID)
    if not rules:
        raise ParseError(_SOURCE, 0, f"{entry}: no rule reads it")
    return Kind(
        id=_text(entry, "id", table["id"], _ID),
        log=log,
        rules=rules,
        severity=_text(entry, "severity", table["severity"], _SEVERITY),
        hints=hints,
        wordings=tuple(_wording(entry, wording) for wording in wordings),
    )


def _wording(entry: str, table: object) -> Wording:
    if not isinstance(table, dict) or set(table) != _WORDING_FIELDS:
        raise ParseError(_SOURCE, 0, f"{entry}: a wording must have exactly {', '.join(sorted(_WORDING_FIELDS))}")
    pattern = _text(entry, "pattern", table["pattern"], _PATTERN)
    if not _PORTABLE.fullmatch(pattern) or _FOREIGN.search(pattern):
        raise ParseError(_SOURCE, 0, f"{entry}: not every awk reads the pattern {pattern!r}")
    samples = _texts(entry, "samples", table["samples"], _WORDS)
    if not samples:
        raise ParseError(_SOURCE, 0, f"{entry}: the pattern {pattern!r} has no sample")
    return Wording(
        pattern=pattern,
        since=_text(entry, "since", table["since"], _WORDS),
        source=_text(entry, "source", table["source"], _WORDS),
        samples=samples,
    )


def _texts(entry: str, field: str, value: object, form: re.Pattern[str]) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ParseError(_SOURCE, 0, f"{entry}: {field} is no list")
    return tuple(_text(entry, field, one, form) for one in value)


def _text(entry: str, field: str, value: object, form: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise ParseError(_SOURCE, 0, f"{entry}: {field} is not as it should be: {value!r}")
    return value
