"""The dashboard's widget: what it says, and that nothing in it is obeyed by the page that it is shown in."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.model import CaptureStatus, Coverage, Diagnosis, Evidence, Finding, Node, Report, Severity, Suspect
from fleetscan.render.widget import widget
from fleetscan.render.widget.findings import RULES, by_rule
from fleetscan.render.widget.frame import INSTANCE_ID, Frame, notice
from fleetscan.render.widget.style import sheet
from tests.fixtures.lives import START, diagnosis, finding
from tests.fixtures.lives import report as scan_of

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:fleetscan-WidgetFunction-1A2B"
FRAME = Frame(endpoint=ARN, now=START + timedelta(minutes=4), old_after_seconds=900, bucket="reports-1")

TAGS = {
    *("a", "article", "aside", "button", "code", "cwdb-action", "dd", "details", "div", "dl", "dt", "em", "footer"),
    *("h2", "h3", "h4", "i", "li", "ol", "p", "pre", "small", "span", "strong", "style", "summary", "ul"),
    *("figure", "figcaption", "table", "caption", "thead", "tbody", "tr", "th", "td"),
    *("svg", "g", "line", "rect", "circle", "polyline", "polygon", "text", "title"),
}
"""No script, iframe, object, form, link, meta or ``use``: CloudWatch strips them, and we have no need of them."""
ATTRIBUTES = {
    *("class", "colspan", "id", "open", "role", "scope", "style", "title", "type"),
    *("action", "display", "endpoint", "href", "rel", "target"),
    *("height", "points", "preserveaspectratio", "text-anchor", "vector-effect", "viewbox", "width", "x", "y"),
}


@dataclass
class Page(HTMLParser):
    """Everything in an answer that a browser would act on."""

    tags: Counter[str] = field(default_factory=Counter)
    attributes: set[str] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    style: str = ""
    words: list[str] = field(default_factory=list)
    calls: list[tuple[str | None, dict[str, str | None], str]] = field(default_factory=list)
    """The element before an action, the action's attributes, and what it sends."""
    open: list[str] = field(default_factory=list)
    last_closed: str | None = None

    def __post_init__(self) -> None:
        """Prepare the parser."""
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags[tag] += 1
        given = dict(attrs)
        self.attributes |= set(given)
        self.classes |= set((given.get("class") or "").split())
        if "href" in given:
            self.links.append(str(given["href"]))
        if tag == "cwdb-action":
            self.calls.append((self.last_closed, given, ""))
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note its end, which must be that of the last one opened."""
        assert self.open.pop() == tag
        self.last_closed = tag

    def handle_data(self, data: str) -> None:
        """Note text."""
        if self.open[-1:] == ["style"]:
            self.style += data
        elif self.open[-1:] == ["cwdb-action"]:
            before, given, text = self.calls[-1]
            self.calls[-1] = (before, given, text + data)
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        """What a reader sees."""
        return " ".join(" ".join(self.words).split())


def parsed(answer: str) -> Page:
    """Return an answer as a browser would take it apart, every element closed."""
    page = Page()
    page.feed(answer)
    page.close()
    assert page.open == []
    return page


def assert_harmless(answer: str, theme: str = "light") -> Page:
    """Check that an answer consists of known elements and attributes, our style sheet, and calls of ourselves."""
    page = parsed(answer)

    assert not set(page.tags) - TAGS
    assert not {one for one in page.attributes if not one.startswith("aria-")} - ATTRIBUTES
    assert page.style == sheet(theme)
    for before, attributes, text in page.calls:
        assert before == "button"
        assert attributes == {"action": "call", "display": "popup", "endpoint": ARN}
        sent = json.loads(text)
        assert set(sent) == {"node"}
        assert INSTANCE_ID.fullmatch(sent["node"])
    assert all(link.startswith("https://bucket.invalid/") for link in page.links)
    return page


class TestOverview:
    """The whole report."""

    def test_it_says_the_headline_first_then_what_is_wrong_with_its_evidence(self, solved_report: Report) -> None:
        """And what was looked at, and how to get all of it."""
        page = assert_harmless(widget.overview(solved_report, FRAME))
        order = [
            page.text.index(words)
            for words in (
                "Probable root cause: DaemonSet",
                "Findings",
                "Remedies",
                "Coverage",
                "fleetscan report --bucket",
            )
        ]

        assert order == sorted(order)
        assert "1,657,980 socket buffers" in page.text
        assert "Likely cause" in page.text

    def test_every_node_of_a_small_fleet_opens_its_investigation(self, solved_report: Report) -> None:
        """By its tile, whether it is sick or well."""
        page = parsed(widget.overview(solved_report, FRAME))
        expected = {
            one.node.instance_id for one in solved_report.diagnoses if INSTANCE_ID.fullmatch(one.node.instance_id)
        }

        assert expected == {json.loads(text)["node"] for _, _, text in page.calls}

    @pytest.mark.parametrize("name", ["report", "solved_report", "hostile_report", "many_report", "changed_report"])
    def test_whatever_the_report_nothing_in_it_is_obeyed(self, name: str, request: pytest.FixtureRequest) -> None:
        """Markup, escape sequences, ten thousand characters: all of it is text."""
        report: Report = request.getfixturevalue(name)

        assert_harmless(widget.overview(report, FRAME))
        for one in report.diagnoses[:20]:
            assert_harmless(widget.of_node(report, one.node.instance_id, FRAME))

    def test_a_report_without_nodes_says_so(self) -> None:
        """And has no map."""
        page = assert_harmless(widget.overview(scan_of(), FRAME))

        assert "No worker node was found" in page.text
        assert page.calls == []

    def test_a_fleet_that_is_healthy_has_nothing_wrong(self) -> None:
        """No empty headings."""
        page = assert_harmless(widget.overview(scan_of(diagnosis(1), diagnosis(2)), FRAME))

        assert "Findings" not in page.text
        assert "2 of 2 nodes are healthy" in page.text

    def test_it_follows_the_console_s_theme(self) -> None:
        """By the colours that its style sheet sets."""
        page = parsed(widget.overview(scan_of(diagnosis(1)), replace(FRAME, theme="dark")))

        assert "color-scheme: dark" in page.style
        assert sheet("dark") != sheet("light")

    def test_it_links_to_the_page_of_the_last_news(self) -> None:
        """Which says of which scan it is, for it may be an earlier one."""
        url = "https://bucket.invalid/page?a=1&b=2"
        scan = scan_of(diagnosis(1))
        own = assert_harmless(widget.overview(scan, replace(FRAME, page_url=url, page_scan_id=scan.scan_id)))
        other = assert_harmless(widget.overview(scan, replace(FRAME, page_url=url, page_scan_id="20260101T")))

        assert own.links == other.links == [url]
        assert "the page of this scan, the last with changes" in own.text
        assert "the page of scan 20260101T, the last with changes" in other.text

    def test_five_thousand_nodes_fit_well_below_a_megabyte(self) -> None:
        """CloudWatch takes 6 MB of a function; the affected nodes are open in it, the many healthy ones are not."""
        nodes = [diagnosis(number, *([finding()] if number % 5 == 0 else [])) for number in range(5_000)]
        answer = widget.overview(scan_of(*nodes), FRAME)

        assert len(answer.encode()) < 1_000_000
        assert len(set(re.findall(r"i-[0-9a-f]{17}", answer))) <= widget.OPENED


class TestAge:
    """How old a report is, and when that is loud."""

    @pytest.mark.parametrize(
        ("age", "words"),
        [
            (timedelta(seconds=-90), "less than a minute old"),
            (timedelta(seconds=59), "less than a minute old"),
            (timedelta(minutes=1), "1 minute old"),
            (timedelta(minutes=14, seconds=59), "14 minutes old"),
            (timedelta(minutes=15), "15 minutes old"),
        ],
    )
    def test_a_young_report_says_its_age_in_passing(self, age: timedelta, words: str) -> None:
        """A clock that runs ahead makes no report of the future."""
        answer = widget.overview(scan_of(diagnosis(1)), replace(FRAME, now=START + age))

        assert f"{words} (2026-01-15 06:05 UTC, took 12 s)" in parsed(answer).text
        assert 'role="alert"' not in answer

    @pytest.mark.parametrize(
        ("age", "words"),
        [
            (timedelta(minutes=15, seconds=1), "15 minutes old"),
            (timedelta(hours=3, minutes=40), "3 hours old"),
            (timedelta(days=2, hours=23), "2 days old"),
        ],
    )
    def test_a_report_older_than_the_alarm_s_window_is_loud(self, age: timedelta, words: str) -> None:
        """Whoever looks must not take it for the present; on a node's page neither."""
        scan, frame = scan_of(diagnosis(1)), replace(FRAME, now=START + age)
        for answer in (widget.overview(scan, frame), widget.of_node(scan, scan.diagnoses[0].node.instance_id, frame)):
            assert (
                f"This report is {words} (2026-01-15 06:05 UTC): no scan has been stored since." in parsed(answer).text
            )
            assert 'role="alert"' in answer


