"""Four times the nodes are four times the work, not sixteen: counted in calls, which are the same on every machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from types import FrameType

import pytest

from fleetscan.fleet.conclude import concluded
from fleetscan.incidents.tracker import FindingTracker
from fleetscan.model import Diagnosis, Report
from fleetscan.model.finding import Cause
from tests.fixtures import compared_fleet, lives

FEW, MANY = 100, 400
NOT_QUITE_LINEAR = 1.1 * MANY / FEW
"""Sorting takes a little more than four times the calls, comparing each node with each sixteen times."""


def _nodes(count: int) -> list[Diagnosis]:
    """Return a cluster of which a tenth is affected, half of that by an agent that runs on the affected nodes alone."""
    finding = compared_fleet.slab(Cause.SOCKET_QUEUE, [compared_fleet.suspect("acme/netmap-x7k2p", 0.9)])
    agent = (*compared_fleet.EVERYWHERE, compared_fleet.AGENT)
    return [
        compared_fleet.node(number, agent, [finding], detail=True, group=f"group-{number % 3}")
        if number % 10 == 0
        else compared_fleet.node(number, group=f"group-{number % 3}")
        for number in range(count)
    ]


def _calls(work: Callable[[], object]) -> int:
    """Return how many functions, Python's own included, are called while something is done."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


def _conclude(count: int) -> Callable[[], object]:
    report = lives.report(*_nodes(count))
    return lambda: concluded(report)


def _remember(count: int) -> Callable[[], object]:
    """Return the second scan of a fleet, whose episodes are open: what was there is compared with what is."""
    finding_tracker = FindingTracker(episodes=lives.MemoryEpisodes(), mutes=lives.MemoryMutes(), rules=[lives.RULE])
    _write(finding_tracker, lives.report(*_nodes(count)))
    report = lives.report(*[compared_fleet.node(number) for number in range(count)], minute=5)
    return lambda: _write(finding_tracker, report)


def _write(finding_tracker: FindingTracker, report: Report) -> None:
    finding_tracker.write(report, report.started_at, report.started_at + timedelta(minutes=1))


@pytest.mark.parametrize("work", [_conclude, _remember], ids=["culprits", "life of findings"])
def test_the_work_grows_with_the_fleet_and_no_faster(work: Callable[[int], Callable[[], object]]) -> None:
    """A fleet of thousands must not be a square of thousands."""
    work(FEW)()  # what is read once, such as lists kept as data, is not what is counted
    few, many = _calls(work(FEW)), _calls(work(MANY))

    assert 0 < few < many < NOT_QUITE_LINEAR * few
