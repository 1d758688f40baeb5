"""What follows from a report, in this order: it is remembered, its numbers are published, it is stored, it is sent.

Every destination gets its turn, whatever the others raise; what failed is collected, and raised when all are through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from fleetscan.errors import PublishError, in_words
from fleetscan.incidents.tracker import PendingNotifications, moment
from fleetscan.model import Report, Severity
from fleetscan.model.whereabouts import Whereabouts
from fleetscan.scan.metric_budget import afforded
from fleetscan.scan.metrics import metrics, recounted
from fleetscan.scan.outside import Destinations
from fleetscan.settings import Settings

type Delivery = tuple[str, Callable[[], None]]
type Failure = tuple[str, Exception]


def publish(
    report: Report, destinations: Destinations, settings: Settings, *, deadline: float
) -> tuple[Report, list[Failure]]:
    """Remember a report, publish it and send it; return it with what changed, and the destinations that failed."""
    keeper, clock = destinations.keeper, destinations.clock
    pending = PendingNotifications()
    if keeper:
        lease = moment(deadline + settings.safety_margin_seconds)
        report, pending = keeper.write(report, moment(clock()), lease)
    is_news = is_worth_a_message(report, settings.notify_severity)
    report, uncounted = _metrics_published(report, destinations, settings)
    whereabouts, unstored = _stored(report, destinations, settings, with_page=is_news)
    sinks = destinations.sinks if is_news else ()
    unsent = _failures((type(sink).__name__, partial(sink.send, report, whereabouts)) for sink in sinks)
    if keeper:
        keeper.settle(pending, moment(clock()), is_delivered=not unsent)
    return report, [*uncounted, *unstored, *unsent]


def is_worth_a_message(report: Report, least: Severity) -> bool:
    """Whether anything changed that is to be notified; without a memory, whether a finding reaches the severity."""
    if report.chronicle is not None:
        return report.chronicle.is_news
    worst = [diagnosis.severity.rank for diagnosis in report.diagnoses if diagnosis.severity]
    worst += [finding.evidence.severity.rank for finding in report.fleet_findings]
    return bool(worst) and max(worst) >= least.rank


def raise_all(failures: Sequence[Failure]) -> None:
    """Raise one error that names every destination that failed, if any did."""
    if failures:
        words = "; ".join(f"{destination}: {in_words(error)}" for destination, error in failures)
        causes = ExceptionGroup("what the destinations raised", [error for _, error in failures])
        raise PublishError(f"Not everything was published: {words}") from causes


def _metrics_published(report: Report, destinations: Destinations, settings: Settings) -> tuple[Report, list[Failure]]:
    """Publish the numbers that the budget allows, and note in the report which it does not."""
    sink = destinations.metric_sink
    if sink is None:
        return report, []
    numbers, notes = afforded(
        metrics(report, node_series_limit=settings.node_series_limit),
        limit=settings.series_limit,
        ledger=destinations.series_ledger,
        at=report.started_at,
    )
    report = replace(report, notes=(*report.notes, *notes))
    return report, _failures([(type(sink).__name__, partial(sink.publish, recounted(numbers)))])


def _stored(
    report: Report, destinations: Destinations, settings: Settings, *, with_page: bool
) -> tuple[Whereabouts, Sequence[Failure]]:
    """Store the whole report before anybody is notified; one that cannot be stored is sent all the same."""
    whereabouts, store = Whereabouts(dashboard_url=settings.dashboard_url), destinations.report_store
    if store is None:
        return whereabouts, ()
    try:
        return replace(store.store(report, with_page=with_page), dashboard_url=settings.dashboard_url), ()
    except Exception as error:  # noqa: BLE001 - reported with the destinations that failed
        return whereabouts, ((type(store.shelf).__name__, error),)


def _failures(deliveries: Iterable[Delivery]) -> list[Failure]:
    """Give every destination its turn, and return those that failed."""
    failures: list[Failure] = []
    for destination, deliver in deliveries:
        try:
            deliver()
        except Exception as error:  # noqa: BLE001 - collected, and raised as one when all had their turn
            failures.append((destination, error))
    return failures
