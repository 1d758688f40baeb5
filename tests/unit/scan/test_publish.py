"""Which report is worth a message, and what goes out of one that is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from fleetscan.incidents.incident import incidents
from fleetscan.incidents.lifecycle import advance
from fleetscan.incidents.node_status import Facts
from fleetscan.model import Metric, Report, Severity
from fleetscan.model.conclusion import FleetFinding
from fleetscan.model.episode import Chronicle, Mute
from fleetscan.model.finding import Evidence
from fleetscan.model.whereabouts import NOWHERE, Whereabouts
from fleetscan.scan.ports import Destinations
from fleetscan.scan.publish import is_worth_a_message, publish
from fleetscan.scan.report_store import ReportStore
from fleetscan.settings import Settings
from tests.fixtures.lives import START, diagnosis, finding, report
from tests.fixtures.memory_shelf import MemoryShelf


@dataclass
class Everything:
    """A topic and metrics that keep what they get."""

    sent: list[Whereabouts] = field(default_factory=list)
    metrics: list[str] = field(default_factory=list)

    def send(self, _: Report, whereabouts: Whereabouts = NOWHERE) -> None:
        """Keep where the report was said to be."""
        self.sent.append(whereabouts)

    def publish(self, metrics: Sequence[Metric]) -> None:
        """Keep their names."""
        self.metrics += [one.name for one in metrics]


def with_severities(*severities: Severity) -> Report:
    """Return a report with one node for each severity."""
    return report(*(diagnosis(number, finding(severity)) for number, severity in enumerate(severities, start=1)))


@pytest.mark.parametrize(
    ("severities", "least", "expected"),
    [
        ((), Severity.INFO, False),
        ((Severity.INFO,), Severity.INFO, True),
        ((Severity.INFO,), Severity.WARNING, False),
        ((Severity.WARNING,), Severity.WARNING, True),
        ((Severity.INFO, Severity.CRITICAL), Severity.CRITICAL, True),
        ((Severity.WARNING,), Severity.CRITICAL, False),
    ],
)
def test_without_a_memory_a_finding_of_the_severity_asked_for_is_worth_a_message(
    severities: tuple[Severity, ...], least: Severity, *, expected: bool
) -> None:
    """At the severity asked for or above."""
    assert expected == is_worth_a_message(with_severities(*severities), least)


def test_a_finding_of_the_fleet_is_worth_a_message_too() -> None:
    """However healthy each node is by itself."""
    evidence = Evidence(severity=Severity.WARNING, text="Seen.", measured=1, limit=1)
    of_fleet = FleetFinding(rule="r", cluster="live", title="t", remedy="r", evidence=evidence, instance_ids=())
    found = replace(report(diagnosis(1)), fleet_findings=(of_fleet,))

    assert is_worth_a_message(found, Severity.WARNING)
    assert not is_worth_a_message(found, Severity.CRITICAL)


def test_with_a_memory_only_news_is_worth_a_message() -> None:
    """Critical or not: what is unchanged or hidden is not, what changed or a mute that has run out is."""
    scan = with_severities(Severity.CRITICAL)
    incident = next(iter(incidents(scan).values()))
    facts = Facts(scan_id="1", started_at=scan.started_at, diagnoses={})
    _, seen = advance(None, incident, facts, scan.started_at)
    _, hidden = advance(None, incident, facts, scan.started_at, hidden="muted")
    assert seen is not None
    assert hidden is not None
    mute = Mute(id="m", until=scan.started_at, why="a rehearsal")
    chronicles = [
        Chronicle(),
        Chronicle(events=(hidden,), episodes=(hidden.episode,), mutes=(mute,)),
        Chronicle(events=(seen,)),
        Chronicle(expired_mutes=(mute,)),
    ]
    found = [is_worth_a_message(replace(scan, chronicle=one), Severity.INFO) for one in chronicles]

    assert found == [False, False, True, True]


@pytest.mark.parametrize(("severity", "expected"), [(Severity.WARNING, 1), (Severity.INFO, 0)])
def test_a_report_that_is_worth_no_message_is_counted_and_stored_and_neither_sent_nor_made_a_page(
    severity: Severity, expected: int
) -> None:
    """The dashboard shows it all the same."""
    everything, report_archive = Everything(), MemoryShelf()
    store = ReportStore(report_archive=report_archive, bucket="b", page=lambda _: "page")
    to = Destinations(clock=START.timestamp, metric_sink=everything, report_store=store, sinks=(everything,))
    made, failures = publish(with_severities(severity), to, Settings(), deadline=START.timestamp())

    assert failures == []
    assert list(report_archive.reports.values()) == [made]
    assert "ScanCompleted" in everything.metrics
    assert (len(everything.sent), len(report_archive.pages)) == (expected, expected)
