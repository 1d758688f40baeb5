"""The last report inside a CloudWatch dashboard: the headline, the map of the fleet, the findings, coverage.

CloudWatch shows the HTML that a function returns, without scripts and frames. What can be clicked calls the function
again: a node opens its investigation in a pop-up.
"""

from __future__ import annotations

from functools import partial

from fleetscan.diagnosis.condition import condition, is_failing_now
from fleetscan.model import Diagnosis, Report
from fleetscan.render.elements.actions import actions
from fleetscan.render.elements.card import whole
from fleetscan.render.elements.fleet_map import fleet_map, mark
from fleetscan.render.elements.markup import Child, Markup, element, escaped, joined, spaced
from fleetscan.render.elements.node import tone
from fleetscan.render.widget.findings import findings
from fleetscan.render.widget.frame import Frame, age, framed, opening
from fleetscan.render.words.coverage_words import coverage_sentences, skipped_sentences
from fleetscan.render.words.escape import SENTENCE_CHARACTERS, name
from fleetscan.render.words.headline import sentences
from fleetscan.render.words.likely_causes import sentence
from fleetscan.render.words.node_words import display_name, particulars
from fleetscan.render.words.root_cause_words import unattributed
from fleetscan.render.words.runway_words import next_to_run_out

OPENED = 300
"""So many tiles of the map open their node, the worst; a button of each of 5,000 would be most of the answer."""

DESCRIPTION = """\
## fleetscan: the last report

Shows the last scan of this Region's EKS workers: the headline, a map of the nodes by their condition and time to
exhaustion, the findings with their evidence, and what was not covered. A click on a node opens its
investigation.

The function reads the stack's bucket of reports and nothing else. It takes no parameters: a node is asked for by the
widget's own buttons, as `{"node": "i-0123456789abcdef0"}`.
"""
"""What the console shows as the widget's documentation, in Markdown."""


def overview(report: Report, frame: Frame) -> str:
    """Return the whole report as the content of a widget."""
    return framed(
        frame.theme,
        age(report, frame),
        _summary(report),
        _map(report, frame),
        _section("Findings", findings(report.diagnoses, frame), _list(unattributed(report))),
        _folded("Remedies", *actions(report)),
        _section("Coverage", _list(coverage_sentences(report))),
        _folded("Skipped checks", _list(skipped_sentences(report))),
        _foot(report, frame),
    )


def of_node(report: Report, instance_id: str, frame: Frame) -> str:
    """Return one node's investigation as the content of a pop-up; a sentence where the report does not know it."""
    for diagnosis in report.diagnoses:
        if diagnosis.node.instance_id == instance_id:
            return framed(frame.theme, age(report, frame), _node(diagnosis))
    words = f"Node {name(instance_id)} is not in the last report: it did not exist when the scan began."
    return framed(frame.theme, age(report, frame), element("p", words, class_="notice"))


def _node(diagnosis: Diagnosis) -> Markup:
    who = ", ".join(particulars(diagnosis))
    return element(
        "div",
        element(
            "h3", mark(condition(diagnosis), is_failing=is_failing_now(diagnosis)), spaced(" "), display_name(diagnosis)
        ),
        element("p", who, class_="soft small") if who else Markup(""),
        whole(diagnosis),
    )


def _map(report: Report, frame: Frame) -> Markup:
    if not report.diagnoses:
        return Markup("")
    openable = {one.node.instance_id for one in report.diagnoses[:OPENED]}
    return fleet_map(report.diagnoses, link=partial(_tile, frame, openable))


def _tile(frame: Frame, openable: set[str], diagnosis: Diagnosis, tile: Markup) -> Markup:
    return opening(frame, diagnosis, tile) if diagnosis.node.instance_id in openable else tile


def _summary(report: Report) -> Markup:
    first, *others = sentences(report)
    lines = [" ".join(others), sentence(report), next_to_run_out(report)]
    worst = tone(report.diagnoses[0]) if report.diagnoses else "unknown"
    return element(
        "div",
        element("h2", first),
        *(element("p", line) for line in lines if line),
        class_=f"card headline {worst}",
    )


def _section(title: str, *body: Markup) -> Markup:
    content = joined(*body)
    return joined(element("h3", title), content) if content.text else content


def _folded(title: str, *body: Markup) -> Markup:
    content = joined(*body)
    return element("details", element("summary", title), content) if content.text else content


def _list(sentences: list[str] | tuple[str, ...]) -> Markup:
    items = (element("li", escaped(one, 2 * SENTENCE_CHARACTERS)) for one in sentences)
    return element("ul", *items, class_="plain") if sentences else Markup("")


def _foot(report: Report, frame: Frame) -> Markup:
    parts: list[Child] = [f"Scan {name(report.scan_id)}"]
    if frame.page_url:
        scan = "this scan" if frame.page_scan_id == report.scan_id else f"scan {name(frame.page_scan_id)}"
        page = element("a", f"the page of {scan}, the last with changes", **_away(frame.page_url))
        parts += [spaced(" \N{MIDDLE DOT} "), page]
    if frame.bucket:
        parts += [spaced(" \N{MIDDLE DOT} "), element("code", f"fleetscan report --bucket {name(frame.bucket)}")]
    return element("footer", *parts)


def _away(url: str) -> dict[str, str]:
    return {"href": url, "target": "_blank", "rel": "noopener noreferrer"}
