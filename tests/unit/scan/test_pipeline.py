"""The pipeline with fakes at its ports: what it asks, in which order, and what it does when something fails."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from fleetscan.errors import AccessError, PublishError
from fleetscan.model import (
    Capture,
    CaptureStatus,
    Coverage,
    CreditMode,
    Credits,
    Diagnosis,
    Evidence,
    Finding,
    Metric,
    Node,
    Readings,
    Report,
    Severity,
)
from fleetscan.model.disk_limits import Checks, DiskLimits
from fleetscan.model.forecast import Runway
from fleetscan.model.in_cluster import NOT_ASKED, InCluster
from fleetscan.model.kubernetes import ClusterView, Ending, ScheduledPods, Status
from fleetscan.model.memory import History, Reading
from fleetscan.model.part import Part
from fleetscan.model.target import Target, Unseen
from fleetscan.model.whereabouts import NOWHERE, Whereabouts
from fleetscan.ports import BackgroundWork, LoadedHistories, NodeHistoryStore
from fleetscan.scan import pipeline
from fleetscan.scan.ports import Destinations, ScanPorts, Sources
from fleetscan.settings import Settings
from fleetscan.storage.history_codec import decode, encode
from tests.fixtures.clusters import NOW, FakeClusterMemory, FakeClusters, ago, daemonset, end, ready, view
from tests.fixtures.outside import outside

THROTTLED = DiskLimits(instance_iops=Checks(total=30, exceeded=30))
START = datetime(2026, 1, 15, 6, 5, tzinfo=UTC)
DEADLINE = START.timestamp() + 240


def node(number: int, cluster: str = "live") -> Node:
    """Return a worker."""
    return Node(instance_id=f"i-{number:017x}", cluster=cluster)


def diagnosis(
    about: Node,
    severity: Severity | None = None,
    status: CaptureStatus = CaptureStatus.ANSWERED,
    readings: Readings = Readings(),  # noqa: B008 - frozen
) -> Diagnosis:
    """Return what an examination would say."""
    evidence = None if severity is None else Evidence(severity=severity, text="Seen.", measured=1, limit=1)
    findings = () if evidence is None else (Finding(rule="load_high", title="t", remedy="r", evidence=evidence),)
    return Diagnosis(node=about, coverage=Coverage(status=status), findings=findings, readings=readings)


ILL = {node(1).instance_id: diagnosis(node(1), Severity.WARNING)}
"""What is worth a message."""


@dataclass
class FakeInventory:
    """Workers from a list."""

    nodes: tuple[Node, ...]
    empty: tuple[str, ...] = ()
    refuses_clusters: bool = False

    def workers(self) -> tuple[Node, ...]:
        """Return the list."""
        return self.nodes

    def empty_clusters(self, workers: Iterable[Node]) -> tuple[str, ...]:
        """Return the given ones, once the workers of the very inventory are shown."""
        if self.refuses_clusters:
            raise AccessError("AWS refused eks:ListClusters")
        assert tuple(workers) == self.nodes
        return self.empty


@dataclass
class FakeCollector:
    """Every node answers its own id, except those that were given other words."""

    silent: Mapping[str, CaptureStatus] = field(default_factory=dict)
    forgets: frozenset[str] = frozenset()
    asked: list[tuple[int, float]] = field(default_factory=list)

    def collect(
        self, nodes: Sequence[Node], *, deadline: float, background: BackgroundWork | None = None
    ) -> tuple[Capture, ...]:
        """Answer in another order than asked, as a network does."""
        assert background is None
        self.asked.append((len(nodes), deadline))
        return tuple(
            Capture(
                node=one,
                status=self.silent.get(one.instance_id, CaptureStatus.ANSWERED),
                text=one.instance_id,
            )
            for one in reversed(nodes)
            if one.instance_id not in self.forgets
        )


@dataclass
class FakeCredits:
    """Credits of the nodes that are burstable; counts what is asked."""

    burstable: Mapping[str, CreditMode] = field(default_factory=dict)
    refuses: str = ""
    asked: list[str] = field(default_factory=list)
    fresh: set[str] = field(default_factory=set)

    def modes(self, nodes: Sequence[Node]) -> Mapping[str, CreditMode]:
        """Return the modes of the burstable ones among these."""
        if self.refuses == "modes":
            raise AccessError("AWS refused ec2:DescribeInstanceCreditSpecifications")
        return {one.instance_id: self.burstable[one.instance_id] for one in nodes if one.instance_id in self.burstable}

    def credits(
        self, nodes: Sequence[Node], modes: Mapping[str, CreditMode], *, fresh: Collection[str] = ()
    ) -> Mapping[str, Credits]:
        """Return a balance of 0 for each that is asked for."""
        self.fresh.update(fresh)
        if self.refuses == "credits":
            raise AccessError("AWS refused cloudwatch:GetMetricData")
        self.asked.extend(one.instance_id for one in nodes)
        return {one.instance_id: Credits(mode=modes[one.instance_id], balance=0.0) for one in nodes}


@dataclass
class FakeMetricSink:
    """Keeps numbers."""

    error: Exception | None = None
    published: list[str] = field(default_factory=list)

    def publish(self, metrics: Sequence[Metric]) -> None:
        """Keep their names, or fail."""
        if self.error:
            raise self.error
        self.published.extend(metric.name for metric in metrics)


@dataclass
class FakeSink:
    """Keeps reports."""

    error: Exception | None = None
    sent: list[Report] = field(default_factory=list)

    def send(self, report: Report, whereabouts: Whereabouts = NOWHERE) -> None:
        """Keep it, or fail."""
        assert whereabouts == NOWHERE
        if self.error:
            raise self.error
        self.sent.append(report)


@dataclass
class FakeDisks:
    """Knows the limits of every disk that it is asked about."""

    asked: list[str] = field(default_factory=list)

    def limits(
        self,
        volumes: Mapping[str, Sequence[str]],
        *,
        fresh: Collection[str] = (),  # noqa: ARG002 - the port's
    ) -> Mapping[str, DiskLimits]:
        """Return an instance at its limit."""
        self.asked += volumes
        return dict.fromkeys(volumes, THROTTLED)


@dataclass
class Clock:
    """Each look at it takes a second."""

    now: float = START.timestamp() - 1

    def __call__(self) -> float:
        """Return the time."""
        self.now += 1
        return self.now


@dataclass
class World:
    """All ports of one scan, and a table of what an examination says of each node."""

    nodes: tuple[Node, ...]
    says: Mapping[str, Diagnosis] = field(default_factory=dict)
    collector: FakeCollector = field(default_factory=FakeCollector)
    credits: FakeCredits = field(default_factory=FakeCredits)
    metric_sink: FakeMetricSink = field(default_factory=FakeMetricSink)
    sinks: tuple[FakeSink, ...] = field(default_factory=lambda: (FakeSink(),))
    settings: Settings = field(default_factory=Settings)
    inventory: FakeInventory | None = None
    examined: dict[str, list[Credits | None]] = field(default_factory=dict)
    disk_reader: FakeDisks | None = None
    followed: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Rule -> nodes with an open finding of it."""
    examined_disks: dict[str, list[DiskLimits | None]] = field(default_factory=dict)
    stages: list[tuple[str, int, int]] = field(default_factory=list)
    memory: NodeHistoryStore | None = field(default_factory=lambda: FakeMemory())  # noqa: PLW0108 - defined below
    read_histories: dict[str, History | None] = field(default_factory=dict)

    def examine(
        self,
        capture: Capture,
        known: Credits | None = None,
        history: History | None = None,
        _in_cluster: InCluster | None = None,
        disks: DiskLimits | None = None,
    ) -> Diagnosis:
        """Return what the table says of the node, else that it is well."""
        self.examined_disks.setdefault(capture.node.instance_id, []).append(disks)
        about = capture.node.instance_id
        self.read_histories[about] = history
        self.examined.setdefault(about, []).append(known)
        return self.says.get(about, diagnosis(capture.node, status=capture.status))

    def scan(self) -> Report:
        """Scan with all of it."""
        clock = Clock()
        outside = ScanPorts(sources=self.sources(clock), destinations=self.destinations(clock))
        return pipeline.scan(outside, self.settings, deadline=DEADLINE, examine=self.examine)

    def sources(self, clock: Clock) -> Sources:
        """Return what it is observed with."""
        return Sources(
            inventory=self.inventory or FakeInventory(self.nodes),
            collector=self.collector,
            credit_reader=self.credits,
            disk_reader=self.disk_reader,
            followed=lambda rules: {one for rule in rules for one in self.followed.get(rule, ())},
            clock=clock,
            progress=lambda *stage: self.stages.append(stage),
            node_history=self.memory,
            cluster_reader=FakeClusters(),
        )

    def destinations(self, clock: Clock) -> Destinations:
        """Return where its report goes."""
        return Destinations(
            clock=clock,
            account="123456789012",
            region="eu-central-1",
            metric_sink=self.metric_sink,
            sinks=self.sinks,
        )


