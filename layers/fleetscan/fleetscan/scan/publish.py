"""Publishes a report, in this order: finding history, metrics, report store, notifications.

Every destination is tried, whatever the others raise; the failures are collected, and raised at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from fleetscan.errors import PublishError, in_words
from fleetscan.incidents.tracker import PendingNotifications, moment
from fleetscan.model import Report, Severity
from fleetscan.model.whereabouts import Whereabouts
from fleetscan.scan.metric_budget import within_budget
from fleetscan.scan.metrics import metrics, with_series_count
from fleetscan.scan.ports import Destinations
from fleetscan.settings import Settings

type Delivery = tuple[str, Callable[[], None]]
type Failure = tuple[str, Exception]


def publish(
    report: Report, destinations: Destinations, settings: Settings, *, deadline: float
) -> tuple[Report, list[Failure]]:
    """Remember a report, publish it and send it; return it with what changed, and the destinations that failed."""
    finding_tracker, clock = destinations.finding_tracker, destinations.clock
    pending = PendingNotifications()
    if finding_tracker:
        lease = moment(deadline + settings.safety_margin_seconds)
        report, pending = finding_tracker.write(report, moment(clock()), lease)
    is_news = is_worth_a_message(report, settings.notify_severity)
    report, uncounted = _metrics_published(report, destinations, settings)
    whereabouts, unstored = _stored(report, destinations, settings, with_page=is_news)
    sinks = destinations.sinks if is_news else ()
    unsent = _failures((type(sink).__name__, partial(sink.send, report, whereabouts)) for sink in sinks)
    if finding_tracker:
        finding_tracker.clear_pending(pending, moment(clock()), is_delivered=not unsent)
    return report, [*uncounted, *unstored, *unsent]


def is_worth_a_message(report: Report, least: Severity) -> bool:
    """Whether a change must be notified; without a finding history, whether a finding reaches the severity."""
    if report.chronicle is not None:
        return report.chronicle.is_news
    worst = [diagnosis.severity.rank for diagnosis in report.diagnoses if diagnosis.severity]
    worst += [finding.evidence.severity.rank for finding in report.fleet_findings]
    return bool(worst) and max(worst) >= least.rank


def raise_all(failures: Sequence[Failure]) -> None:
    """Raise one error that names every destination that failed, if any did."""
    if failures:
        words = "; ".join(f"{destination}: {in_words(error)}" for destination, error in failures)
        causes = ExceptionGroup("errors of the destinations", [error for _, error in failures])
        raise PublishError(f"Not everything was published: {words}") from causes


def _metrics_published(report: Report, destinations: Destinations, settings: Settings) -> tuple[Report, list[Failure]]:
    """Publish the metrics within the budget, and add a note on the others to the report."""
    sink = destinations.metric_sink
    if sink is None:
        return report, []
    numbers, notes = within_budget(
        metrics(report, node_series_limit=settings.node_series_limit),
        limit=settings.series_limit,
        ledger=destinations.series_ledger,
        at=report.started_at,
    )
    report = replace(report, notes=(*report.notes, *notes))
    return report, _failures([(type(sink).__name__, partial(sink.publish, with_series_count(numbers)))])


def _stored(
    report: Report, destinations: Destinations, settings: Settings, *, with_page: bool
) -> tuple[Whereabouts, Sequence[Failure]]:
    """Store the whole report before notifications link to it; if that fails, they are sent without a link."""
    whereabouts, store = Whereabouts(dashboard_url=settings.dashboard_url), destinations.report_store
    if store is None:
        return whereabouts, ()
    try:
        return replace(store.store(report, with_page=with_page), dashboard_url=settings.dashboard_url), ()
    except Exception as error:  # noqa: BLE001 - reported with the destinations that failed
        return whereabouts, ((type(store.report_archive).__name__, error),)


def _failures(deliveries: Iterable[Delivery]) -> list[Failure]:
    """Run every delivery, and return those that failed."""
    failures: list[Failure] = []
    for destination, deliver in deliveries:
        try:
            deliver()
        except Exception as error:  # noqa: BLE001 - collected, and raised as one at the end
            failures.append((destination, error))
    return failures
