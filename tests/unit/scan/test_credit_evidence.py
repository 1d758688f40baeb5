"""Which nodes give reason to pay for their credit metrics."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import pytest

from fleetscan.model import CaptureStatus, Coverage, CreditMode, Credits, Diagnosis, Node, Readings
from fleetscan.scan.credit_evidence import credit_balances, credits_in_question
from tests.fixtures.lives import finding


def node_with(status: CaptureStatus = CaptureStatus.ANSWERED, readings: Readings | None = None) -> Diagnosis:
    """Return a node with this status and these readings."""
    return Diagnosis(node=Node(instance_id="i-1"), coverage=Coverage(status=status), readings=readings or Readings())


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        (Readings(), False),
        (Readings(cpu_steal_ratio=0.049, cpu_busy_ratio=0.399, load1=3.99, cpus=2), False),
        (Readings(cpu_steal_ratio=0.05), True),
        (Readings(cpu_busy_ratio=0.40), True),
        (Readings(load1=4.0, cpus=2), True),
        (Readings(load1=400.0), False),
        (Readings(load1=400.0, cpus=0), False),
    ],
)
def test_a_node_gives_reason_exactly_at_the_limits(readings: Readings, *, expected: bool) -> None:
    """Steal, a busy CPU or a queue; what is not known asks for nothing."""
    assert expected is credits_in_question(node_with(readings=readings))


def test_a_node_with_cpu_steal_gives_reason_whatever_the_limit_was() -> None:
    """Whoever lets cpu_steal_high warn from 2% on wants to know whose fault it is."""
    node = node_with(readings=Readings(cpu_steal_ratio=0.02))

    assert not credits_in_question(node)
    assert credits_in_question(replace(node, findings=(finding(rule="cpu_steal_high"),)))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (CaptureStatus.TIMED_OUT, True),
        (CaptureStatus.CONNECTION_LOST, True),
        (CaptureStatus.NOT_REGISTERED, False),
        (CaptureStatus.TERMINATED, False),
        (CaptureStatus.AUTO_MODE, False),
    ],
)
def test_a_node_that_fell_silent_gives_reason(status: CaptureStatus, *, expected: bool) -> None:
    """A throttled node is often too slow to answer."""
    assert expected is credits_in_question(node_with(status=status))


class Reader:
    """Notes which nodes are to be read anew."""

    def __init__(self) -> None:
        self.fresh: set[str] = set()

    def modes(self, nodes: Sequence[Node]) -> Mapping[str, CreditMode]:
        """Never be asked."""
        raise AssertionError(nodes)

    def credits(
        self, nodes: Sequence[Node], modes: Mapping[str, CreditMode], *, fresh: Collection[str] = ()
    ) -> Mapping[str, Credits]:
        """Return a balance for each."""
        self.fresh.update(fresh)
        return {one.instance_id: Credits(mode=modes[one.instance_id], balance=1.0) for one in nodes}


def test_a_node_that_had_problems_and_has_calmed_down_is_read_anew() -> None:
    """Its recovery does not show in a reading of before; that it is busy may."""
    busy = Diagnosis(
        node=Node(instance_id="i-busy"),
        coverage=Coverage(status=CaptureStatus.ANSWERED),
        readings=Readings(cpu_busy_ratio=0.9),
    )
    calm = Diagnosis(node=Node(instance_id="i-calm"), coverage=Coverage(status=CaptureStatus.ANSWERED))
    modes = {one.node.instance_id: CreditMode.UNLIMITED for one in (busy, calm)}
    reader = Reader()
    found, _ = credit_balances(reader, (busy, calm), modes, {"i-busy", "i-calm"}, 50)

    assert set(found) == {"i-busy", "i-calm"}
    assert reader.fresh == {"i-calm"}