class TestScan:
    """From the inventory to the report."""

    def test_a_report_has_every_node_worst_first(self) -> None:
        """Then by cluster and instance id, however the answers came in; information makes no node worse."""
        one, two, three, four = node(1, "b"), node(2, "a"), node(3, "a"), node(4, "a")
        says = {n.instance_id: diagnosis(n, s) for n, s in ((three, Severity.CRITICAL), (four, Severity.INFO))}
        world = World((one, two, three, four), says=says)
        expected = Report(
            scan_id="20260115T060500.000000Z",
            started_at=START,
            duration_seconds=1.0,
            diagnoses=(says[three.instance_id], diagnosis(two), says[four.instance_id], diagnosis(one)),
            account="123456789012",
            region="eu-central-1",
        )

        assert expected == world.scan()
        assert world.collector.asked == [(4, DEADLINE)]

    def test_progress_is_reported_stage_by_stage(self) -> None:
        """Discovery, collection, and each node's analysis."""
        world = World((node(1), node(2)))
        world.scan()
        expected = [("discovery", 2, 2), ("collection", 2, 2), ("analysis", 1, 2), ("analysis", 2, 2)]

        assert expected == world.stages

    def test_a_fleet_without_workers_is_a_report_without_nodes(self) -> None:
        """Nothing is sent to nobody, but the scan is published: it did run."""
        world = World((), inventory=FakeInventory((), empty=("serverless",)))
        report = world.scan()

        assert report.diagnoses == ()
        assert report.empty_clusters == ("serverless",)
        assert world.collector.asked == []
        assert "ScanCompleted" in world.metric_sink.published

    def test_a_node_that_the_collector_forgot_is_reported_as_failed(self) -> None:
        """One answer for every node given, even where the collector breaks its promise."""
        lost, found = node(1), node(2)
        report = World((lost, found), collector=FakeCollector(forgets=frozenset({lost.instance_id}))).scan()
        statuses = {one.node.instance_id: one.coverage.status for one in report.diagnoses}
        expected = {lost.instance_id: CaptureStatus.FAILED, found.instance_id: CaptureStatus.ANSWERED}

        assert expected == statuses

    def test_a_discovery_that_is_refused_is_an_error_not_an_empty_fleet(self) -> None:
        """Denied must never look like nothing there."""

        class Refusing(FakeInventory):
            """May not ask EC2."""

            def workers(self) -> tuple[Node, ...]:
                """Refuse."""
                raise AccessError("AWS refused ec2:DescribeInstances")

        world = World((), inventory=Refusing(()))

        with pytest.raises(AccessError, match="ec2:DescribeInstances"):
            world.scan()
        assert world.metric_sink.published == []

    def test_clusters_that_may_not_be_listed_are_a_note(self) -> None:
        """What the nodes said still counts."""
        report = World((node(1),), inventory=FakeInventory((node(1),), refuses_clusters=True)).scan()
        expected = ("EKS clusters without a visible worker were not listed: AccessError: AWS refused eks:ListClusters",)

        assert expected == report.notes
        assert (diagnosis(node(1)),) == report.diagnoses


