"""Clocks that are wrong: the scanner's against AWS's, and each node's against everybody's."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from simulator.faults import Faults
from tests.failure_modes.conftest import Calm
from tests.failure_modes.stage import DIED, NODES, accounted, leaking_fleet, mended_fleet, staged

BOOTED = re.compile(rb"(?m)^btime (\d+)$")


@pytest.mark.parametrize("skew_seconds", [-600.0, -240.0, 240.0, 600.0])
def test_a_scanner_whose_clock_is_wrong_still_hears_every_node(skew_seconds: float, calm: Calm) -> None:
    """Ahead by more than it allows for, its commands are in no list any more; they are read one by one at the end."""
    with staged() as stage:
        answers = [stage.scan(minute, skew_seconds=skew_seconds) for minute in (0, 5, 10)]

        assert [accounted(answer) for answer in answers] == [(NODES, NODES)] * 3
        assert (stage.reported, stage.open, stage.owed) == (calm.reported, calm.episodes, set())
        assert stage.rings == set(leaking_fleet().ids)


@pytest.mark.parametrize("skew_seconds", [-240.0, 240.0])
def test_scanners_with_different_clocks_take_turns(skew_seconds: float, calm: Calm) -> None:
    """Every second scan by a wrong clock: opened once, resolved once, and by then nothing is owed."""
    with staged() as stage:
        for minute in (0, 5, 10):
            stage.scan(minute, skew_seconds=skew_seconds if minute % 10 else 0.0)
        reported = stage.reported
        stage.become(mended_fleet())
        for minute in (15, 20, 25, 30, 35):
            stage.scan(minute, skew_seconds=skew_seconds if minute % 10 else 0.0)
        resolved = {change.replace("opened", "resolved"): 1 for change in calm.reported}

        assert reported == calm.reported
        assert (stage.reported - calm.reported, stage.owed) == (resolved, set())


@pytest.mark.parametrize("skew_seconds", [-240.0, 240.0])
def test_the_pending_notifications_of_a_dead_scanner_are_sent_whatever_its_clock_said(
    skew_seconds: float, calm: Calm
) -> None:
    """Its lease may end some minutes early or late, and then it ends."""
    with staged() as stage:
        stage.kill_at("sns:Publish", "before")
        killed = stage.scan(0, skew_seconds=skew_seconds)
        for minute in (5, 10, 15):
            stage.scan(minute)

        assert killed == DIED
        assert (stage.reported, stage.owed) == (calm.reported, set())


@pytest.mark.parametrize("shift_seconds", [-1_700_000_000, 3_600, 2_000_000_000])
def test_a_node_s_clock_changes_nothing(shift_seconds: int, calm: Calm) -> None:
    """In 1970, an hour wrong, or in the next century: what is evaluated is measured by how long a node has been up."""
    cast = leaking_fleet()
    texts = {
        each: BOOTED.sub(lambda found: b"btime %d" % max(int(found[1]) + shift_seconds, 0), text)
        for each, text in cast.texts.items()
    }
    assert texts != cast.texts
    with staged(replace(cast, texts=texts)) as stage:
        answers = [stage.scan(0), stage.scan(5)]

        assert [accounted(answer) for answer in answers] == [(NODES, NODES)] * 2
        assert (stage.reported, stage.open) == (calm.reported, calm.episodes)


def test_a_wrong_clock_and_a_bad_hour_together(calm: Calm) -> None:
    """Half of the calls throttled, a clock that is four minutes slow, and a Lambda that dies."""
    with staged(faults=Faults(throttled_share=0.5)) as stage:
        stage.kill_at("dynamodb:PutItem", "after", number=9)
        stage.scan(0, skew_seconds=-240.0)
        for minute in (5, 10, 15):
            stage.scan(minute, skew_seconds=-240.0)

        assert (stage.reported, stage.open, stage.owed) == (calm.reported, calm.episodes, set())
