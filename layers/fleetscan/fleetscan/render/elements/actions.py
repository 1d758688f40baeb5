"""Remedies in HTML: that of the root cause first, then what is critical, each command in a block to be copied."""

from __future__ import annotations

from fleetscan.model import Report
from fleetscan.model.conclusion import RootCause
from fleetscan.render.elements.markup import Markup, element, escaped, spaced
from fleetscan.render.elements.node import label
from fleetscan.render.words import amounts
from fleetscan.render.words.escape import SENTENCE_CHARACTERS, name, sanitized
from fleetscan.render.words.remedy import PAGES, Advice, ends_with, parts, plan
from fleetscan.render.words.root_cause_words import affected, confidence, heading, reasons, title

_ROOT_CAUSES = 3
_REMEDIES = 20
_NODES = 4
_COMMAND_CHARACTERS = 800


def actions(report: Report) -> list[Markup]:
    """Return the root causes as cards, then the remedies of what they do not explain; the minor ones in a list."""
    todo = plan(report)
    if not report.culprits and not todo.full and not todo.short:
        return []
    with_nodes = len(report.diagnoses) > 1
    cards = [_root_cause(root_cause, report) for root_cause in report.culprits[:_ROOT_CAUSES]]
    cards += [_remedy(entry, with_nodes=with_nodes) for entry in todo.full[:_REMEDIES]]
    if (rest := len(todo.full) - _REMEDIES) > 0:
        cards.append(element("p", f"and {amounts.count(rest, 'more remedy', 'more remedies')}: see the JSON"))
    if todo.short:
        items = (element("li", _words(entry), spaced(" "), _rules(entry)) for entry in todo.short[:_REMEDIES])
        then = element("p", f"Other remedies, see {PAGES} in the project's repository:", class_="soft")
        cards.append(element("div", then, element("ul", *items, class_="plain"), class_="card"))
    return [element("p", "Review each command before you run it.", class_="soft"), *cards]


def _root_cause(root_cause: RootCause, report: Report) -> Markup:
    sure = confidence(root_cause)
    ends = ", ".join(name(rule) for rule in ends_with(report, root_cause))
    said = (element("li", escaped(reason, SENTENCE_CHARACTERS)) for reason in (sure.why, *reasons(root_cause)))
    nodes = affected(root_cause, report) if len(report.diagnoses) > 1 else ""
    where = ", ".join(word for word in (name(root_cause.image), name(root_cause.cluster)) if word)
    return element(
        "article",
        element(
            "h3",
            f"{heading(root_cause)}: {title(root_cause)}",
            spaced(" "),
            label(f"confidence: {sure.level}", "critical"),
        ),
        element("p", where, class_="soft small") if where else Markup(""),
        element("ul", *said, class_="plain"),
        element("p", f"Affected: {nodes}") if nodes else Markup(""),
        *_instructions(root_cause.remedy),
        element("p", f"Also resolves: {ends}", class_="soft small") if ends else Markup(""),
        class_="card headline critical",
    )


def _remedy(entry: Advice, *, with_nodes: bool) -> Markup:
    return element(
        "article",
        element("h3", sanitized(entry.title).rstrip(".")),
        element("p", _where(entry), class_="soft small") if with_nodes else Markup(""),
        *_instructions(entry.remedy),
        class_="card",
    )


def _instructions(remedy: str) -> list[Markup]:
    return [
        element("pre", element("code", escaped(part.text, _COMMAND_CHARACTERS)))
        if part.is_command
        else element("p", escaped(part.text, _COMMAND_CHARACTERS))
        for part in parts(remedy)
    ]


def _words(entry: Advice) -> str:
    return f"{sanitized(entry.title).rstrip('.')} ({_where(entry)})"


def _rules(entry: Advice) -> Markup:
    return element("span", ", ".join(name(rule) for rule in entry.rules), class_="rule")


def _where(entry: Advice) -> str:
    more = len(entry.nodes) - _NODES
    return ", ".join(entry.nodes[:_NODES]) + (f" and {more:,} more" if more > 0 else "")