class TestExamination:
    """A bug that one node brings to light."""

    def test_it_never_stops_the_others(self) -> None:
        """The node says what happened; the others are evaluated as ever."""
        unlucky, lucky = node(1), node(2)
        world = World((unlucky, lucky))

        def examine(
            capture: Capture,
            known: Credits | None = None,
            history: History | None = None,
            _in_cluster: InCluster | None = None,
            _disks: DiskLimits | None = None,
        ) -> Diagnosis:
            if capture.node == unlucky:
                raise ZeroDivisionError("float division by zero\n\x1b[31m")
            return world.examine(capture, known, history)

        report = pipeline.scan(outside(world.sources(Clock())), Settings(), deadline=DEADLINE, examine=examine)
        by_node = {one.node.instance_id: one for one in report.diagnoses}
        expected = Coverage(
            status=CaptureStatus.ANSWERED,
            problems=("The examination failed with ZeroDivisionError: 'float division by zero\\n\\x1b[31m'",),
        )

        assert expected == by_node[unlucky.instance_id].coverage
        assert diagnosis(lucky) == by_node[lucky.instance_id]

    def test_the_same_capture_gets_the_same_diagnosis(self) -> None:
        """The pure half: a node that never answered has no readings and is not well."""
        capture = Capture(node=node(1), status=CaptureStatus.TIMED_OUT, reason="No answer within 60 s.")
        first = pipeline.examine(capture)

        assert first == pipeline.examine(capture)
        assert Coverage(status=CaptureStatus.TIMED_OUT, reason="No answer within 60 s.") == first.coverage
        assert Readings() == first.readings