class TestNode:
    """One node in a pop-up."""

    def test_it_shows_the_findings_and_how_they_were_found(self, solved_report: Report) -> None:
        """Every step of the investigation, with its answer."""
        affected = max(solved_report.diagnoses, key=lambda one: len(one.steps))
        page = assert_harmless(widget.of_node(solved_report, affected.node.instance_id, FRAME))

        assert affected.steps
        assert all(" ".join(step.question.split()) in page.text for step in affected.steps)
        assert "Investigation" in page.text

    def test_a_node_that_the_report_does_not_know_is_said_to_be_unknown(self) -> None:
        """It may have joined since."""
        page = assert_harmless(widget.of_node(scan_of(diagnosis(1)), "i-0123456789abcdef0", FRAME))

        assert "Node i-0123456789abcdef0 is not in the last report" in page.text


class TestFindings:
    """Findings, rule by rule."""

    def test_the_worst_and_most_widespread_come_first(self) -> None:
        """Information is left out."""
        one, two = finding(rule="a"), finding(Severity.WARNING, rule="b")
        nodes = [
            diagnosis(1, one, two),
            diagnosis(2, two),
            diagnosis(3, finding(rule="c")),
            diagnosis(4, finding(rule="c")),
        ]
        groups = by_rule([*nodes, diagnosis(5, finding(Severity.INFO, rule="d"))])

        assert [(found[0][1].rule, len(found)) for found in groups] == [("c", 2), ("a", 1), ("b", 2)]

    def test_more_rules_than_a_reader_has_time_for_are_counted(self) -> None:
        """The rest is in the report."""
        many = [finding(rule=f"rule_{number}") for number in range(RULES + 3)]
        page = assert_harmless(widget.overview(scan_of(diagnosis(1, *many)), FRAME))

        assert "and 3 more kinds of finding" in page.text

    def test_more_nodes_than_fit_a_line_are_counted(self) -> None:
        """The worst are named."""
        page = parsed(widget.overview(scan_of(*(diagnosis(number, finding()) for number in range(40))), FRAME))

        assert "on 40 nodes: " in page.text
        assert "and 34 more" in page.text


