"""What follows from a report, in this order: it is remembered, its numbers are published, it is stored, and it is told.

Every destination gets its turn, whatever the others raise; what failed is collected, and raised when all are through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from fleetscan.errors import PublishError, in_words
from fleetscan.incidents.tracker import Debts, Keeper, moment
from fleetscan.model import Report
from fleetscan.model.whereabouts import Whereabouts
from fleetscan.ports import Clock, MetricSink, SeriesLedger, Sink
from fleetscan.scan.metric_budget import afforded
from fleetscan.scan.metrics import metrics, recounted
from fleetscan.scan.report_store import Shelving
from fleetscan.settings import Settings

type Delivery = tuple[str, Callable[[], None]]
type Failure = tuple[str, Exception]


def told(
    report: Report,
    *,
    metric_sink: MetricSink | None,
    sinks: Sequence[Sink],
    clock: Clock,
    deadline: float,
    settings: Settings,
    keeper: Keeper | None,
    ledger: SeriesLedger | None,
    shelving: Shelving | None,
) -> tuple[Report, list[Failure]]:
    """Remember a report, publish it and send it; return it with what changed, and the destinations that failed."""
    debts = Debts()
    if keeper:
        lease = moment(deadline + settings.safety_margin_seconds)
        report, debts = keeper.write(report, moment(clock()), lease)
    report, uncounted = _published(report, metric_sink, settings, ledger)
    whereabouts, unshelved = _shelved(shelving, report, settings)
    untold = _failures((type(sink).__name__, partial(sink.send, report, whereabouts)) for sink in sinks)
    if keeper:
        keeper.settle(debts, moment(clock()), is_told=not untold)
    return report, [*uncounted, *unshelved, *untold]


def raise_all(failures: Sequence[Failure]) -> None:
    """Raise one error that names every destination that failed, if any did."""
    if failures:
        words = "; ".join(f"{destination}: {in_words(error)}" for destination, error in failures)
        causes = ExceptionGroup("what the destinations raised", [error for _, error in failures])
        raise PublishError(f"Not everything was published: {words}") from causes


def _published(
    report: Report, metric_sink: MetricSink | None, settings: Settings, ledger: SeriesLedger | None
) -> tuple[Report, list[Failure]]:
    """Publish the numbers that the budget allows, and note in the report which it does not."""
    if metric_sink is None:
        return report, []
    numbers, notes = afforded(
        metrics(report, node_series_limit=settings.node_series_limit),
        limit=settings.series_limit,
        ledger=ledger,
        at=report.started_at,
    )
    report = replace(report, notes=(*report.notes, *notes))
    return report, _failures([(type(metric_sink).__name__, partial(metric_sink.publish, recounted(numbers)))])


def _shelved(shelving: Shelving | None, report: Report, settings: Settings) -> tuple[Whereabouts, Sequence[Failure]]:
    """Store the whole report before anybody is told of it; one that cannot be stored is told of all the same."""
    whereabouts = Whereabouts(dashboard_url=settings.dashboard_url)
    if shelving is None:
        return whereabouts, ()
    try:
        return replace(shelving.store(report), dashboard_url=settings.dashboard_url), ()
    except Exception as error:  # noqa: BLE001 - told with the destinations that failed
        return whereabouts, ((type(shelving.shelf).__name__, error),)


def _failures(deliveries: Iterable[Delivery]) -> list[Failure]:
    """Give every destination its turn, and return those that failed."""
    failures: list[Failure] = []
    for destination, deliver in deliveries:
        try:
            deliver()
        except Exception as error:  # noqa: BLE001 - collected, and raised as one when all had their turn
            failures.append((destination, error))
    return failures