class TestDisks:
    """What is asked of CloudWatch about disks, out of the same purse."""

    def test_a_node_whose_disk_is_in_question_is_examined_again_with_its_limits(self) -> None:
        """The others once, without them; what is spent on disks is not there for credits."""
        slow, busy = replace(node(1), volumes=("vol-0a", "vol-0b")), node(2)
        world = World(
            (slow, busy),
            says={busy.instance_id: diagnosis(busy, readings=TestCredits.BUSY)},
            credits=FakeCredits({busy.instance_id: CreditMode.STANDARD}),
            disk_reader=FakeDisks(),
            followed={"disk_throttled": [slow.instance_id]},
            settings=Settings(credit_node_limit=6),
        )
        report = world.scan()

        assert world.disk_reader == FakeDisks(asked=[slow.instance_id])
        assert world.examined_disks == {slow.instance_id: [None, THROTTLED], busy.instance_id: [None, None]}
        assert world.credits.asked == [busy.instance_id]
        assert report.notes == ()

    def test_credits_have_what_disks_leave(self) -> None:
        """Seven metrics of sixteen are for disks, so the credits of two nodes can be read."""
        slow = replace(node(1), volumes=("vol-0a",))
        nodes = (slow, node(2), node(3), node(4), node(5))
        world = World(
            nodes,
            says={one.instance_id: diagnosis(one, readings=TestCredits.BUSY) for one in nodes[1:]},
            credits=FakeCredits({one.instance_id: CreditMode.STANDARD for one in nodes[1:]}),
            disk_reader=FakeDisks(),
            followed={"disk_throttled": [slow.instance_id]},
            settings=Settings(credit_node_limit=4),
        )
        report = world.scan()

        assert len(world.credits.asked) == 2
        assert report.notes == ("CPU credit balances were read for 2 of 4 selected nodes, busiest first.",)


class TestCredits:
    """What is asked of EC2 and CloudWatch, and what it costs."""

    BUSY = Readings(cpu_busy_ratio=0.99, cpu_steal_ratio=0.0, load1=1.0, cpus=2)
    QUIET = Readings(cpu_busy_ratio=0.1, cpu_steal_ratio=0.0, load1=1.0, cpus=2)

    def test_balances_are_read_only_of_burstable_nodes_that_give_reason(self) -> None:
        """The mode of all burstable nodes; a balance where it is in question; nothing elsewhere."""
        busy, quiet, fixed = node(1), node(2), node(3)
        world = World(
            (busy, quiet, fixed),
            says={
                busy.instance_id: diagnosis(busy, readings=self.BUSY),
                quiet.instance_id: diagnosis(quiet, readings=self.QUIET),
                fixed.instance_id: diagnosis(fixed, readings=self.BUSY),
            },
            credits=FakeCredits({busy.instance_id: CreditMode.UNLIMITED, quiet.instance_id: CreditMode.STANDARD}),
            settings=Settings(credit_mode=CreditMode.UNLIMITED),
        )
        world.scan()
        wanted = CreditMode.UNLIMITED
        expected = {
            busy.instance_id: [
                Credits(mode=CreditMode.UNLIMITED, wanted_mode=wanted, is_metered=False),
                Credits(mode=CreditMode.UNLIMITED, wanted_mode=wanted, balance=0.0),
            ],
            quiet.instance_id: [Credits(mode=CreditMode.STANDARD, wanted_mode=wanted, is_metered=False)],
            fixed.instance_id: [None],
        }

        assert expected == world.examined
        assert [busy.instance_id] == world.credits.asked

    def test_the_number_of_balances_is_bounded_and_the_rest_is_said(self) -> None:
        """The busiest go first; a note says how many were left out."""
        nodes = tuple(node(number) for number in range(1, 5))
        says = {
            one.instance_id: diagnosis(one, readings=replace(self.BUSY, cpu_busy_ratio=0.5 + index / 10))
            for index, one in enumerate(nodes)
        }
        world = World(
            nodes,
            says=says,
            credits=FakeCredits({one.instance_id: CreditMode.STANDARD for one in nodes}),
            settings=Settings(credit_node_limit=2),
        )
        report = world.scan()

        assert [nodes[3].instance_id, nodes[2].instance_id] == world.credits.asked
        assert report.notes == ("CPU credit balances were read for 2 of 4 selected nodes, busiest first.",)

    @pytest.mark.parametrize(
        ("refuses", "note", "known"),
        [
            (
                "modes",
                "CPU credit modes were not read: AccessError: AWS refused ec2:DescribeInstanceCreditSpecifications",
                [None],
            ),
            (
                "credits",
                "CPU credit balances were not read: AccessError: AWS refused cloudwatch:GetMetricData",
                [Credits(mode=CreditMode.STANDARD, is_metered=False)],
            ),
        ],
    )
    def test_credits_that_may_not_be_read_are_a_note(
        self, refuses: str, note: str, known: list[Credits | None]
    ) -> None:
        """Optional evidence: the scan goes on with what it has."""
        busy = node(1)
        world = World(
            (busy,),
            says={busy.instance_id: diagnosis(busy, readings=self.BUSY)},
            credits=FakeCredits({busy.instance_id: CreditMode.STANDARD}, refuses=refuses),
        )
        report = world.scan()

        assert (note,) == report.notes
        assert {busy.instance_id: known} == world.examined


