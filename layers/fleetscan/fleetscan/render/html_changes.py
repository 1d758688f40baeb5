"""What changed since the last scan in HTML."""

from __future__ import annotations

from fleetscan.model.episode import ChangeKind, Chronicle, Event
from fleetscan.model.finding import Severity
from fleetscan.render import amounts
from fleetscan.render.before_after import Comparison, comparisons, rows
from fleetscan.render.change_words import (
    KINDS,
    details,
    is_of_many_clusters,
    muted,
    severity,
    standing,
    title,
    unchanged,
)
from fleetscan.render.escape import SENTENCE_CHARACTERS, name
from fleetscan.render.html_node import label
from fleetscan.render.markup import Markup, element, escaped

_EVENTS = 40
_TABLES = 6
_STANDING = 40


def changes(chronicle: Chronicle) -> list[Markup]:
    """Return the changes as cards, before and after of what is over, and what is open and did not change."""
    shown = [one for one in chronicle.events if not one.hidden or severity(one) is not Severity.INFO]
    with_cluster = is_of_many_clusters(chronicle)
    cards = [_event(one, with_cluster=with_cluster) for one in shown[:_EVENTS]]
    if (rest := len(shown) - _EVENTS) > 0:
        cards.append(element("li", f"and {amounts.count(rest, 'more change')}"))
    first = element("ul", *cards, class_="findings card") if cards else element("p", "Nothing.", class_="card")
    tables = [_comparison(one) for one in comparisons(shown)[:_TABLES]]
    rest_open = [
        element(
            "li",
            label(one.severity.value, one.severity.value),
            element("div", standing(one, with_cluster=with_cluster)),
        )
        for one in unchanged(chronicle)[:_STANDING]
    ]
    still = [element("h3", "Open and unchanged"), element("ul", *rest_open, class_="findings card")]
    return [first, *tables, *(still if rest_open else []), *_mutes(chronicle)]


def _event(event: Event, *, with_cluster: bool) -> Markup:
    tone = "ok" if event.kind is ChangeKind.RESOLVED else severity(event).value
    return element(
        "li",
        element("div", label(KINDS[event.kind], tone)),
        element(
            "div",
            element("h3", title(event)),
            element("p", escaped(details(event, with_cluster=with_cluster), 2 * SENTENCE_CHARACTERS)),
        ),
    )


def _comparison(one: Comparison) -> Markup:
    head = element(
        "thead",
        element(
            "tr",
            element("th", "", scope="col"),
            element("th", "Before", scope="col", class_="number"),
            element("th", "After", scope="col", class_="number"),
        ),
    )
    body = [
        element(
            "tr",
            element("td", words),
            element("td", before, data_label="Before", class_="number"),
            element("td", after, data_label="After", class_="number"),
        )
        for words, before, after in rows(one.before, one.after)
    ]
    gone = "" if one.after else "The node is gone, so there is no after. "
    caption = f"{gone}Resolved: {', '.join(name(rule) for rule in one.rules)}"
    table = element("table", element("caption", caption), head, element("tbody", *body))
    return element("article", element("h3", f"Before and after: {name(one.host)}"), table, class_="card")


def _mutes(chronicle: Chronicle) -> list[Markup]:
    items = [element("li", f"has run out: {muted(one)}") for one in chronicle.expired_mutes]
    items += [element("li", muted(one)) for one in chronicle.mutes]
    return [element("h3", "Muted"), element("ul", *items, class_="plain card")] if items else []
