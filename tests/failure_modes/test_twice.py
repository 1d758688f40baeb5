"""More than one scan: the same event again, two at once, and one that begins while another is at any of its calls."""

from __future__ import annotations

import pytest

from fleetscan.aws.clients import SHORT_READ_TIMEOUT_SECONDS
from simulator.faults import Faults
from simulator.traps import Moment, Trap
from tests.failure_modes.conftest import Calm
from tests.failure_modes.scanner import Answer, Invocation
from tests.failure_modes.stage import NODES, Lambda, accounted, event, leaking_fleet, mended_fleet, staged

LEFT_OUT = Answer(result={"scan_id": None, "duplicate": True})


def test_the_same_event_again_makes_no_second_scan(calm: Calm) -> None:
    """A minute later, and at the same moment: EventBridge delivers at least once."""
    with staged() as stage:
        first, again = stage.scan(0), stage.scan(1, of_minute=0)
        at_once = stage.scan_at_once(5, [5, 5])

        assert (accounted(first), again) == ((NODES, NODES), LEFT_OUT)
        assert sorted(answer == LEFT_OUT for answer in at_once) == [False, True]
        assert (stage.reported, stage.open, stage.owed) == (calm.reported, calm.episodes, set())


def test_an_event_whose_scan_failed_is_scanned_again(calm: Calm) -> None:
    """Lambda's retry, or a second delivery: the claim was given back."""
    with staged(faults=Faults(denied=frozenset({"ec2:DescribeInstances"}))) as stage:
        refused = stage.scan(0)
        stage.aws.set_faults(Faults())
        again = stage.scan(1, of_minute=0)

        assert refused.error.startswith("AccessError")
        assert accounted(again) == (NODES, NODES)
        assert stage.reported == calm.reported


def test_the_same_event_twice_at_once_with_no_claim_is_one_message(calm: Calm) -> None:
    """The table takes no claim, so both scan: what they see is stored, and reported, by one of them."""
    with staged() as stage:
        stage.aws.traps.set(Trap(action="dynamodb:PutItem", moment="before"))
        answers = stage.scan_at_once(0, [0, 5, 10])
        stage.scan(15)

        assert [accounted(answer) for answer in answers] == [(NODES, NODES)] * 3
        assert (stage.reported, stage.open, stage.owed) == (calm.reported, calm.episodes, set())


@pytest.mark.parametrize("skews", [(0.0, 0.0), (120.0, -120.0), (-120.0, 120.0)])
def test_two_scans_at_once_are_one_message(skews: tuple[float, float], calm: Calm) -> None:
    """Also where the clocks of their machines differ by minutes."""
    with staged() as stage:
        opened = stage.scan_at_once(0, [0, 1], skews=skews)
        reported = stage.reported
        stage.become(mended_fleet())
        for minute in (10, 20, 30):
            stage.scan_at_once(minute, [minute, minute + 1], skews=skews)
        resolved = {change.replace("opened", "resolved"): 1 for change in calm.reported}

        assert [accounted(answer) for answer in opened] == [(NODES, NODES)] * 2
        assert reported == calm.reported
        assert stage.reported - calm.reported == resolved
        assert stage.owed == set()


def test_clocks_further_apart_than_a_scan_may_last_lose_nothing(calm: Calm) -> None:
    """One takes the other for dead while it sends: a message may go out twice, and none is lost."""
    with staged() as stage:
        stage.scan_at_once(0, [0, 1], skews=(-200.0, 200.0))
        stage.scan(15)

        assert set(stage.reported) == set(calm.reported)
        assert set(stage.reported.values()) <= {1, 2}
        assert stage.owed == set()


@pytest.mark.parametrize(
    ("action", "moment"),
    [
        ("ssm:ListCommands", "after"),
        ("dynamodb:Query", "after"),
        ("cloudwatch:PutMetricData", "before"),
        ("sns:Publish", "before"),
        ("sns:Publish", "after"),
        ("dynamodb:BatchWriteItem", "before"),
    ],
)
def test_a_whole_scan_in_the_middle_of_another_says_nothing_twice(action: str, moment: Moment, calm: Calm) -> None:
    """The slower one finds its episodes changed, or its pending notifications taken: only one of the two notifies."""
    with staged() as stage:
        other = Lambda(stage.ahead, stage.aws.environment, stage.log)
        inner: list[Answer] = []

        def overtake() -> None:
            other.begin(Invocation(event=event(1), request_id="other"))
            inner.append(other.end())
            other.kill()

        stage.aws.traps.set(Trap(action=action, moment=moment, is_answered=True, happens=overtake))
        outer = stage.scan(0)
        stage.scan(5)

        assert [accounted(answer) for answer in (outer, *inner)] == [(NODES, NODES)] * 2
        assert (stage.reported, stage.open, stage.owed) == (calm.reported, calm.episodes, set())
        assert stage.rings == set(leaking_fleet().ids)


def test_a_scan_that_is_overtaken_by_one_that_fails_still_notifies(calm: Calm) -> None:
    """Two at once while the topic refuses, then none: what neither could report, the next one does."""
    silence = Faults(silent=frozenset({"sns:Publish"}), silence_seconds=SHORT_READ_TIMEOUT_SECONDS)
    with staged(faults=silence) as stage:
        stage.scan_at_once(0, [0, 1])
        stage.aws.set_faults(Faults())
        stage.scan(10)
        stage.scan(15)

        assert (stage.reported, stage.open, stage.owed) == (calm.reported, calm.episodes, set())
