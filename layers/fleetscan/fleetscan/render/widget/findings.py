"""The findings of a fleet, rule by rule: how severe, on which nodes, and the evidence on the worst of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from fleetscan.model import Diagnosis, Finding, Severity
from fleetscan.render.elements.markup import Markup, element, joined, spaced
from fleetscan.render.elements.node import label
from fleetscan.render.widget.frame import Frame, opening
from fleetscan.render.words import amounts
from fleetscan.render.words.escape import sanitized
from fleetscan.render.words.node_words import display_name, suspect_words

RULES = 12
"""A reader of a dashboard has a minute; the rest is in the report."""
_NODES = 6
_SUSPECTS = 2

type Found = tuple[Diagnosis, Finding]


def findings(diagnoses: Iterable[Diagnosis], frame: Frame) -> Markup:
    """Return a list of the rules that fired, the worst and most widespread first; nothing where none did.

    The nodes come in the order given, the worst first, and each opens its investigation. A suspect is named once.
    """
    groups = by_rule(diagnoses)
    named: set[str] = set()
    items = [_rule(found, frame, named) for found in groups[:RULES]]
    rest = len(groups) - RULES
    if rest > 0:
        more = f"and {amounts.count(rest, 'more kind')} of finding"
        items.append(element("li", element("div"), element("div", more)))
    return element("ul", *items, class_="findings") if items else Markup("")


def by_rule(diagnoses: Iterable[Diagnosis]) -> list[list[Found]]:
    """Return the findings of each rule and severity; information has no place on a dashboard."""
    groups: dict[tuple[Severity, str], list[Found]] = defaultdict(list)
    for diagnosis in diagnoses:
        for finding in diagnosis.findings:
            if finding.severity is not Severity.INFO:
                groups[finding.severity, finding.rule].append((diagnosis, finding))
    ordered = sorted(groups.items(), key=lambda group: (-group[0][0].rank, -len(group[1])))
    return [found for _, found in ordered]


def _rule(found: Sequence[Found], frame: Frame, named: set[str]) -> Markup:
    diagnosis, finding = found[0]
    severity = finding.severity.value
    whose = f"{display_name(diagnosis)}: " if len(found) > 1 else ""
    suspects = [suspect_words(one) for one in finding.evidence.suspects[:_SUSPECTS]]
    said = [element("p", element("strong", "Likely cause"), spaced(" "), one, class_="suspect") for one in suspects]
    return element(
        "li",
        element("div", label(severity, severity)),
        element(
            "div",
            element("strong", sanitized(finding.title).rstrip(".")),
            spaced(" "),
            element("span", finding.rule, class_="rule"),
            element("p", _nodes(found, frame)),
            element("p", f"{whose}{sanitized(finding.evidence.text)}", class_="soft"),
            *(one for words, one in zip(suspects, said, strict=True) if not _is_named(words, named)),
        ),
    )


def _is_named(words: str, named: set[str]) -> bool:
    """Whether this likely cause was named before; from now on it is."""
    was_named = words in named
    named.add(words)
    return was_named


def _nodes(found: Sequence[Found], frame: Frame) -> Markup:
    named = [opening(frame, diagnosis, display_name(diagnosis)) for diagnosis, _ in found[:_NODES]]
    words = [part for one in named for part in (spaced(", "), one)][1:]
    rest = len(found) - _NODES
    more = spaced(f" and {rest:,} more") if rest > 0 else Markup("")
    return joined(spaced(f"on {amounts.count(len(found), 'node')}: "), *words, more)
