"""Cards of nodes: the worst whole and open, the many short, all to be linked to."""

from __future__ import annotations

from dataclasses import replace

from fleetscan.model import Report
from fleetscan.render.elements.card import card, short_card
from fleetscan.render.elements.markup import element
from fleetscan.render.html.cards import cards, linked
from tests.fixtures.pictures import AFFECTED, RUNWAY


def test_nodes_that_are_not_healthy_have_a_card_and_those_failing_now_are_open(report: Report) -> None:
    """The well, and those that did not respond, are in the table."""
    made = cards(report)
    expected = {one.node.instance_id: f"n{place}" for place, one in enumerate(report.diagnoses[:3], start=1)}

    assert expected == made.anchors
    assert ["open" in one.text[:60] for one in made.markup] == [True, False, False]
    assert list(made.without) == []


def test_of_very_many_the_rest_are_short_and_then_none(report: Report) -> None:
    """Who has none is reported, so that another place can show them."""
    affected = replace(report.diagnoses[0], picture=AFFECTED)
    many = tuple(replace(affected, node=replace(affected.node, instance_id=f"i-{number}")) for number in range(2_000))
    made = cards(replace(report, diagnoses=many))
    whole = sum("Investigation" in one.text for one in made.markup)

    assert 0 < whole < len(made.markup) < 2_000
    assert len(made.markup) + len(made.without) == 2_000
    assert len(made.markup) == len(made.anchors)


def test_the_line_of_a_card_says_who_what_and_how_long(report: Report) -> None:
    """Read without opening it: the state for ears too, the evidence that says most, the bar."""
    summary, _, _ = card(
        replace(report.diagnoses[0], picture=AFFECTED, runway=RUNWAY), "n1", is_open=False
    ).text.partition("</summary>")

    assert '<h3>ip-10-0-1-23 <span class="unseen">critical, failing now</span></h3>' in summary
    assert "1,657,980 socket buffers with their data hold 2.0 GiB" in summary
    assert '<strong class="left">6 h left</strong>' in summary
    assert 'class="bar slim"' in summary


def test_the_mark_is_inside_what_is_closed(report: Report) -> None:
    """Following a link to it opens the card, without a script."""
    for drawn in (card(report.diagnoses[0], "n7", is_open=False), short_card(report.diagnoses[0], "n7")):
        before, _, after = drawn.text.partition('id="n7"')

        assert before.count("<summary>") == before.count("</summary>") == 1
        assert after.endswith("</details>")


def test_a_node_without_a_picture_has_its_findings(report: Report) -> None:
    """An empty plot is not drawn, and no title stands over nothing."""
    drawn = card(report.diagnoses[2], "n1", is_open=False).text

    assert "Findings" in drawn
    assert "<svg" not in drawn.replace('class="gauge"', "") or "Memory usage" not in drawn
    assert "What is in the kernel" not in drawn


def test_words_lead_to_a_card_only_where_there_is_one(report: Report) -> None:
    """A link to nowhere is worse than none."""
    words = element("b", "a node")
    affected, silent = report.diagnoses[0], report.diagnoses[3]
    anchors = {affected.node.instance_id: "n1"}

    assert linked(anchors, affected, words).text == '<a href="#n1"><b>a node</b></a>'
    assert linked(anchors, silent, words) == words