class TestPublication:
    """Every destination has its turn."""

    def test_metrics_and_messages_go_out(self) -> None:
        """The report that is returned is the report that is sent."""
        world = World((node(1),), says=ILL, sinks=(FakeSink(), FakeSink()))
        report = world.scan()

        assert [[report], [report]] == [sink.sent for sink in world.sinks]
        assert "NodesAnswered" in world.metric_sink.published

    def test_a_destination_that_fails_costs_no_other_its_turn(self) -> None:
        """All are tried, then one error names each that failed and why."""
        broken = FakeSink(error=AccessError("AWS refused sns:Publish"))
        whole = FakeSink()
        numbers = FakeMetricSink(error=TimeoutError("read timed out"))
        world = World((node(1),), says=ILL, sinks=(broken, whole), metric_sink=numbers)
        with pytest.raises(PublishError) as caught:
            world.scan()
        expected = (
            "Not everything was published: FakeMetricSink: TimeoutError: read timed out; "
            "FakeSink: AccessError: AWS refused sns:Publish"
        )

        assert expected == str(caught.value)
        assert 1 == len(whole.sent)  # noqa: SIM300 - expected stands first
        assert isinstance(caught.value.__cause__, ExceptionGroup)


@dataclass
class FakeMemory:
    """Rings in a dictionary."""

    histories: dict[str, bytes] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()
    throttled: frozenset[str] = frozenset()
    refuses: str = ""
    saves: list[frozenset[str]] = field(default_factory=list)

    def load(self, instance_ids: Sequence[str]) -> LoadedHistories:
        """Return those there are."""
        if self.refuses == "load":
            raise AccessError("AWS refused dynamodb:BatchGetItem")
        there = {one: ring for one, ring in self.histories.items() if one in instance_ids and one not in self.unread}
        return LoadedHistories(histories=there, unread=self.unread)

    def save(self, histories: Mapping[str, bytes]) -> frozenset[str]:
        """Keep them, but for those that are throttled."""
        if self.refuses == "save":
            raise AccessError("AWS refused dynamodb:BatchWriteItem")
        self.saves.append(frozenset(histories))
        self.histories |= {one: ring for one, ring in histories.items() if one not in self.throttled}
        return self.throttled & histories.keys()


