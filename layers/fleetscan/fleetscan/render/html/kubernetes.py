"""Kubernetes' own view in HTML: pod terminations as cards, and the audit of DaemonSets as a table."""

from __future__ import annotations

from fleetscan.model import Report
from fleetscan.model.audit import Audited
from fleetscan.render.elements.markup import Markup, element, spaced
from fleetscan.render.elements.node import label
from fleetscan.render.words import amounts
from fleetscan.render.words.daemonset_words import (
    HEADER,
    QUESTIONS,
    TONES,
    WORDS,
    answers,
    are_of_several_clusters,
    cells,
    wants_an_answer,
)
from fleetscan.render.words.daemonset_words import title as title_of
from fleetscan.render.words.timeline_words import Timeline, TimelineStep, others, steps, timelines, title

TIMELINES = 4
ROWS = 40
REVIEWED = 6
_TONES = {"terminated": "critical", "cause": "critical", "evidence": "warning", "unknown": "unknown"}


def pod_terminations(report: Report) -> list[Markup]:
    """Return why pods were terminated, a card for each timeline, the latest first; nothing where none is known."""
    every = timelines(report.stories)
    with_cluster = len({one.cluster for one in report.stories}) > 1
    cards = [_timeline(one, title(one, report.started_at, with_cluster=with_cluster)) for one in every[:TIMELINES]]
    if rest := sum(1 + len(one.others) for one in every[TIMELINES:]):
        cards.append(element("p", f"and {amounts.count(rest, 'more pod')}: fleetscan explain pod NAMESPACE/NAME"))
    return cards


def daemonsets(report: Report) -> list[Markup]:
    """Return the audit: a table, then the questions to those that want an answer; nothing where none was listed."""
    every = report.audit
    if not every:
        return []
    with_cluster = are_of_several_clusters(every)
    titles = [*HEADER, "status"]
    head = element("thead", element("tr", *(element("th", _capital(one), scope="col") for one in titles)))
    table = element("table", head, element("tbody", *(_row(one, with_cluster=with_cluster) for one in every[:ROWS])))
    rest = len(every) - ROWS
    more = [element("p", f"and {amounts.count(rest, 'more DaemonSet')}", class_="soft")] if rest > 0 else []
    asked = [one for one in every if wants_an_answer(one)]
    cards = (_asked(one, with_cluster=with_cluster) for one in asked[:REVIEWED])
    return [element("div", table, *more, class_="card"), *cards]


def _timeline(one: Timeline, heading: str) -> Markup:
    words = others(one)
    return element(
        "article",
        element("h3", heading),
        element("ul", *(_step(step) for step in steps(one.story)), class_="findings"),
        element("p", words, class_="soft small") if words else Markup(""),
        class_="card",
    )


def _step(step: TimelineStep) -> Markup:
    when = element("div", f"{step.time} UTC", class_="soft small") if step.time else Markup("")
    return element(
        "li", element("div", label(step.label, _TONES[step.label])), element("div", element("div", step.text), when)
    )


def _row(one: Audited, *, with_cluster: bool) -> Markup:
    first, *rest = cells(one, with_cluster=with_cluster)
    return element(
        "tr",
        element("td", element("strong", first), class_="wide"),
        *(element("td", text, data_label=_capital(words)) for words, text in zip(HEADER[1:], rest, strict=True)),
        element("td", label(WORDS[one.standing], TONES[one.standing]), data_label="Status"),
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _asked(one: Audited, *, with_cluster: bool) -> Markup:
    items = (
        element("li", element("strong", question), spaced(" "), answer)
        for question, answer in zip(QUESTIONS, answers(one), strict=True)
    )
    return element(
        "article",
        element(
            "h3",
            title_of(one, with_cluster=with_cluster),
            spaced(" "),
            label(WORDS[one.standing], TONES[one.standing]),
        ),
        element("ul", *items, class_="plain"),
        class_="card",
    )
