"""Kubernetes' own view as plain text: why pods died, and the audit of DaemonSets."""

from __future__ import annotations

from datetime import datetime

from fleetscan.model import Report
from fleetscan.render import amounts, layout
from fleetscan.render.daemonset_words import HEADER, QUESTIONS, answers, cells, wants_an_answer
from fleetscan.render.escape import name
from fleetscan.render.story_words import Tale, others, steps, tales, title

TALES = 2
"""Told in a report; each of the others has the same length, and a command that tells it."""
ROWS = 12
VERDICTS = 3

_STEP_COLUMN = 23
_LABEL_CHARACTERS = 9


def stories(report: Report, *, verbose: bool = False) -> list[str]:
    """Return why pods died, the latest death first; those beyond the second only when ``verbose``."""
    every = tales(report.stories)
    shown = every if verbose else every[:TALES]
    with_cluster = len({one.cluster for one in report.stories}) > 1
    lines: list[str] = []
    for one in shown:
        lines += [*([""] if lines else []), *tale(one, report.started_at, with_cluster=with_cluster)]
    if rest := sum(1 + len(one.others) for one in every[len(shown) :]):
        lines += [
            "",
            *layout.paragraph(
                f"and {amounts.count(rest, 'more pod')}: fleetscan explain pod NAMESPACE/NAME", indent="  "
            ),
        ]
    return lines


def tale(one: Tale, now: datetime, *, with_cluster: bool = False) -> list[str]:
    """Return one story: the pod, then the chain behind its death."""
    words = title(one, now, with_cluster=with_cluster)
    return [*layout.paragraph(words, indent="  ", hanging="    "), *chain(one)]


def chain(one: Tale) -> list[str]:
    """Return the steps from a death back to what lies behind it, and the other pods of the story. Times are UTC."""
    lines: list[str] = []
    for step in steps(one.story):
        label = f"{step.time or '-':<{_LABEL_CHARACTERS}} {step.label}"
        lines += layout.labelled(label, step.text, indent="    ", column=_STEP_COLUMN)
    if words := others(one):
        lines += layout.paragraph(words, indent="    ", hanging="      ")
    return lines


def daemonsets(report: Report, *, verbose: bool = False) -> list[str]:
    """Return the table of DaemonSets, those that want an answer first, and the incident's questions to those."""
    every = report.audit
    if not every:
        return []
    shown = every if verbose else every[:ROWS]
    lines = layout.columns([HEADER, *(cells(one) for one in shown)], right=frozenset({1, 2, 3}), shrinkable=(5, 0, 4))
    if rest := len(every) - len(shown):
        lines.append(f"and {amounts.count(rest, 'DaemonSet')} with less to say")
    asked = [one for one in every if wants_an_answer(one)]
    for one in asked if verbose else asked[:VERDICTS]:
        said = " ".join(f"{question} {answer}." for question, answer in zip(QUESTIONS, answers(one), strict=True))
        lines += ["", *layout.paragraph(f"{name(one.daemonset.title)}: {said}", hanging="  ")]
    if not verbose and (rest := len(asked) - VERDICTS) > 0:
        lines += ["", f"and {amounts.count(rest, 'more DaemonSet')} that want an answer, see --verbose"]
    return lines