class TestMemory:
    """What is remembered from scan to scan."""

    MEASURED = Readings(memory_total_bytes=2**32, memory_available_bytes=2**31, slab_unreclaimable_bytes=2**27)
    AT = int(START.timestamp())

    def reading(self, seconds_ago: int) -> Reading:
        """Return a reading of some time ago, in the exactness in which it is remembered."""
        return Reading(
            at_epoch_seconds=self.AT - seconds_ago,
            memory_total_bytes=2**32,
            memory_available_bytes=2**31,
            slab_unreclaimable_bytes=2**27,
        )

    def world(
        self, memory: FakeMemory, *nodes: Node, severity: Severity | None = None, **others: CaptureStatus
    ) -> World:
        """Return a world whose nodes answer with the same numbers, but for those that are silent."""
        silent = {one.instance_id: status for one in nodes for status in others.values()}
        says = {
            one.instance_id: diagnosis(
                one,
                severity,
                status=silent.get(one.instance_id, CaptureStatus.ANSWERED),
                readings=self.MEASURED,
            )
            for one in nodes
        }
        return World(nodes, says=says, memory=memory)

    def test_a_new_node_is_known_from_its_second_scan_on(self) -> None:
        """The first one knows nothing, which is a memory all the same, and keeps its reading."""
        memory = FakeMemory()
        first = self.world(memory, node(1))
        first.scan()
        second = self.world(memory, node(1))
        second.scan()

        assert first.read_histories == {node(1).instance_id: History(at_epoch_seconds=self.AT)}
        assert decode(memory.histories[node(1).instance_id]) == ((self.reading(0),), "")
        assert [frozenset({node(1).instance_id})] * 2 == memory.saves

    def test_what_is_remembered_is_handed_to_the_examination(self) -> None:
        """With the time of this scan, from which ages count."""
        memory = FakeMemory({node(1).instance_id: encode([self.reading(600), self.reading(300)])})
        world = self.world(memory, node(1))
        world.scan()
        expected = History(at_epoch_seconds=self.AT, readings=(self.reading(600), self.reading(300)))

        assert {node(1).instance_id: expected} == world.read_histories
        assert memory.saves == []  # quiet for five minutes: not worth a write

    def test_without_a_memory_a_scan_is_whole_and_says_so(self) -> None:
        """From a terminal, or before there is a table."""
        world = World((node(1),), memory=None)
        report = world.scan()

        assert report.notes == (pipeline.NO_TABLE,)
        assert world.read_histories == {node(1).instance_id: None}

    def test_a_node_that_did_not_answer_keeps_the_memory_it_has(self) -> None:
        """Silence is no reading."""
        ring = encode([self.reading(3_600)])
        memory = FakeMemory({node(1).instance_id: ring})
        self.world(memory, node(1), status=CaptureStatus.TIMED_OUT).scan()

        assert memory.histories == {node(1).instance_id: ring}

    def test_a_memory_that_may_not_be_read_is_a_note_and_nothing_is_written(self) -> None:
        """Two weeks of readings are not replaced by one because of a missing permission."""
        memory = FakeMemory(refuses="load")
        world = self.world(memory, node(1))
        report = world.scan()

        assert report.notes == ("Earlier readings were not loaded: AccessError: AWS refused dynamodb:BatchGetItem",)
        assert world.read_histories == {node(1).instance_id: None}
        assert memory.saves == []

    def test_a_node_whose_ring_was_throttled_is_not_written(self) -> None:
        """For the same reason."""
        one, two = node(1), node(2)
        memory = FakeMemory({one.instance_id: encode([self.reading(3_600)])}, unread=frozenset({one.instance_id}))
        world = self.world(memory, one, two)
        report = world.scan()

        assert report.notes == ("Earlier readings of 1 node were not loaded: the table is throttled.",)
        assert memory.saves == [frozenset({two.instance_id})]

    def test_a_damaged_ring_begins_anew_and_is_reported(self) -> None:
        """A memory never stops a scan."""
        memory = FakeMemory({node(1).instance_id: b"nonsense"})
        report = self.world(memory, node(1)).scan()
        expected = (
            f"Earlier readings of 1 node cannot be decoded and start again, for example {node(1).instance_id}: the "
            "stored history is damaged: its checksum is wrong."
        )

        assert (expected,) == report.notes
        assert decode(memory.histories[node(1).instance_id]) == ((self.reading(0),), "")

    def test_readings_that_could_not_be_kept_are_a_note(self) -> None:
        """The scan is whole, and published."""
        memory = FakeMemory(throttled=frozenset({node(1).instance_id}))
        world = self.world(memory, node(1), node(2), severity=Severity.WARNING)
        report = world.scan()

        assert report.notes == ("The readings of 1 of 2 nodes were not stored: the table is throttled.",)
        assert len(world.sinks[0].sent) == 1

    def test_a_memory_that_may_not_be_written_is_an_error_after_all_others_had_their_turn(self) -> None:
        """A memory must not stop unseen."""
        world = self.world(FakeMemory(refuses="save"), node(1), severity=Severity.WARNING)
        with pytest.raises(PublishError, match=r"FakeMemory: AccessError: AWS refused dynamodb:BatchWriteItem"):
            world.scan()

        assert len(world.sinks[0].sent) == 1
        assert "ScanCompleted" in world.metric_sink.published

    def test_of_nodes_equally_bad_the_next_to_die_comes_first(self) -> None:
        """Severity, then date of death; who is not known to die comes last."""

        def left(hours: float) -> Runway:
            return Runway(hours_low=hours, hours=hours, hours_high=hours, limited_by="memory", text="")

        nodes = [node(number) for number in range(1, 5)]
        says = {
            nodes[0].instance_id: diagnosis(nodes[0], Severity.WARNING),
            nodes[1].instance_id: replace(diagnosis(nodes[1], Severity.WARNING), runway=left(40)),
            nodes[2].instance_id: replace(diagnosis(nodes[2], Severity.WARNING), runway=left(7)),
            nodes[3].instance_id: diagnosis(nodes[3], Severity.CRITICAL),
        }
        report = World(tuple(nodes), says=says).scan()

        assert [nodes[3], nodes[2], nodes[1], nodes[0]] == [one.node for one in report.diagnoses]


