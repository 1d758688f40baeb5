"""Which nodes' disks are worth asking about, and what of the budget they take."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from fleetscan.errors import AccessError
from fleetscan.model import Diagnosis, Severity
from fleetscan.model.disk_limits import Checks, DiskLimits
from fleetscan.scan.disk_evidence import DISK_RULES, DiskAnswers, busiest_volumes, disk_limits
from tests.fixtures.lives import diagnosis, finding, instance

FOUND = DiskLimits(instance_iops=Checks(total=30, exceeded=3))
WAITS = "io_pressure_high"


@dataclass
class Reader:
    """Answers for each node, and notes what it was asked."""

    asked: dict[str, tuple[str, ...]] = field(default_factory=dict)
    fresh: set[str] = field(default_factory=set)
    refuses: bool = False

    def limits(self, volumes: Mapping[str, Sequence[str]], *, fresh: Collection[str] = ()) -> Mapping[str, DiskLimits]:
        """Return the same of each."""
        if self.refuses:
            raise AccessError("not authorized")
        self.asked |= {each: tuple(ids) for each, ids in volumes.items()}
        self.fresh |= set(fresh)
        return dict.fromkeys(volumes, FOUND)


def waiting(number: int, volumes: int = 1, *, severity: Severity = Severity.WARNING) -> Diagnosis:
    """Return a node whose tasks wait for a disk."""
    return with_volumes(diagnosis(number, finding(severity, rule=WAITS)), volumes)


def with_volumes(of: Diagnosis, volumes: int) -> Diagnosis:
    """Return a node with so many volumes."""
    return replace(of, node=replace(of.node, volumes=tuple(f"vol-{number}" for number in range(volumes))))


def test_only_nodes_that_wait_are_asked_about() -> None:
    """Whatever else is found on the others; a node costs four metrics and three of each volume."""
    reader = Reader()
    answers = disk_limits(reader, [waiting(1, 2), with_volumes(diagnosis(2, finding()), 2), diagnosis(3)], (), 50)

    assert reader.asked == {instance(1): ("vol-0", "vol-1")}
    assert answers == DiskAnswers(limits={instance(1): FOUND}, nodes_spent=3)


def test_a_node_with_an_open_finding_is_read_anew_until_that_is_resolved() -> None:
    """It no longer waits: a cached reading cannot show that it has recovered."""
    reader = Reader()
    disk_limits(reader, [waiting(1), with_volumes(diagnosis(2), 1)], {instance(1), instance(2)}, 50)

    assert set(reader.asked) == {instance(1), instance(2)}
    assert reader.fresh == {instance(2)}
    assert {"disk_throttled"} == DISK_RULES


def test_a_calm_fleet_costs_nothing() -> None:
    """No call."""
    reader = Reader(refuses=True)

    assert disk_limits(reader, [diagnosis(1)], (), 50) == DiskAnswers(limits={})


def test_half_of_the_budget_is_for_disks_and_the_worst_come_first() -> None:
    """Ten nodes of four metrics: twenty metrics are two nodes with two volumes; the note says who was left out."""
    reader = Reader()
    mild = [waiting(number, 2) for number in range(1, 4)]
    answers = disk_limits(reader, [*mild, waiting(9, 2, severity=Severity.CRITICAL)], (), 10)

    assert set(reader.asked) == {instance(9), instance(1)}
    assert answers.notes == ("Disk limits were read for 2 of 4 nodes that wait for a disk, worst first.",)
    assert answers.nodes_spent == 5


@pytest.mark.parametrize("node_limit", [0, 1, 3])
def test_without_a_budget_nobody_is_asked(node_limit: int) -> None:
    """The operator has switched paid readings off, or half of what there is does not reach for a node."""
    answers = disk_limits(Reader(refuses=True), [waiting(1)], (), node_limit)

    assert (answers.limits, answers.nodes_spent) == ({}, 0)
    assert answers.notes == ("Disk limits were read for 0 of 1 node that wait for a disk, worst first.",)


def test_a_refusal_is_a_note() -> None:
    """The scan goes on; nothing was spent."""
    answers = disk_limits(Reader(refuses=True), [waiting(1)], (), 50)

    assert answers == DiskAnswers(
        limits={}, notes=("The limits of the disks were not read: AccessError: not authorized",)
    )


def test_the_busiest_volumes_are_asked_about_and_the_others_counted() -> None:
    """At most four, those that requests wait for first; one that is not attached is somebody's invention."""
    many = replace(waiting(1, 6), busy_volumes=("vol-5", "vol-9", "vol-3"))
    answers = disk_limits(Reader(), [many], (), 50)

    assert busiest_volumes(many) == ("vol-5", "vol-3", "vol-0", "vol-1")
    assert answers.limits == {instance(1): replace(FOUND, volumes_left_out=2)}
