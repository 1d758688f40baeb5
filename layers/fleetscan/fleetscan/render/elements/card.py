"""One node as a card that opens: its name and its problems in one line, all details inside."""

from __future__ import annotations

from fleetscan.diagnosis.condition import condition, is_failing_now, lead
from fleetscan.model import Diagnosis
from fleetscan.render.elements.fleet_map import mark
from fleetscan.render.elements.ledger import ledger_bar, ledger_figure
from fleetscan.render.elements.markup import Markup, element, spaced
from fleetscan.render.elements.node import findings, steps, titles
from fleetscan.render.elements.past import past_figure
from fleetscan.render.elements.slab import slab_table
from fleetscan.render.elements.stalls import stalls
from fleetscan.render.words.escape import sanitized
from fleetscan.render.words.node_state import state
from fleetscan.render.words.node_words import condition_words, display_name, investigation_title, particulars
from fleetscan.render.words.runway_words import left

_LEAD_CHARACTERS = 220


def card(diagnosis: Diagnosis, anchor: str, *, is_open: bool) -> Markup:
    """Return the whole card. A link to ``anchor`` opens it, because the target is inside the closed part."""
    return _card(diagnosis, anchor, whole(diagnosis), is_open=is_open)


def short_card(diagnosis: Diagnosis, anchor: str) -> Markup:
    """Return a card that names the findings, for the many of a large fleet."""
    return _card(diagnosis, anchor, titles(diagnosis), is_open=False)


def whole(diagnosis: Diagnosis) -> Markup:
    """Return all that is known of a node: the memory ledger, PSI, the findings, the investigation."""
    ledger = diagnosis.picture.ledger
    asked = Markup("")
    if diagnosis.steps:
        asked = element("div", element("h4", investigation_title(diagnosis)), steps(diagnosis), class_="long")
    wrong = Markup("")
    if diagnosis.findings:
        wrong = element("div", element("h4", "Findings"), findings(diagnosis), class_="long")
    view = diagnosis.kubernetes
    seen = Markup("")
    if view is not None:
        words = element("p", f"{state(view)}.", class_="soft")
        seen = element("div", element("h4", "Node status in Kubernetes"), words, class_="long")
    return element(
        "div",
        ledger_figure(ledger) if ledger else Markup(""),
        element("div", stalls(diagnosis), slab_table(diagnosis.picture.caches), class_="side"),
        past_figure(diagnosis),
        wrong,
        seen,
        asked,
        class_="node",
    )


def _card(diagnosis: Diagnosis, anchor: str, body: Markup, *, is_open: bool) -> Markup:
    finding, ledger = lead(diagnosis), diagnosis.picture.ledger
    said = sanitized(finding.evidence.text, _LEAD_CHARACTERS) if finding else ""
    time_left = f"{left(diagnosis.runway)} left" if diagnosis.runway else ""
    who = ", ".join(particulars(diagnosis))
    summary = element(
        "summary",
        mark(condition(diagnosis), is_failing=is_failing_now(diagnosis)),
        element(
            "div",
            element(
                "h3", display_name(diagnosis), spaced(" "), element("span", condition_words(diagnosis), class_="unseen")
            ),
            element("p", said) if said else Markup(""),
            element("p", who, class_="soft small") if who else Markup(""),
        ),
        element("strong", time_left, class_="left") if time_left else Markup(""),
        ledger_bar(ledger, is_slim=True) if ledger else Markup(""),
    )
    opened = {"open": ""} if is_open else {}
    return element(
        "details", summary, element("div", body, id=anchor, class_="inside"), class_="card node-card", **opened
    )
