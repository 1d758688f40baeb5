"""Nodes diagnosed as they answer."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fleetscan.model import Capture, CaptureStatus, Coverage, Diagnosis, Node
from fleetscan.model.memory import History
from fleetscan.ports import BackgroundWork
from fleetscan.scan.early_diagnosis import LARGE_FLEET_NODES, EarlyDiagnosis, Loaded

NODES = tuple(Node(instance_id=f"i-{number:017x}", cluster="live") for number in range(LARGE_FLEET_NODES))
SMALL = NODES[:3]
HISTORIES = {one.instance_id: History(at_epoch_seconds=7) for one in NODES}
NOTES = ("a note",)


def capture(of: Node, text: str = "well", status: CaptureStatus = CaptureStatus.ANSWERED) -> Capture:
    """Make what a node said."""
    return Capture(node=of, status=status, text=text)


@dataclass
class Time:
    """A clock that only work moves: each diagnosis takes a second of it."""

    now: float = 1_000.0

    def clock(self) -> float:
        """Return the time."""
        return self.now


@dataclass
class Court:
    """Judges, and remembers what it was asked and when of all that happened."""

    time: Time = field(default_factory=Time)
    log: list[str] = field(default_factory=list)
    known: list[History | None] = field(default_factory=list)
    reported: list[tuple[str, int, int]] = field(default_factory=list)
    may_recall: threading.Event = field(default_factory=threading.Event)

    def diagnose(self, given: Capture, histories: Mapping[str, History]) -> Diagnosis:
        """Return a diagnosis that shows of what it was made."""
        self.time.now += 1
        self.log.append(f"diagnosed {given.text}")
        self.known.append(histories.get(given.node.instance_id))
        return Diagnosis(node=given.node, coverage=Coverage(status=given.status, reason=given.text))

    def load_histories(self) -> Loaded:
        """Load what is remembered, when it may."""
        self.may_recall.wait(10)
        self.log.append("recalled")
        return HISTORIES, NOTES

    def progress(self, stage: str, done: int, total: int) -> None:
        """Write down what is reported."""
        self.reported.append((stage, done, total))

    def words(self) -> set[str]:
        """Return what happened, without of whom."""
        return {line.split()[0] for line in self.log}

    def early(self, nodes: Sequence[Node]) -> EarlyDiagnosis:
        """Make the diagnosis of these nodes."""
        return EarlyDiagnosis(
            nodes,
            diagnose=self.diagnose,
            load_histories=self.load_histories,
            clock=self.time.clock,
            progress=self.progress,
        )


@dataclass
class Scripted:
    """A collector that does as a test says."""

    court: Court
    answers: Sequence[Capture]
    early: Sequence[Capture] = ()
    seconds: float = 0.0
    is_recall_awaited: bool = True

    def collect(
        self, nodes: Sequence[Node], *, deadline: float, background: BackgroundWork | None = None
    ) -> tuple[Capture, ...]:
        """Report the early ones, let the caller work, and return all answers."""
        assert nodes
        assert deadline
        if background is None:
            self.court.log.append("collected alone")
            return tuple(self.answers)
        for one in self.early:
            background.answered(one)
        if self.is_recall_awaited:
            self.court.may_recall.set()
            while "diagnosed" not in self.court.words():
                background.work(self.seconds)
        else:
            background.work(self.seconds)
        self.court.log.append("collected")
        self.court.may_recall.set()
        return tuple(self.answers)


def reasons(diagnoses: Mapping[str, Diagnosis]) -> list[tuple[str, str]]:
    """Return instance ids and what their diagnoses were made of."""
    return [(instance_id, one.coverage.reason) for instance_id, one in diagnoses.items()]


def test_a_small_fleet_is_diagnosed_after_it_was_collected() -> None:
    """No thread, no early reading of what is remembered."""
    court = Court()
    court.may_recall.set()
    early_pool = court.early(SMALL)
    answers = [capture(one, text=str(number)) for number, one in enumerate(SMALL)]

    captures = early_pool.collected(Scripted(court, answers), deadline=2_000.0)
    diagnoses, histories, notes = early_pool.finished(captures)

    assert court.log == ["collected alone", "recalled", "diagnosed 0", "diagnosed 1", "diagnosed 2"]
    assert [(one.instance_id, str(number)) for number, one in enumerate(SMALL)] == reasons(diagnoses)
    assert (histories, notes) == (HISTORIES, NOTES)
    assert court.reported == [("analysis", 1, 3), ("analysis", 2, 3), ("analysis", 3, 3)]


def test_of_a_large_fleet_who_has_answered_is_diagnosed_while_others_are_waited_for() -> None:
    """Each once, with what is remembered of it, for as long as there is to wait: two of the three early ones."""
    court = Court()
    early_pool = court.early(NODES)
    answers = [capture(one, text=str(number)) for number, one in enumerate(NODES)]

    captures = early_pool.collected(Scripted(court, answers, early=answers[:3], seconds=2.0), deadline=2_000.0)
    diagnoses, _, notes = early_pool.finished(captures)

    assert court.log[:5] == ["recalled", "diagnosed 0", "diagnosed 1", "collected", "diagnosed 2"]
    assert len(NODES) == sum(words.startswith("diagnosed") for words in court.log)
    assert list(HISTORIES.values()) == court.known
    assert [(one.instance_id, str(number)) for number, one in enumerate(NODES)] == reasons(diagnoses)
    assert notes == NOTES
    assert ("analysis", len(NODES), len(NODES)) == court.reported[-1]


def test_nobody_waits_for_what_is_remembered() -> None:
    """A table that hangs does not keep the collector from its nodes."""
    court = Court()
    early_pool = court.early(NODES)
    answers = [capture(one) for one in NODES]
    collector = Scripted(court, answers, early=answers[:3], seconds=9.0, is_recall_awaited=False)

    captures = early_pool.collected(collector, deadline=2_000.0)
    diagnoses, _, _ = early_pool.finished(captures)

    assert court.log[:3] == ["collected", "recalled", "diagnosed well"]
    assert len(NODES) == len(diagnoses)


def test_what_changed_after_all_is_diagnosed_again() -> None:
    """Whatever a collector promised: the report has what it brought in the end."""
    court = Court()
    early_pool = court.early(NODES)
    answers = [capture(one) for one in NODES]
    changed = [capture(NODES[0], "gone", CaptureStatus.TERMINATED), *answers[1:]]

    captures = early_pool.collected(Scripted(court, changed, early=answers[:1], seconds=9.0), deadline=2_000.0)
    diagnoses, _, _ = early_pool.finished(captures)

    expected = Diagnosis(node=NODES[0], coverage=Coverage(status=CaptureStatus.TERMINATED, reason="gone"))
    assert expected == diagnoses[NODES[0].instance_id]