class TestHalves:
    """A scan of many targets: many observe, one concludes."""

    def observe(self, world: World) -> pipeline.Observed:
        """Observe the nodes of a world."""
        inventory = FakeInventory(world.nodes, empty=("old",))
        sources = replace(world.sources(Clock()), inventory=inventory, cluster_reader=None)
        return pipeline.observe(sources, world.settings, deadline=DEADLINE, examine=world.examine)

    def conclude(self, world: World, part: Part, unseen: tuple[Unseen, ...] = ()) -> Report:
        """Conclude what was seen."""
        destinations = world.destinations(Clock())
        return pipeline.conclude(part, destinations, world.settings, deadline=DEADLINE, unseen=unseen)

    def test_observing_notifies_nobody_and_writes_nothing(self) -> None:
        """Each node is evaluated, with what is remembered of it."""
        memory = FakeMemory()
        world = World((node(1), node(2)), memory=memory)
        seen = self.observe(world)

        both = (diagnosis(node(1)), diagnosis(node(2)))
        expected = Part(started_at=START, diagnoses=both, empty_clusters=("old",), notes=(NOT_ASKED,))

        assert expected == seen.part
        assert (world.sinks[0].sent, world.metric_sink.published, memory.saves) == ([], [], [])

    def test_what_was_read_is_kept_by_whoever_observed(self) -> None:
        """Rings are a matter of single nodes; without a memory there is nothing to do."""
        readings = Readings(
            memory_total_bytes=8 << 30, memory_available_bytes=4 << 30, slab_unreclaimable_bytes=1 << 20
        )
        memory = FakeMemory()
        world = World((node(1),), says={node(1).instance_id: diagnosis(node(1), readings=readings)}, memory=memory)
        seen = self.observe(world)

        assert pipeline.save_history(memory, seen) == ()
        assert [set(histories) for histories in memory.saves] == [{node(1).instance_id}]
        assert pipeline.save_history(None, seen) == ()

    def test_two_parts_are_concluded_as_one_scan(self) -> None:
        """Worst first over all of them, published and reported once."""
        world = World((node(1), node(2)))
        part = Part(
            started_at=START, diagnoses=(diagnosis(node(2)), diagnosis(node(1), Severity.CRITICAL)), notes=("N.",)
        )
        report = self.conclude(world, part)

        assert [one.node for one in report.diagnoses] == [node(1), node(2)]
        assert report.notes == ("N.",)
        assert world.sinks[0].sent == [report]
        assert world.metric_sink.published.count("ScanCompleted") == 1

    def test_a_report_carries_the_targets_that_were_not_seen(self) -> None:
        """What they hold is neither well nor gone."""
        unseen = (Unseen(target=Target(account="444455556666", region="us-east-1"), reason="refused"),)
        report = self.conclude(World(()), Part(started_at=START), unseen)

        assert report.unseen == unseen

    def test_a_destination_that_fails_is_raised_when_all_had_their_turn(self) -> None:
        """As in a scan of one Region."""
        world = World((), sinks=(FakeSink(error=AccessError("AWS refused sns:Publish")), FakeSink()))

        with pytest.raises(PublishError, match="sns:Publish"):
            self.conclude(world, Part(started_at=START, diagnoses=tuple(ILL.values())))
        assert len(world.sinks[1].sent) == 1


