"""Limits the number of metric series: CloudWatch bills a series for every hour in which it gets a value.

A limit per scan is not enough: twelve scans an hour, each with other critical nodes, make twelve times as many series.
So the series of the current hour are stored; those are published without further cost, and new ones only within the
limit. The monthly bill is then at most the limit times 0.30 USD, the price of a series.

The totals of the fleet are always published, as the alarms use them. Next come clusters and findings, which the
dashboard shows, then node groups, then single nodes.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from fleetscan.errors import in_words
from fleetscan.model import UNPUBLISHED, Metric
from fleetscan.ports import LedgerPage, SeriesLedger
from fleetscan.quantities import counted

ATTEMPTS = 5
"""Attempts to update the ledger while another scan writes to it; concurrent scans are rare."""

_ORDER = ("of the fleet", "of clusters", "of findings", "of node groups", "of single nodes")
"""Kinds of series, most important first."""
_NODE = "InstanceId"
_NAMED = 3
"""Most nodes without series that a note names."""

type Notes = tuple[str, ...]

logger = logging.getLogger(__name__)


def within_budget(
    metrics: Sequence[Metric], *, limit: int, ledger: SeriesLedger | None, at: datetime
) -> tuple[tuple[Metric, ...], Notes]:
    """Return the metrics within the budget of this hour, in their order, and a note on the others.

    Never raises: if the ledger cannot be used, the limit applies to this scan alone, and a note says so.
    """
    hour = at.strftime("%Y-%m-%dT%H")
    if ledger is None:
        return _noted(metrics, admitted(metrics, LedgerPage(hour=hour), limit), limit)
    try:
        return _noted(metrics, _paid(metrics, hour, limit, ledger), limit)
    except Exception as error:
        logger.exception("The ledger of metric series could not be used")
        page = admitted(metrics, LedgerPage(hour=hour), limit)
        words = (
            f"The metric series of this hour are unknown, so the limit applies to this scan alone: {in_words(error)}"
        )
        some, notes = _noted(metrics, page, limit)
        return some, (*notes, words)


def admitted(metrics: Sequence[Metric], page: LedgerPage, limit: int) -> LedgerPage:
    """Return the page with the series of these metrics added, up to the limit. Pure."""
    series = set(page.series)
    for metric in sorted(metrics, key=lambda each: _ORDER.index(_kind(each))):
        if not metric.dimensions or len(series) < limit:
            series.add(series_hash(metric))
    return replace(page, series=frozenset(series))


def series_hash(metric: Metric) -> str:
    """Return a 48-bit hash of name and dimensions; a collision among 10,000 series is unlikely (2 in 10 million)."""
    text = "\0".join((metric.name, *(part for pair in metric.dimensions for part in pair)))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def _paid(metrics: Sequence[Metric], hour: str, limit: int, ledger: SeriesLedger) -> LedgerPage:
    """Store the new series in the ledger and return its page; after too many conflicts, the page without them."""
    page = ledger.paid(hour)
    for _ in range(ATTEMPTS):
        wanted = admitted(metrics, page, limit)
        if wanted.series == page.series or ledger.pay(wanted):
            return wanted
        page = ledger.paid(hour)
    return page


def _noted(metrics: Sequence[Metric], page: LedgerPage, limit: int) -> tuple[tuple[Metric, ...], Notes]:
    some = tuple(metric for metric in metrics if not metric.dimensions or series_hash(metric) in page.series)
    left_out = [metric for metric in metrics if metric.dimensions and series_hash(metric) not in page.series]
    if not left_out:
        return some, ()
    kinds = Counter(_kind(metric) for metric in left_out)
    what = ", ".join(f"{number:,} {kind}" for kind, number in kinds.items())
    nodes = list(dict.fromkeys(value for metric in left_out for name, value in metric.dimensions if name == _NODE))
    if nodes:
        more = f" and {len(nodes) - _NAMED:,} more" if len(nodes) > _NAMED else ""
        what = f"{what}: {', '.join(nodes[:_NAMED])}{more}"
    words = (
        f"{counted(len(left_out), 'metric series', 'metric series')} of this scan were not published ({what}): "
        f"the budget is {limit:,} in an hour. {UNPUBLISHED}"
    )
    return some, (words,)


def _kind(metric: Metric) -> str:
    names = {name for name, _ in metric.dimensions}
    marks = {_NODE: "of single nodes", "NodeGroup": "of node groups", "Rule": "of findings"}
    found = (kind for name, kind in marks.items() if name in names)
    return next(found, "of clusters" if names else "of the fleet")
