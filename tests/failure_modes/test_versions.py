"""An old layer with a new document, and the reverse: for the minutes of an upgrade, or until somebody notices.

What a scan does not understand it says, and forgets nothing for it.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from tests.failure_modes.conftest import Calm
from tests.failure_modes.stage import NODES, Stage, accounted, leaking_fleet, staged

HEADER = b"fleetscan-capture 2\n"
END = b"@end summary"


@pytest.mark.parametrize(
    ("header", "advice"),
    [(b"fleetscan-capture 3\n", "update fleetscan"), (b"fleetscan-capture 0\n", "update the SSM document")],
)
def test_a_capture_of_another_version_is_not_evaluated_and_nothing_is_resolved(
    header: bytes, advice: str, calm: Calm
) -> None:
    """Every node answers and none is understood: one message says what to update, and the open findings stay open."""
    cast = leaking_fleet()
    with staged() as stage:
        stage.scan(0)
        stage.become(cast.saying(HEADER, header))
        foreign = [stage.scan(minute) for minute in (5, 10, 15)]
        message = stage.texts[-1]
        reported, open_then = stage.reported - calm.reported, stage.open
        stage.become(cast)
        again = [stage.scan(minute) for minute in (20, 25, 30)]

        assert [accounted(answer) for answer in (*foreign, *again)] == [(NODES, NODES)] * 6
        assert reported == Counter({"opened warning evidence_incomplete": 1})
        assert advice in message
        assert calm.episodes < open_then
        assert stage.reported - calm.reported - reported == Counter({"resolved warning evidence_incomplete": 1})
        assert (stage.open, stage.owed) == (calm.episodes, set())


def test_an_upgrade_that_comes_after_the_problem_began_says_it_when_it_is_whole(calm: Calm) -> None:
    """The first scans understand nothing; what they could not see is reported by the first that can."""
    cast = leaking_fleet()
    with staged(cast.saying(HEADER, b"fleetscan-capture 3\n")) as stage:
        stage.scan(0)
        stage.become(cast)
        for minute in (5, 10, 15):
            stage.scan(minute)

        assert {
            change: number for change, number in stage.reported.items() if "evidence" not in change
        } == calm.reported
        assert (stage.open, stage.owed) == (calm.episodes, set())


def test_a_section_that_an_old_layer_does_not_know_is_passed_over(calm: Calm) -> None:
    """The document is newer and says more; what is known of it is evaluated as ever."""
    cast = leaking_fleet().saying(END, b"@tomorrow\nflux 1.21 capacitor\n" + END)
    with staged(cast) as stage:
        answers = [stage.scan(0), stage.scan(5)]

        assert [accounted(answer) for answer in answers] == [(NODES, NODES)] * 2
        assert (stage.reported, stage.open) == (calm.reported, calm.episodes)


def test_a_section_that_an_old_document_does_not_send_resolves_nothing(calm: Calm) -> None:
    """The layer is newer and misses one: rules that need it are skipped, what they had found stays open."""
    cast = leaking_fleet()
    with staged() as stage:
        stage.scan(0)
        stage.become(cast.saying(b"\n@pressure\n", b"\n@formerly\n"))
        for minute in (5, 10, 15):
            stage.scan(minute)
        reported = stage.reported - calm.reported
        stage.become(cast)
        for minute in (20, 25):
            stage.scan(minute)

        assert not any(change.startswith("resolved") and "pressure" in change for change in reported)
        assert "memory_pressure_high#live#unattributed" in stage.open
        assert calm.episodes == stage.open
        assert Counter(dict.fromkeys(calm.reported, 1)) == stage.reported & calm.reported


@pytest.mark.parametrize("damage", ["newer", "torn"])
def test_an_episode_that_another_version_wrote_is_understood_or_reported_again(damage: str, calm: Calm) -> None:
    """Fields of a newer layer are ignored; what cannot be read begins anew and is reported again with a note."""
    with staged() as stage:
        stage.scan(0)
        rewrite(stage, damage)
        answers = [stage.scan(5), stage.scan(10)]

        again = Counter() if damage == "newer" else calm.reported
        assert [accounted(answer) for answer in answers] == [(NODES, NODES)] * 2
        assert stage.reported == calm.reported + again
        assert (stage.open, stage.owed) == (calm.episodes, set())
        assert ("is lost" in stage.logged) is (damage == "torn")


def rewrite(stage: Stage, damage: str) -> None:
    """Let another version of the package have written the episodes."""
    for item in stage.aws.items:
        if item["pk"]["S"] == "episodes":
            body: dict[str, Any] = json.loads(item["body"]["S"])
            text = json.dumps({**body, "blame": ["nobody"]}) if damage == "newer" else item["body"]["S"][:-9]
            stage.aws.put({**item, "body": {"S": text}})
