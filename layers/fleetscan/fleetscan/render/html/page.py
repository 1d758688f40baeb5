"""A report as one HTML file that needs nothing else: no script, no network, light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from fleetscan import quantities
from fleetscan.diagnosis.condition import Condition, condition
from fleetscan.model import Diagnosis, Report, Severity
from fleetscan.model.conclusion import FleetFinding
from fleetscan.model.ledger import Ledger
from fleetscan.render.elements.actions import actions
from fleetscan.render.elements.fleet_map import fleet_map
from fleetscan.render.elements.markup import Markup, element, escaped, joined, spaced
from fleetscan.render.elements.node import label, titles
from fleetscan.render.elements.style import SHEET
from fleetscan.render.html.cards import cards, linked
from fleetscan.render.html.changes import changes
from fleetscan.render.html.kubernetes import daemonsets, pod_terminations
from fleetscan.render.html.table import ROWS, table
from fleetscan.render.words import amounts
from fleetscan.render.words.coverage_words import coverage_sentences, skipped_sentences
from fleetscan.render.words.escape import SENTENCE_CHARACTERS, name, sanitized
from fleetscan.render.words.group_words import alike, by_evidence, names_words, quiet_words
from fleetscan.render.words.headline import headline, sentences
from fleetscan.render.words.likely_causes import sentence
from fleetscan.render.words.root_cause_words import unattributed
from fleetscan.render.words.runway_words import next_to_run_out

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Whatever a name smuggled in, the browser loads nothing and runs nothing."""

_TONES = {
    Condition.CRITICAL: "critical",
    Condition.WARNING: "warning",
    Condition.HEALTHY: "ok",
    Condition.UNKNOWN: "unknown",
}
MOST_CHARACTERS = 2_900_000
"""A page of any fleet opens at once and can be mailed."""

_GROUPS = 12
_MANY = 30
"""Of more cards than this a browser lays out only those that are near the screen."""
_MEMBERS = 6


