"""One node in HTML: its findings, their likely causes, and the investigation as a numbered list."""

from __future__ import annotations

from fleetscan.diagnosis.condition import Condition, condition
from fleetscan.model import Diagnosis, Step, StepResult
from fleetscan.render.elements.markup import Markup, element, joined, spaced
from fleetscan.render.words import amounts
from fleetscan.render.words.escape import sanitized
from fleetscan.render.words.node_words import (
    FINDINGS_SHOWN,
    SAME_CAUSE,
    SUSPECTS_SHOWN,
    FindingWords,
    finding_words,
)
from fleetscan.render.words.wording import STEP_RESULTS

_TONES = {StepResult.RULED_OUT: "ok", StepResult.CONFIRMED: "critical", StepResult.UNKNOWN: "unknown"}


def steps(diagnosis: Diagnosis) -> Markup:
    """Return the investigation as a numbered list."""
    return element("ol", *(_step(step) for step in diagnosis.steps), class_="steps")


def findings(diagnosis: Diagnosis) -> Markup:
    """Return the findings of a node as a list, worst first."""
    items = [_finding(one) for one in finding_words(diagnosis)]
    rest = len(diagnosis.findings) - FINDINGS_SHOWN
    if rest > 0:
        items.append(element("li", f"and {amounts.count(rest, 'more finding')}"))
    return element("ul", *items, class_="findings") if items else Markup("")


def titles(diagnosis: Diagnosis) -> Markup:
    """Return what fired on a node and nothing more, worst first."""
    items = [
        element("li", sanitized(finding.title).rstrip("."), spaced(" "), element("span", finding.rule, class_="rule"))
        for finding in diagnosis.findings[:FINDINGS_SHOWN]
    ]
    return element("ul", *items, class_="plain") if items else Markup("")


def label(words: str, tone: str) -> Markup:
    """Return a coloured label; its words say what the colour says."""
    return element("span", words, class_=f"label {tone}")


def tone(diagnosis: Diagnosis) -> str:
    """Return the class that colours a node: its severity, ``ok`` where it is healthy, or ``unknown``."""
    how = condition(diagnosis)
    return "ok" if how is Condition.HEALTHY else how.value


def _finding(one: FindingWords) -> Markup:
    finding = one.finding
    body = [
        element("strong", sanitized(finding.title).rstrip(".")),
        spaced(" "),
        element("span", finding.rule, class_="rule"),
        element("p", finding.evidence.text),
        element("p", f"Cause: {one.cause}", class_="soft") if one.cause else Markup(""),
        *(element("p", *_likely(words), class_="suspect") for words in one.suspects),
    ]
    rest = len(finding.evidence.suspects) - SUSPECTS_SHOWN
    if rest > 0:
        body.append(element("p", f"and {amounts.count(rest, 'more likely cause')}", class_="suspect"))
    severity = finding.severity.value
    return element("li", element("div", label(severity, severity)), element("div", *body))


def _likely(words: str) -> tuple[Markup | str, ...]:
    return (words,) if words == SAME_CAUSE else (element("strong", "Likely cause"), spaced(" "), words)


def _step(step: Step) -> Markup:
    answer = label(STEP_RESULTS[step.verdict], _TONES[step.verdict])
    words = joined(
        element("strong", step.question), element("p", step.evidence, class_="soft") if step.evidence else ""
    )
    return element("li", element("div", answer), element("div", words))
