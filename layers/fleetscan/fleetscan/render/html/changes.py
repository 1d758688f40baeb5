"""What changed since the last scan, in HTML."""

from __future__ import annotations

from fleetscan.model.episode import ChangeKind, Chronicle, Event
from fleetscan.model.finding import Severity
from fleetscan.render.elements.markup import Markup, element, escaped
from fleetscan.render.elements.node import label
from fleetscan.render.html.pairs import Ledgers, pair
from fleetscan.render.words import amounts
from fleetscan.render.words.before_after import comparisons
from fleetscan.render.words.change_words import (
    KINDS,
    details,
    is_of_many_clusters,
    muted,
    open_words,
    severity,
    title,
    unchanged,
)
from fleetscan.render.words.escape import SENTENCE_CHARACTERS

_EVENTS = 40
_PAIRS = 6
_STANDING = 40
_NO_LEDGERS: Ledgers = {}


def changes(chronicle: Chronicle, before: Ledgers = _NO_LEDGERS, after: Ledgers = _NO_LEDGERS) -> list[Markup]:
    """Return before and after of what is over, the changes as a list, and what is open and did not change.

    The ledgers are of the scan that found the problem and of the one that reports its end, where both are known.
    """
    shown = [one for one in chronicle.events if not one.hidden or severity(one) is not Severity.INFO]
    with_cluster = is_of_many_clusters(chronicle)
    cards = [_event(one, with_cluster=with_cluster) for one in shown[:_EVENTS]]
    if (rest := len(shown) - _EVENTS) > 0:
        cards.append(element("li", f"and {amounts.count(rest, 'more change')}"))
    first = (
        element("ul", *cards, class_="findings changes card") if cards else element("p", "No changes.", class_="card")
    )
    pairs = [pair(one, before, after) for one in comparisons(shown)[:_PAIRS]]
    rest_open = [
        element(
            "li",
            label(one.severity.value, one.severity.value),
            element("div", open_words(one, with_cluster=with_cluster)),
        )
        for one in unchanged(chronicle)[:_STANDING]
    ]
    still = [element("h3", "Ongoing, unchanged"), element("ul", *rest_open, class_="findings card")]
    return [*pairs, first, *(still if rest_open else []), *_mutes(chronicle)]


def _event(event: Event, *, with_cluster: bool) -> Markup:
    tone = "ok" if event.kind is ChangeKind.RESOLVED else severity(event).value
    return element(
        "li",
        element("div", label(KINDS[event.kind], tone)),
        element(
            "div",
            element("strong", title(event)),
            element("p", escaped(details(event, with_cluster=with_cluster), 2 * SENTENCE_CHARACTERS)),
        ),
    )


def _mutes(chronicle: Chronicle) -> list[Markup]:
    items = [element("li", f"expired: {muted(one)}") for one in chronicle.expired_mutes]
    items += [element("li", muted(one)) for one in chronicle.mutes]
    return [element("h3", "Mutes"), element("ul", *items, class_="plain card")] if items else []
