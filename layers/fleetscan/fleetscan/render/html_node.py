"""One node in HTML: its findings, its suspects, and the investigation as a numbered list."""

from __future__ import annotations

from fleetscan.model import Diagnosis, Step, Verdict
from fleetscan.render import amounts
from fleetscan.render.escape import printable
from fleetscan.render.markup import Markup, element, joined, spaced
from fleetscan.render.text_node import FINDINGS_SHOWN, SUSPECTS_SHOWN, Told, identity, investigation_title, told
from fleetscan.render.wording import VERDICTS

_TONES = {Verdict.RULED_OUT: "ok", Verdict.CONFIRMED: "critical", Verdict.UNKNOWN: "unknown"}


def node(diagnosis: Diagnosis) -> Markup:
    """Return a node as a card: who it is, what fired, how it was found."""
    shown, _, rest = identity(diagnosis).partition(" (")
    parts = [
        element("h3", shown),
        element("p", rest.removesuffix(")"), class_="soft small") if rest else Markup(""),
        findings(diagnosis),
    ]
    if diagnosis.steps:
        parts += [
            element("h3", investigation_title(diagnosis)),
            element("ol", *(_step(step) for step in diagnosis.steps), class_="steps"),
        ]
    return element("article", *parts, class_="card")


def findings(diagnosis: Diagnosis) -> Markup:
    """Return the findings of a node as a list, worst first."""
    items = [_finding(one) for one in told(diagnosis)]
    rest = len(diagnosis.findings) - FINDINGS_SHOWN
    if rest > 0:
        items.append(element("li", f"and {amounts.count(rest, 'more finding')}"))
    return element("ul", *items, class_="findings") if items else Markup("")


def label(words: str, tone: str) -> Markup:
    """Return a coloured label; its words say what the colour says."""
    return element("span", words, class_=f"label {tone}")


def _finding(one: Told) -> Markup:
    finding = one.finding
    body = [
        element("h3", printable(finding.title).rstrip("."), spaced(" "), element("span", finding.rule, class_="rule")),
        element("p", finding.evidence.text),
        element("p", f"Cause: {one.cause}", class_="soft") if one.cause else Markup(""),
        *(element("p", element("strong", "Suspect"), spaced(" "), words, class_="suspect") for words in one.suspects),
    ]
    rest = len(finding.evidence.suspects) - SUSPECTS_SHOWN
    if rest > 0:
        body.append(element("p", f"and {amounts.count(rest, 'more suspect')}", class_="suspect"))
    severity = finding.severity.value
    return element("li", element("div", label(severity, severity)), element("div", *body))


def _step(step: Step) -> Markup:
    answer = label(VERDICTS[step.verdict], _TONES[step.verdict])
    words = joined(element("h3", step.question), element("p", step.evidence, class_="soft") if step.evidence else "")
    return element("li", element("div", answer), element("div", words))
