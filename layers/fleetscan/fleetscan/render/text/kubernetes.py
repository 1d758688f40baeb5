"""Kubernetes' own view as blocks: why pods were terminated, and the audit of DaemonSets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fleetscan.model import Report
from fleetscan.model.audit import Audited
from fleetscan.render.text import layout
from fleetscan.render.text.blocks import Block, Column, Span, Style, Table
from fleetscan.render.text.detail import Detail
from fleetscan.render.words import amounts
from fleetscan.render.words.daemonset_words import (
    HEADER,
    QUESTIONS,
    TONES,
    answers,
    are_of_several_clusters,
    cells,
    wants_an_answer,
)
from fleetscan.render.words.daemonset_words import title as title_of
from fleetscan.render.words.timeline_words import Timeline, others, steps, timelines, title

TIMELINES = {Detail.BRIEF: 1, Detail.FULL: 2}
"""Shown in a report; each of the others is as long, and a command shows it."""
ROWS = {Detail.BRIEF: 5, Detail.FULL: 12}
REVIEWED = {Detail.BRIEF: 1, Detail.FULL: 3}

_STEP_COLUMN = 26
_TIME_CHARACTERS = 9
_STYLES = {"terminated": Style.CRITICAL, "cause": Style.CRITICAL, "evidence": Style.WARNING, "unknown": Style.UNKNOWN}
_TONES = {
    "critical": Style.CRITICAL,
    "warning": Style.WARNING,
    "info": Style.PLAIN,
    "ok": Style.PLAIN,
}
_COLUMNS = (
    Column(title=HEADER[0], least=16),
    Column(title=HEADER[1], is_right=True),
    Column(title=HEADER[2], is_right=True),
    Column(title=HEADER[3], is_right=True),
    Column(title=HEADER[4], least=6),
    Column(title=HEADER[5], least=8),
)
_SHRINKABLE = (5, 0, 4)
_DROPPABLE = (5, 4)


def pod_terminations(report: Report, detail: Detail = Detail.FULL) -> list[Block]:
    """Return why pods were terminated, the latest first; how many more there are, and the command that shows them."""
    every = timelines(report.stories)
    shown = every[: TIMELINES.get(detail, len(every))]
    with_cluster = len({one.cluster for one in report.stories}) > 1
    lines: list[Block] = []
    for one in shown:
        lines += [*([""] if lines else []), *timeline(one, report.started_at, with_cluster=with_cluster)]
    if rest := sum(1 + len(one.others) for one in every[len(shown) :]):
        more = (Span(f"and {amounts.count(rest, 'more pod')}: "), Span("fleetscan explain pod ...", Style.COMMAND))
        lines += ["", *layout.paragraph(more, indent="  ")]
    return lines


def timeline(one: Timeline, now: datetime, *, with_cluster: bool = False) -> list[Block]:
    """Return one timeline: the pod, then what led to its termination."""
    words = Span(title(one, now, with_cluster=with_cluster), Style.STRONG)
    return [*layout.paragraph(words, indent="  ", hanging="    "), *chain(one)]


def chain(one: Timeline) -> list[Block]:
    """Return the steps oldest first, and the other pods that have the same timeline. Times are UTC."""
    lines: list[Block] = []
    for step in steps(one.story):
        label = (Span(f"{step.time or '-':<{_TIME_CHARACTERS}} ", Style.QUIET), Span(step.label, _STYLES[step.label]))
        lines += layout.labelled(label, step.text, indent="    ", column=_STEP_COLUMN)
    if words := others(one):
        lines += layout.paragraph(words, indent="    ", hanging="      ")
    return lines


def daemonsets(report: Report, detail: Detail = Detail.FULL) -> list[Block]:
    """Return the table of DaemonSets, those to review first, and the incident's questions about those.

    On a screen only they are shown, and nothing if none of them is to be reviewed.
    """
    every = report.audit
    asked = [one for one in every if wants_an_answer(one)]
    listed = asked if detail is Detail.BRIEF else every
    shown = listed[: ROWS.get(detail, len(listed))]
    if not shown:
        return []
    with_cluster = are_of_several_clusters(every)
    lines: list[Block] = [_table(shown, with_cluster=with_cluster)]
    if rest := len(every) - len(shown):
        lines.append(f"and {amounts.count(rest, 'more DaemonSet')}")
    reviewed = asked[: REVIEWED.get(detail, len(asked))]
    for one in reviewed:
        said = " ".join(f"{question} {answer}." for question, answer in zip(QUESTIONS, answers(one), strict=True))
        words = (Span(title_of(one, with_cluster=with_cluster), Style.STRONG), Span(f": {said}"))
        lines += ["", *layout.paragraph(words, hanging="  ")]
    if rest := len(asked) - len(reviewed):
        lines += ["", f"and {amounts.count(rest, 'more DaemonSet')} to review, see --verbose"]
    return lines


def _table(shown: Sequence[Audited], *, with_cluster: bool) -> Table:
    rows = []
    for one in shown:
        first, *rest = cells(one, with_cluster=with_cluster)
        rows.append((Span(first, _TONES[TONES[one.standing]]), *(Span(cell) for cell in rest)))
    return Table(columns=_COLUMNS, rows=tuple(rows), shrinkable=_SHRINKABLE, droppable=_DROPPABLE)
