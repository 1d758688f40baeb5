"""The pipeline with a memory of incidents: what it hands to whom, and what it does when something fails."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from fleetscan.diagnosis import tuning
from fleetscan.errors import AccessError, PublishError
from fleetscan.incidents.tracker import FindingTracker
from fleetscan.model import Capture, CaptureStatus, CreditMode, Credits, Diagnosis, Metric, Node, Report
from fleetscan.model.disk_limits import DiskLimits
from fleetscan.model.episode import ChangeKind
from fleetscan.model.finding import Cause
from fleetscan.model.in_cluster import InCluster
from fleetscan.model.memory import History
from fleetscan.model.whereabouts import NOWHERE, Whereabouts
from fleetscan.scan import pipeline
from fleetscan.scan.ports import Destinations
from fleetscan.settings import Settings
from tests.fixtures import rule_samples
from tests.fixtures.lives import RULE, START, MemoryEpisodes, MemoryMutes, diagnosis, finding, instance
from tests.fixtures.outside import outside, sources

SAMPLES = rule_samples.load()


@dataclass
class Topic:
    """Keeps what messages say; may be out of order."""

    is_broken: bool = False
    sent: list[list[ChangeKind]] = field(default_factory=list)

    def send(self, report: Report, whereabouts: Whereabouts = NOWHERE) -> None:
        """Keep what a message says."""
        assert whereabouts == NOWHERE
        assert report.chronicle is not None
        if self.is_broken:
            raise AccessError("AWS refused sns:Publish")
        self.sent.append([event.kind for event in report.chronicle.reported])


@dataclass
class Numbers:
    """Takes numbers, or does not."""

    is_broken: bool = False

    def publish(self, metrics: Sequence[Metric]) -> None:
        """Take them."""
        assert metrics
        if self.is_broken:
            raise AccessError("AWS refused cloudwatch:PutMetricData")


@dataclass
class Fleet:
    """Every port of a scan of nodes whose diagnoses are given."""

    says: tuple[Diagnosis, ...] = ()
    topic: Topic = field(default_factory=Topic)
    numbers: Numbers = field(default_factory=Numbers)
    finding_tracker: FindingTracker | None = field(
        default_factory=lambda: FindingTracker(episodes=MemoryEpisodes(), mutes=MemoryMutes(), rules=(RULE,))
    )
    asked_credits: list[str] = field(default_factory=list)
    now: float = START.timestamp()
    settings: Settings = field(default_factory=Settings)

    def workers(self) -> tuple[Node, ...]:
        """Return the nodes."""
        return tuple(one.node for one in self.says)

    def empty_clusters(self, _workers: object) -> tuple[str, ...]:
        """Return none."""
        return ()

    def collect(self, nodes: Sequence[Node], *, deadline: float, background: object = None) -> tuple[Capture, ...]:
        """Answer for each."""
        assert background is None
        assert deadline > self.now
        return tuple(Capture(node=one, status=CaptureStatus.ANSWERED) for one in nodes)

    def modes(self, nodes: Sequence[Node]) -> Mapping[str, CreditMode]:
        """Say that all of them are burstable."""
        return {one.instance_id: CreditMode.UNLIMITED for one in nodes}

    def credits(
        self,
        nodes: Sequence[Node],
        modes: Mapping[str, CreditMode],
        *,
        fresh: Collection[str] = (),  # noqa: ARG002 - the port's
    ) -> Mapping[str, Credits]:
        """Note who was asked for."""
        self.asked_credits += [one.instance_id for one in nodes]
        return {one.instance_id: Credits(mode=modes[one.instance_id]) for one in nodes}

    def examine(
        self,
        capture: Capture,
        _credits: Credits | None = None,
        _history: History | None = None,
        _in_cluster: InCluster | None = None,
        _disks: DiskLimits | None = None,
    ) -> Diagnosis:
        """Return what was given."""
        return next(one for one in self.says if one.node == capture.node)

    def scan(self, *says: Diagnosis) -> Report:
        """Scan these nodes, five minutes after the last time."""
        self.says = says
        self.now += 300
        observing = sources(self, lambda: self.now)
        sinks = (self.topic,) if self.finding_tracker else ()
        to = Destinations(
            clock=observing.clock, finding_tracker=self.finding_tracker, metric_sink=self.numbers, sinks=sinks
        )
        return pipeline.scan(outside(observing, to), self.settings, deadline=self.now + 200, examine=self.examine)


AFFECTED = diagnosis(1, finding())


def test_a_message_is_sent_when_something_changed_and_only_then() -> None:
    """Six scans, two messages."""
    fleet = Fleet()
    for one in (AFFECTED, AFFECTED, AFFECTED, diagnosis(1), diagnosis(1), diagnosis(1)):
        fleet.scan(one)

    assert fleet.topic.sent == [[ChangeKind.OPENED], [ChangeKind.RESOLVED]]


def test_a_moved_threshold_resolves_and_opens_like_a_change_on_the_node() -> None:
    """Raised, it is over after two clean scans; moved back, it has come back. The report says what was moved."""

    @dataclass
    class Judged(Fleet):
        def examine(
            self,
            capture: Capture,
            _credits: Credits | None = None,
            _history: History | None = None,
            _in_cluster: InCluster | None = None,
            _disks: DiskLimits | None = None,
        ) -> Diagnosis:
            text = SAMPLES.capture(SAMPLES.samples()["conntrack_nearly_full"]).text
            return pipeline.examiner(self.settings.thresholds)(replace(capture, text=text), _credits, _history, None)

    fleet = Judged()
    moved = tuning.read("conntrack_nearly_full.warning_ratio=0.9", source="test")
    reports = []
    for thresholds in ((), (), moved, moved, moved, (), ()):
        fleet.settings = Settings(thresholds=thresholds)
        reports.append(fleet.scan(diagnosis(1)))
    rule = "conntrack_nearly_full"
    kinds = [
        [event.kind for event in report.events or () if event.episode.fingerprint.rule == rule] for report in reports
    ]
    words = "Evaluated with changed thresholds: conntrack_nearly_full.warning_ratio 0.9 instead of 0.75."

    assert kinds == [[ChangeKind.OPENED], [], [], [ChangeKind.RESOLVED], [], [ChangeKind.RECURRED], []]
    assert [words in report.notes for report in reports] == [False, False, True, True, True, False, False]
    assert [report.thresholds for report in reports] == [(), (), moved, moved, moved, (), ()]


def test_without_a_keeper_nothing_is_remembered() -> None:
    """And the report does not say that nothing changed."""
    report = Fleet(finding_tracker=None).scan(AFFECTED)

    assert (report.chronicle, report.events) == (None, None)


def test_a_topic_that_fails_is_an_error_and_its_message_comes_later() -> None:
    """Nothing is lost, nothing is sent twice."""
    fleet = Fleet(topic=Topic(is_broken=True))
    with pytest.raises(PublishError, match="Topic: AccessError: AWS refused sns:Publish"):
        fleet.scan(AFFECTED)
    fleet.topic.is_broken = False
    fleet.scan(AFFECTED)
    fleet.scan(AFFECTED)

    assert fleet.topic.sent == [[ChangeKind.OPENED]]


def test_numbers_that_fail_do_not_send_a_message_twice() -> None:
    """The error is raised, the pending notification is cleared."""
    fleet = Fleet(numbers=Numbers(is_broken=True))
    with pytest.raises(PublishError, match="Numbers"):
        fleet.scan(AFFECTED)
    fleet.numbers.is_broken = False
    fleet.scan(AFFECTED)

    assert fleet.topic.sent == [[ChangeKind.OPENED]]


def test_credits_are_read_until_the_problem_with_them_is_over() -> None:
    """A node that is not in question any more is asked all the same, or its episode could never be evaluated."""
    fleet = Fleet()
    fleet.scan(diagnosis(1, finding(rule="cpu_surplus_charged", cause=Cause.CPU_CREDITS)), diagnosis(2))
    fleet.asked_credits.clear()
    for _ in range(4):
        fleet.scan(
            diagnosis(1, readings=AFFECTED.readings.__class__()), diagnosis(2, readings=AFFECTED.readings.__class__())
        )

    assert fleet.asked_credits == [instance(1), instance(1)]


def test_an_examination_that_cannot_be_made_at_all_is_not_a_clean_one() -> None:
    """Neither the rules nor a diagnosis without evidence worked: the node's problem stays open."""

    @dataclass
    class Broken(Fleet):
        is_broken: bool = False

        def examine(
            self,
            capture: Capture,
            _credits: Credits | None = None,
            _history: History | None = None,
            _in_cluster: InCluster | None = None,
            _disks: DiskLimits | None = None,
        ) -> Diagnosis:
            if self.is_broken:
                raise ZeroDivisionError
            return super().examine(capture)

    fleet = Broken()
    fleet.scan(AFFECTED)
    fleet.is_broken = True
    reports = [fleet.scan(diagnosis(1)) for _ in range(3)]
    chronicles = [report.chronicle for report in reports if report.chronicle is not None]

    assert fleet.topic.sent == [[ChangeKind.OPENED], [ChangeKind.OPENED]]
    assert [len(one.episodes) for one in chronicles] == [2, 2, 2]
    assert {one.fingerprint.rule for one in chronicles[-1].episodes} == {RULE, "evidence_incomplete"}