def render(report: Report, after: Report | None = None) -> str:
    """Return the report as a complete HTML document; of a later scan it shows what has changed since."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"fleetscan: {headline(report)}"),
        element("style", Markup(SHEET)),
    )
    made = cards(report)
    before = joined(
        _summary(report, made.anchors),
        _section("Pod terminations", *pod_terminations(report)),
        _section("Remedies", *actions(report)),
        _section("In a later scan", *_later(report, after)),
        _section(
            "Nodes with findings" if len(report.diagnoses) > 1 else "The node",
            *made.markup,
            many=len(made.markup) > _MANY,
        ),
        _section("More nodes with findings", *_groups(made.without)),
        _section("Changes since the last scan", *(changes(report.chronicle) if report.chronicle else ())),
        _section("Fleet-wide findings", *_fleet(report)),
        _section("DaemonSets", *daemonsets(report)),
    )
    behind = joined(
        _section("Coverage", _list(coverage_sentences(report))),
        _section("Skipped checks", _list(skipped_sentences(report))),
        element("footer", f"fleetscan, scan {name(report.scan_id)}"),
    )
    room = MOST_CHARACTERS - len(head.text) - len(before.text) - len(behind.text)
    main = element("main", before, _nodes(report, made.anchors, room), behind)
    return f"<!doctype html>\n{element('html', head, element('body', main), lang='en').text}\n"


def _nodes(report: Report, anchors: Mapping[str, str], room: int) -> Markup:
    """Return the table, which gets the space that is left: everything before it is more important."""
    if len(report.diagnoses) <= 1:
        return Markup("")
    title = "All nodes" if len(report.diagnoses) <= ROWS else "Other nodes"
    return _section(title, table(report.diagnoses, anchors, room=room))


def _later(report: Report, after: Report | None) -> list[Markup]:
    """Return how a later scan of the same nodes came out: its headline, then each node before and after."""
    if after is None:
        return []
    first = element("p", headline(after), class_=f"card headline {_TONES[_worst(after)]}")
    return [first, *(changes(after.chronicle, _ledgers(report), _ledgers(after)) if after.chronicle else [])]


def _ledgers(report: Report) -> dict[str, Ledger]:
    return {one.node.instance_id: one.picture.ledger for one in report.diagnoses if one.picture.ledger}


def _worst(report: Report) -> Condition:
    """Return the worst condition that any node is in."""
    conditions = {condition(diagnosis) for diagnosis in report.diagnoses}
    return next((one for one in Condition if one in conditions), Condition.UNKNOWN)


def _summary(report: Report, anchors: Mapping[str, str]) -> Markup:
    first, *others = sentences(report)
    lines = [" ".join(others), sentence(report), next_to_run_out(report)]
    is_fleet = len(report.diagnoses) > 1
    return element(
        "header",
        element("p", _scan_words(report), class_="eyebrow"),
        element("h1", first),
        *(element("p", line) for line in lines if line),
        fleet_map(report.diagnoses, link=partial(linked, anchors)) if is_fleet else Markup(""),
        class_=f"card headline {_TONES[_worst(report)]}",
    )


def _groups(nodes: Sequence[Diagnosis]) -> list[Markup]:
    groups = alike(nodes)
    shown = [_group(members) for members in groups[:_GROUPS]]
    rest = sum(len(members) for members in groups[_GROUPS:])
    return [*shown, element("p", f"and {amounts.count(rest, 'more node')}: see the table")] if rest else shown


def _group(members: Sequence[Diagnosis]) -> Markup:
    worst = members[0]
    severity = worst.severity.value if worst.severity else "unknown"
    quiet = quiet_words(members) if worst.severity is Severity.CRITICAL else ""
    said = by_evidence(members)
    rest = sum(len(names) for names, _ in said[_MEMBERS:])
    return element(
        "article",
        element("h3", amounts.count(len(members), "node"), spaced(" "), label(severity, severity)),
        element("p", f"{quiet[:1].upper()}{quiet[1:]}.") if quiet else Markup(""),
        titles(worst),
        *(_said(names, words) for names, words in said[:_MEMBERS]),
        element("p", f"and {amounts.count(rest, 'more node')}", class_="suspect") if rest > 0 else Markup(""),
        class_="card",
    )


def _said(names: Sequence[str], words: str) -> Markup:
    who = escaped(names_words(names), 2 * SENTENCE_CHARACTERS)
    if len(names) == 1:
        return element("p", element("strong", who), f": {words}", class_="suspect")
    return element("div", element("p", words), element("p", who, class_="soft small"), class_="suspect")


def _fleet(report: Report) -> list[Markup]:
    """Return what concerns the fleet and no node in particular, and the problems without a root cause."""
    with_cluster = len({one.cluster for one in report.fleet_findings}) > 1
    items = [
        element(
            "li",
            element("div", label(finding.evidence.severity.value, finding.evidence.severity.value)),
            element(
                "div",
                _fleet_words(finding, with_cluster=with_cluster),
                spaced(" "),
                element("span", finding.rule, class_="rule"),
            ),
        )
        for finding in report.fleet_findings[:_GROUPS]
    ]
    items += [
        element(
            "li",
            element("div", label("no root cause", "unknown")),
            element("div", escaped(words, 2 * SENTENCE_CHARACTERS)),
        )
        for words in unattributed(report)
    ]
    return [element("ul", *items, class_="findings card")] if items else []


def _fleet_words(finding: FleetFinding, *, with_cluster: bool) -> str:
    where = f" ({name(finding.cluster)})" if with_cluster else ""
    return f"{sanitized(finding.evidence.text)}{where}"


def _list(sentences: Sequence[str]) -> Markup:
    if not sentences:
        return Markup("")
    items = (element("li", escaped(one, 2 * SENTENCE_CHARACTERS)) for one in sentences)
    return element("ul", *items, class_="plain card")


def _section(title: str, *body: Markup, many: bool = False) -> Markup:
    content = joined(*body)
    if not content.text:
        return content
    return element("section", element("h2", title), content, **({"class_": "many"} if many else {}))


def _scan_words(report: Report) -> str:
    clusters = sorted({name(diagnosis.node.cluster) for diagnosis in report.diagnoses if diagnosis.node.cluster})
    words = [
        clusters[0] if len(clusters) == 1 else amounts.count(len(clusters), "cluster") if clusters else "",
        name(report.region),
        name(report.account),
        report.started_at.strftime("%Y-%m-%d %H:%M %Z").strip(),
        f"took {quantities.duration(report.duration_seconds)}",
    ]
    return ", ".join(word for word in words if word)
