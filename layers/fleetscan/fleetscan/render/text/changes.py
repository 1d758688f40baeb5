"""What changed since the last scan as plain text: one entry an incident, then before and after of what is over."""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan.model.episode import ChangeKind, Chronicle, Event
from fleetscan.model.finding import Severity
from fleetscan.render.text import layout
from fleetscan.render.text.blocks import Block, Column, Span, Style, Table, of_severity
from fleetscan.render.words import amounts
from fleetscan.render.words.before_after import comparisons, rows
from fleetscan.render.words.change_words import (
    KINDS,
    details,
    is_of_many_clusters,
    muted,
    open_words,
    severity,
    title,
    unchanged,
)
from fleetscan.render.words.escape import name, sanitized

_EVENTS = 20
_BRIEF_EVENTS = 8
_TABLES = 3
_STANDING = 10
_COLUMN = 23
_SEVERITY_COLUMN = 11
_LABEL_CHARACTERS = 26
_VALUE_CHARACTERS = 14


def changes(chronicle: Chronicle, *, verbose: bool = False) -> list[Block]:
    """Return every change, those that no message reports with the reason; mere information only when ``verbose``."""
    shown = [one for one in chronicle.events if verbose or not one.hidden or severity(one) is not Severity.INFO]
    lines = events(shown, with_cluster=is_of_many_clusters(chronicle))
    if milder := len(chronicle.events) - len(shown):
        lines.append(f"  {'and ' if shown else ''}{amounts.count(milder, 'change')} of severity info, see --verbose")
    return lines or ["  No changes."]


def changes_in_brief(chronicle: Chronicle) -> list[Block]:
    """Return a line for each change; if everything is new, how many, because the findings say the rest."""
    every = [one for one in chronicle.events if severity(one) is not Severity.INFO]
    if not every:
        return []
    if all(one.kind is ChangeKind.OPENED for one in every) and not unchanged(chronicle):
        critical = sum(severity(one) is Severity.CRITICAL for one in every)
        count = (
            f"{amounts.count(len(every), 'incident')} opened{f', {critical:,} of them critical' if critical else ''}"
        )
        return layout.paragraph(f"{count}; none was open before.", indent="  ")
    with_cluster = is_of_many_clusters(chronicle)
    table = Table(
        columns=(Column(), Column(), Column(least=32, is_prose=True), Column(least=20, is_prose=True)),
        rows=tuple(_brief_row(one, with_cluster=with_cluster) for one in every[:_BRIEF_EVENTS]),
        shrinkable=(2, 3),
        droppable=(3,),
        indent="  ",
    )
    rest = len(every) - _BRIEF_EVENTS
    return [table, f"  and {amounts.count(rest, 'more change')}, see --verbose"] if rest > 0 else [table]


def _brief_row(event: Event, *, with_cluster: bool) -> tuple[Span, ...]:
    return (
        _kind(event),
        _severity(severity(event)),
        Span(sanitized(event.episode.title).rstrip(".")),
        Span(details(event, with_cluster=with_cluster), Style.QUIET),
    )


def _kind(event: Event) -> Span:
    return Span(KINDS[event.kind], Style.OK if event.kind is ChangeKind.RESOLVED else Style.STRONG)


def events(every: Sequence[Event], *, with_cluster: bool) -> list[Block]:
    """Return events as entries of one to three lines."""
    lines: list[Block] = []
    for event in every[:_EVENTS]:
        kind = _kind(event)
        label = (
            Span(f"{kind.text:<11} ", kind.style),
            _severity(severity(event)),
        )
        words = f"{title(event)}: {details(event, with_cluster=with_cluster)}"
        lines += layout.labelled(label, words, indent="  ", column=_COLUMN)
    rest = len(every) - _EVENTS
    return [*lines, f"  and {amounts.count(rest, 'more change')}"] if rest > 0 else lines


def before_and_after(every: Sequence[Event]) -> list[Block]:
    """Return, for the worst node of each resolved finding, its readings at the worst and now."""
    compared = comparisons(every)
    lines: list[Block] = []
    for one in compared[:_TABLES]:
        lines += [
            *([""] if lines else []),
            _row(f"  {name(one.host)}"[:_LABEL_CHARACTERS], "BEFORE", "AFTER"),
            *(_row(f"  {label}", before, after) for label, before, after in rows(one.before, one.after)),
        ]
        gone = "" if one.after else "The node is gone, so there are no readings after. "
        words = f"{gone}Resolved: {', '.join(name(rule) for rule in one.rules)}"
        lines += layout.paragraph(words, indent="  ", hanging="    ")
    rest = len(compared) - _TABLES
    return [*lines, "", f"  and {amounts.count(rest, 'more node')}"] if rest > 0 else lines


def still_open(chronicle: Chronicle) -> list[Block]:
    """Return the open findings that did not change, a line each."""
    open_ = unchanged(chronicle)
    with_cluster = is_of_many_clusters(chronicle)
    lines: list[Block] = []
    for one in open_[:_STANDING]:
        words = open_words(one, with_cluster=with_cluster)
        lines += layout.labelled(_severity(one.severity), words, indent="  ", column=_SEVERITY_COLUMN)
    rest = len(open_) - _STANDING
    return [*lines, f"  and {amounts.count(rest, 'more incident')}"] if rest > 0 else lines


def mutes_run_out(chronicle: Chronicle) -> list[Block]:
    """Return the expired mutes that are reported now."""
    lines: list[Block] = []
    for one in chronicle.expired_mutes:
        lines += layout.paragraph(f"- {muted(one)}", indent="  ", hanging="    ")
    return lines


def mutes_in_force(chronicle: Chronicle) -> list[Block]:
    """Return the mutes in force: what is hidden from messages is said in every report."""
    lines: list[Block] = []
    for one in chronicle.mutes:
        lines += layout.paragraph(f"- {muted(one)}", indent="  ", hanging="    ")
    return lines


def _severity(of: Severity) -> Span:
    return Span(of.value, of_severity(of))


def _row(label: str, before: str, after: str) -> str:
    return f"{label:<{_LABEL_CHARACTERS}}{before:>{_VALUE_CHARACTERS}}{after:>{_VALUE_CHARACTERS}}"
