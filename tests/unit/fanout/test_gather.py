"""All parts as one: nobody is left out, and who gave no answer is named with the reason."""

from __future__ import annotations

import pytest

from fleetscan.fanout.gather import Gathered, gathered
from fleetscan.model.part import Part
from fleetscan.model.target import Target, Unseen
from fleetscan.storage.part_codec import Failure
from tests.fixtures.lives import START, diagnosis

HOME = Target(account="111122223333", region="eu-west-1")
SHARDS = tuple(Target(account=HOME.account, region=HOME.region, shard=one, shards=2) for one in range(2))
OTHER = Target(account="444455556666", region="us-east-1")


def part(*numbers: int, notes: tuple[str, ...] = (), empty: tuple[str, ...] = ()) -> Part:
    """Return a part with these nodes."""
    return Part(started_at=START, diagnoses=tuple(map(diagnosis, numbers)), notes=notes, empty_clusters=empty)


def gather(answers: dict[Target, Part | Failure], errors: dict[str, str] | None = None) -> Gathered:
    """Gather two shards of home and another account."""
    return gathered((*SHARDS, OTHER), answers, errors or {}, started_at=START, home=HOME)


def test_the_nodes_of_all_parts_come_together() -> None:
    """With their notes, which say whose they are, and each empty cluster once."""
    found = gather(
        {
            SHARDS[0]: part(1, notes=("No.",), empty=("old",)),
            SHARDS[1]: part(2, empty=("old",)),
            OTHER: part(3, notes=("No.", "Never.")),
        }
    )
    expected = (
        "account 111122223333, eu-west-1 (shard 1 of 2): No.",
        "account 444455556666, us-east-1: No.",
        "account 444455556666, us-east-1: Never.",
    )

    assert [one.node.instance_id for one in found.part.diagnoses] == [
        one.node.instance_id for one in map(diagnosis, (1, 2, 3))
    ]
    assert expected == found.part.notes
    assert found.part.empty_clusters == ("old",)
    assert found.unseen == ()
    assert found.targets == 3


def test_what_every_part_says_is_said_once() -> None:
    """Four hundred targets of which none may ask Kubernetes are one sentence."""
    found = gather({one: part(notes=("Not asked.",)) for one in (*SHARDS, OTHER)})

    assert found.part.notes == ("Not asked.",)


def test_the_whole_of_home_speaks_in_its_own_name() -> None:
    """One Region of one account reads as it does without a state machine."""
    found = gathered((HOME,), {HOME: part(1, notes=("No.",))}, {}, started_at=START, home=HOME)

    assert found.part == part(1, notes=("No.",))


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (Failure(reason="AccessError: refused"), "AccessError", "AccessError: refused"),
        (Failure(reason="it returned no result"), "Sandbox.Timedout", "it returned no result (Sandbox.Timedout)"),
        (Failure(reason="it returned no result"), "", "it returned no result"),
        (None, "States.Timeout", "it returned no result (States.Timeout)"),
    ],
)
def test_a_target_without_a_part_is_named_with_its_reason(answer: Failure | None, error: str, reason: str) -> None:
    """In its own words, and else in those of the state machine."""
    answers: dict[Target, Part | Failure] = {SHARDS[0]: part(1), OTHER: part(2)}
    if answer is not None:
        answers[SHARDS[1]] = answer
    found = gather(answers, {SHARDS[1].key: error} if error else {})
    words = "account 111122223333, eu-west-1 (shard 2 of 2) was not scanned, so the state of its nodes is unknown"

    assert found.unseen == (Unseen(target=SHARDS[1], reason=reason, is_home=True),)
    assert found.part.notes[0] == f"{words}: {reason}"
    assert len(found.part.diagnoses) == 2


@pytest.mark.parametrize(("percent", "expected"), [(0, False), (33, False), (34, True), (100, True)])
def test_so_many_targets_may_stay_unseen(percent: int, *, expected: bool) -> None:
    """One of three is a third and a bit."""
    found = gather({SHARDS[0]: part(1), SHARDS[1]: part(2)})

    assert expected is found.is_tolerated(percent)
    assert gather({one: part() for one in (*SHARDS, OTHER)}).is_tolerated(0)