HOSTILE = st.text(max_size=60) | st.sampled_from(
    [
        "</cwdb-action><script>alert(1)</script>",
        '"}</cwdb-action>',
        "<iframe src=x>",
        "</style><b>",
        "\u202e\x1b[31m",
        "-->",
    ]
)


@given(
    words=st.lists(HOSTILE, min_size=8, max_size=8), instance_id=HOSTILE | st.from_regex(INSTANCE_ID, fullmatch=True)
)
def test_no_text_of_untrusted_input_becomes_anything_but_text(words: list[str], instance_id: str) -> None:
    """Names, ids, evidence, suspects, reasons: whatever they are, the page has the elements that it would have had."""
    name, cluster, group, title, text, suspect, reason, note = words
    evidence = Evidence(
        severity=Severity.CRITICAL,
        text=text,
        measured=1,
        limit=1,
        suspects=(Suspect(kind="pod", name=suspect, reason=reason, image=suspect),),
    )
    found = Finding(rule="slab_unreclaimable_high", title=title, remedy=f"    {text}", evidence=evidence)
    node = Node(instance_id=instance_id, private_dns_name=name, cluster=cluster, node_group=group)
    affected = Diagnosis(
        node=node, coverage=Coverage(status=CaptureStatus.ANSWERED, problems=(note,)), findings=(found,)
    )
    report = replace(scan_of(affected, diagnosis(1)), scan_id=note, notes=(note,), account=name, region=group)

    assert_harmless(widget.overview(report, FRAME))
    assert_harmless(widget.of_node(report, instance_id, FRAME))
    assert_harmless(notice(note))


def test_a_notice_is_one_sentence_in_the_widget_s_frame() -> None:
    """In both themes."""
    for theme in ("light", "dark"):
        page = assert_harmless(notice("There is no report yet.", theme), theme)

        assert page.text == "There is no report yet."
