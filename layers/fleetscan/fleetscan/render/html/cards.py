"""The cards of all nodes that are not healthy, in as much detail as the size of a page allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fleetscan.diagnosis.condition import Condition, condition
from fleetscan.immutable import immutable
from fleetscan.model import CaptureStatus, Diagnosis, Report
from fleetscan.render.elements.card import card, short_card
from fleetscan.render.elements.markup import Markup, element
from fleetscan.render.words.group_words import shown_in_full

WHOLE_CHARACTERS = 420_000
"""Of markup for cards with everything in them, about 35 nodes: more are not read to their end."""

SHORT_CHARACTERS = 1_000_000
"""For cards that name the findings, about 450 more: with those before them a tenth of 5,000 nodes. Whoever is beyond is
in the map, the groups and the table."""


@immutable(kw_only=False)
class Cards:
    """The cards, in the order of the report, and where each node's is."""

    markup: tuple[Markup, ...]
    anchors: Mapping[str, str]
    """Instance id -> the mark to link to."""
    without: Sequence[Diagnosis]
    """Nodes that should have a card and have none for want of room."""


def cards(report: Report) -> Cards:
    """Return a card for each node that responded and is not healthy, the worst open; for a single node in any case."""
    full = shown_in_full(report)
    worth = [one for one in report.diagnoses if one in full or _is_worth(one)]
    made: list[Markup] = []
    anchors: dict[str, str] = {}
    whole_left, short_left = WHOLE_CHARACTERS, SHORT_CHARACTERS
    for place, one in enumerate(worth, start=1):
        anchor = f"n{place}"
        if whole_left > 0:
            made.append(card(one, anchor, is_open=one in full))
            whole_left -= len(made[-1].text)
        elif short_left > 0:
            made.append(short_card(one, anchor))
            short_left -= len(made[-1].text)
        else:
            break
        anchors[one.node.instance_id] = anchor
    return Cards(tuple(made), anchors, worth[len(made) :])


def linked(anchors: Mapping[str, str], one: Diagnosis, words: Markup) -> Markup:
    """Return words that lead to a node's card, where it has one."""
    anchor = anchors.get(one.node.instance_id)
    return words if anchor is None else element("a", words, href=f"#{anchor}")


def _is_worth(one: Diagnosis) -> bool:
    return one.coverage.status is CaptureStatus.ANSWERED and condition(one) in {Condition.CRITICAL, Condition.WARNING}