class TestKubernetes:
    """What Kubernetes itself says, where it may be asked."""

    SILENT = view("ip-1", instance_id=node(1).instance_id, condition=ready(Status.UNKNOWN, ago(minutes=6)))

    def scan(
        self,
        clusters: FakeClusters | None,
        memory: FakeClusterMemory | None = None,
        settings: Settings = Settings(),  # noqa: B008 - frozen
        sinks: tuple[FakeSink, ...] = (),
    ) -> Report:
        """Scan one node for real, without a capture's text."""
        clock = Clock()
        sources = Sources(
            inventory=FakeInventory((node(1),)),
            collector=FakeCollector(silent={node(1).instance_id: CaptureStatus.TIMED_OUT}),
            credit_reader=FakeCredits(),
            clock=clock,
            node_history=FakeMemory(),
            cluster_reader=clusters,
            cluster_history=memory,
        )
        return pipeline.scan(outside(sources, Destinations(clock=clock, sinks=sinks)), settings, deadline=DEADLINE)

    def test_without_access_everything_else_works_and_one_sentence_says_so(self) -> None:
        """The rules that need the API give the same sentence as their reason."""
        report = self.scan(None)
        (one,) = report.diagnoses
        rules = ("node_not_ready", "node_flapping", "pods_evicted", "daemonset_unmanaged")

        assert report.notes == (NOT_ASKED,)
        assert [one.skipped[rule] for rule in rules] == [NOT_ASKED] * 4
        assert (report.clusters, report.stories, one.kubernetes) == ((), (), None)

    def test_a_node_is_evaluated_by_what_its_cluster_says_of_it(self) -> None:
        """A node that does not answer over SSM is silent in Kubernetes, too; its pods are asked for and reported."""
        lost = end(Ending.NODE_LOST, ago(minutes=1), node="ip-1", uid="u1")
        clusters = FakeClusters(
            (ClusterView(cluster="live", at=NOW, nodes=(self.SILENT,), daemonsets=(daemonset(),)),),
            {"ip-1": ScheduledPods(at=NOW, ends=(lost,))},
        )
        memory = FakeClusterMemory()
        report = self.scan(clusters, memory)
        (one,) = report.diagnoses
        fired = {finding.rule: finding.severity for finding in one.findings}
        (timeline,) = report.stories

        assert {"node_not_ready": Severity.WARNING, "pods_evicted": Severity.WARNING}.items() <= fired.items()
        assert one.kubernetes is not None
        assert one.kubernetes.ends == (lost,)
        assert [link.is_known for link in timeline.links] == [True, True, False]
        assert [(found.rule, found.subject) for found in report.fleet_findings] == [
            ("daemonset_unmanaged", "weave/weave-scope-agent")
        ]
        assert [found.daemonset for found in report.audit] == [daemonset()]
        assert clusters.asked == [("views", "live"), ("pods", "live", "ip-1")]
        assert clusters.deadlines[0] < DEADLINE
        assert [event.reason for event in memory.events["live"].values()] == ["NodeNotReady"]
        assert [death.end for death in memory.kept.values()] == [lost]

    def test_hours_later_the_timeline_is_reported_from_what_was_kept(self) -> None:
        """When Kubernetes has forgotten it."""
        lost = end(Ending.NODE_LOST, ago(minutes=1), node="ip-1", uid="u1")
        memory = FakeClusterMemory()
        then = ClusterView(cluster="live", at=NOW, nodes=(self.SILENT,), ends=(lost,))
        first = self.scan(FakeClusters((then,)), memory)
        now = ClusterView(cluster="live", at=NOW, nodes=(view("ip-1", instance_id=node(1).instance_id),))
        second = self.scan(FakeClusters((now,)), memory)

        assert first.stories == second.stories != ()
        assert memory.saves == 1

    def test_pods_are_asked_for_on_as_many_nodes_as_the_setting_says(self) -> None:
        """None, if it says so."""
        clusters = FakeClusters((ClusterView(cluster="live", at=NOW, nodes=(self.SILENT,)),))
        report = self.scan(clusters, settings=Settings(kubernetes_node_limit=0))

        assert report.notes == ("Kubernetes listed the pods of 0 of 1 nodes with problems, worst first.",)

    def test_what_could_not_be_kept_is_raised_when_everybody_was_notified(self) -> None:
        """A memory must not stop unseen."""
        sink = FakeSink()
        clusters = FakeClusters((ClusterView(cluster="live", at=NOW, nodes=(self.SILENT,)),))

        with pytest.raises(PublishError, match=r"FakeClusterMemory: AccessError: no"):
            self.scan(clusters, FakeClusterMemory(save_error=AccessError("no")), sinks=(sink,))
        assert len(sink.sent) == 1
