"""A report as one HTML file that needs nothing else: no script, no network, light and dark, wide and narrow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from fleetscan import quantities
from fleetscan.model import Diagnosis, Report, Severity
from fleetscan.render import amounts
from fleetscan.render.condition import Condition, by_urgency, condition
from fleetscan.render.culprit_words import unattributed
from fleetscan.render.escape import SENTENCE_CHARACTERS, name, printable
from fleetscan.render.headline import headline
from fleetscan.render.html_actions import actions
from fleetscan.render.html_changes import changes
from fleetscan.render.html_kubernetes import daemonsets, stories
from fleetscan.render.html_node import label, node
from fleetscan.render.html_table import table
from fleetscan.render.markup import Markup, element, escaped, joined, spaced
from fleetscan.render.runway_words import next_to_die
from fleetscan.render.style import SHEET
from fleetscan.render.suspicion import sentence
from fleetscan.render.text import other_nodes, shown_in_full
from fleetscan.render.text_coverage import coverage_sentences, not_asked_sentences
from fleetscan.render.text_fleet import alike, by_evidence, names_words, quiet_words

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Whatever a name smuggled in, the browser loads nothing and runs nothing."""

_TONES = {
    Condition.DYING: ("critical", "dying"),
    Condition.SICK: ("critical", "sick"),
    Condition.WARNED: ("warning", "with warnings"),
    Condition.WELL: ("ok", "well"),
    Condition.UNKNOWN: ("unknown", "not known"),
}
_GROUPS = 12
_MEMBERS = 6


def render(report: Report, after: Report | None = None) -> str:
    """Return the report as a complete HTML document; of a later scan it shows what has changed by then."""
    report = replace(report, diagnoses=by_urgency(report.diagnoses))
    verdict = headline(report)
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"fleetscan: {verdict}"),
        element("style", Markup(SHEET)),
    )
    full = shown_in_full(report)
    main = element(
        "main",
        _verdict(report, verdict),
        _section("In a later scan", *_later(after)),
        _section("Why pods died", *stories(report)),
        _section("What to do", *actions(report)),
        _section("What changed since the last scan", *(changes(report.chronicle) if report.chronicle else ())),
        _section("Worst" if len(report.diagnoses) > 1 else "The node", *(node(diagnosis) for diagnosis in full)),
        _section("Other nodes with findings", *_groups(report, full)),
        _section("Over the fleet", *_fleet(report)),
        _section("DaemonSets", *daemonsets(report)),
        _section(
            "All nodes", element("div", table(report.diagnoses), class_="card") if report.diagnoses else Markup("")
        ),
        _section("Looked at", _list(coverage_sentences(report))),
        _section("Not asked, or no answer", _list(not_asked_sentences(report))),
        element("footer", f"fleetscan, scan {name(report.scan_id)}"),
    )
    return f"<!doctype html>\n{element('html', head, element('body', main), lang='en').text}\n"


def _later(after: Report | None) -> list[Markup]:
    if after is None:
        return []
    changed = changes(after.chronicle) if after.chronicle else []
    return [element("p", headline(after), class_=f"card verdict {_TONES[_worst(after)][0]}"), *changed]


def _worst(report: Report) -> Condition:
    """Return the worst condition that any node is in."""
    conditions = {condition(diagnosis) for diagnosis in report.diagnoses}
    return next((one for one in Condition if one in conditions), Condition.UNKNOWN)


def _verdict(report: Report, verdict: str) -> Markup:
    first, stop, rest = verdict.partition(". ")
    conditions = Counter(condition(diagnosis) for diagnosis in report.diagnoses)
    tally = [label(f"{conditions[one]:,} {_TONES[one][1]}", _TONES[one][0]) for one in Condition if conditions[one]]
    suspects, deaths = sentence(report), next_to_die(report)
    return element(
        "header",
        element("p", _scan_words(report), class_="eyebrow"),
        element("h1", first + stop.strip()),
        element("p", rest) if rest else Markup(""),
        element("p", suspects) if suspects else Markup(""),
        element("p", deaths) if deaths else Markup(""),
        element("div", *tally, class_="tally") if len(report.diagnoses) > 1 else Markup(""),
        class_=f"card verdict {_TONES[_worst(report)][0]}",
    )


def _groups(report: Report, full: Sequence[Diagnosis]) -> list[Markup]:
    groups = alike(other_nodes(report, full))
    cards = [_group(members) for members in groups[:_GROUPS]]
    rest = sum(len(members) for members in groups[_GROUPS:])
    return [*cards, element("p", f"and {amounts.count(rest, 'more node')}: see the table")] if rest else cards


def _group(members: Sequence[Diagnosis]) -> Markup:
    worst = members[0]
    severity = worst.severity.value if worst.severity else "unknown"
    titles = [
        element("li", printable(finding.title).rstrip("."), spaced(" "), element("span", finding.rule, class_="rule"))
        for finding in worst.findings
    ]
    quiet = quiet_words(members) if worst.severity is Severity.CRITICAL else ""
    said = by_evidence(members)
    rest = sum(len(names) for names, _ in said[_MEMBERS:])
    return element(
        "article",
        element("h3", amounts.count(len(members), "node"), spaced(" "), label(severity, severity)),
        element("p", f"{quiet[:1].upper()}{quiet[1:]}.") if quiet else Markup(""),
        element("ul", *titles, class_="plain"),
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
    """Return what concerns the fleet and no node in particular, and the troubles that have no culprit."""
    items = [
        element(
            "li",
            label(finding.evidence.severity.value, finding.evidence.severity.value),
            spaced(" "),
            printable(finding.evidence.text),
            spaced(" "),
            element("span", finding.rule, class_="rule"),
        )
        for finding in report.fleet_findings[:_GROUPS]
    ]
    items += [element("li", escaped(words, 2 * SENTENCE_CHARACTERS)) for words in unattributed(report)]
    return [element("ul", *items, class_="plain card")] if items else []


def _list(sentences: Sequence[str]) -> Markup:
    if not sentences:
        return Markup("")
    items = (element("li", escaped(one, 2 * SENTENCE_CHARACTERS)) for one in sentences)
    return element("ul", *items, class_="plain card")


def _section(title: str, *body: Markup) -> Markup:
    content = joined(*body)
    return element("section", element("h2", title), content) if content.text else content


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
