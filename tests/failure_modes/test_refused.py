"""A service that refuses: it may not be called, lets no call through, fails, or does not answer at all.

The other targets get what is for them; a service that does not respond takes the time of none of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from fleetscan.aws.clients import SHORT_READ_TIMEOUT_SECONDS
from simulator.faults import Faults
from simulator.traps import Trap
from tests.failure_modes.conftest import Calm
from tests.failure_modes.stage import NODES, Stage, accounted, leaking_fleet, mended_fleet, staged

type Refuse = Callable[[str], Faults]

WAYS: dict[str, Refuse] = {
    "denied": lambda actions: Faults(denied=frozenset({actions})),
    "throttled": lambda actions: Faults(throttled=frozenset({actions})),
    "failing": lambda actions: Faults(failing=frozenset({actions})),
    "silent": lambda actions: Faults(silent=frozenset({actions}), silence_seconds=SHORT_READ_TIMEOUT_SECONDS),
}

every_way = pytest.mark.parametrize("refuse", WAYS.values(), ids=list(WAYS))


@every_way
def test_a_topic_that_refuses_gets_its_message_later_and_once(refuse: Refuse, calm: Calm) -> None:
    """The scan fails where Lambda sees it, after its metrics; the pending notification is the next scan's, at once."""
    with staged(faults=refuse("sns:Publish")) as stage:
        refused = [stage.scan(0), stage.scan(1, of_minute=0)]
        alarms = (stage.alarm("ScanErrors"), stage.alarm("ScanMissing"), stage.alarm("CriticalFindings"))
        owed = stage.owed
        stage.aws.set_faults(Faults())
        healed = [stage.scan(5), stage.scan(10)]

        assert all("SnsSink" in answer.error for answer in refused)
        assert alarms == ("ALARM", "OK", "ALARM")
        assert len(owed) == len(calm.reported)
        assert [accounted(answer) for answer in healed] == [(NODES, NODES)] * 2
        assert (stage.reported, stage.owed, stage.rings) == (calm.reported, set(), set(leaking_fleet().ids))


def test_what_opened_and_ended_while_the_topic_refused_is_reported_for_both(calm: Calm) -> None:
    """A problem of an afternoon is over when the topic is back, and still reported: opened and resolved, once each."""
    with staged(faults=Faults(denied=frozenset({"sns:*"}))) as stage:
        stage.scan(0)
        stage.become(mended_fleet())
        stage.scan(5)
        stage.scan(10)
        stage.aws.set_faults(Faults())
        stage.scan(15)
        stage.scan(20)
        resolved = {change.replace("opened", "resolved") for change in calm.reported}

        assert stage.reported == calm.reported + Counter(resolved)


@every_way
def test_metrics_that_are_refused_cost_no_message_and_the_heartbeat_misses_them(refuse: Refuse, calm: Calm) -> None:
    """The message goes out in the first scan; a window later ScanMissing rings, for nothing was heard."""
    with staged(faults=refuse("cloudwatch:*")) as stage:
        refused = [stage.scan(minute) for minute in (0, 5, 10)]
        reported = stage.reported
        alarms = (stage.alarm("ScanErrors"), stage.alarm("ScanMissing"))
        stage.aws.set_faults(Faults())
        healed = stage.scan(15)

        assert all("CloudWatchMetricSink" in answer.error for answer in refused)
        assert (reported, stage.reported, stage.owed) == (calm.reported, calm.reported, set())
        assert alarms == ("ALARM", "ALARM")
        assert (accounted(healed), stage.alarm("ScanMissing")) == ((NODES, NODES), "OK")


@every_way
def test_a_table_that_refuses_everything_makes_every_scan_loud(refuse: Refuse, calm: Calm) -> None:
    """Each scan reports all it sees as new and says why; once the table is back, the old findings are not repeated."""
    with staged() as stage:
        stage.scan(0)
        stage.aws.set_faults(refuse("dynamodb:*"))
        loud = [stage.scan(5), stage.scan(10)]
        messages = stage.texts
        stage.aws.set_faults(Faults())
        healed = [stage.scan(15), stage.scan(20)]

        assert [accounted(answer) for answer in (*loud, *healed)] == [(NODES, NODES)] * 4
        assert len(messages) == len(stage.aws.messages) == 3
        assert all("every finding is reported as new" in text for text in messages[1:])
        assert (stage.reported, stage.open, stage.owed) == (calm.reported, calm.episodes, set())
        assert stage.alarm("ScanMissing") == "OK"


@pytest.mark.parametrize("action", ["dynamodb:PutItem", "dynamodb:Query", "dynamodb:BatchGetItem"])
@every_way
def test_a_table_that_refuses_one_action_stops_no_message(refuse: Refuse, action: str, calm: Calm) -> None:
    """What cannot be remembered is reported all the same, and is remembered by the next scan that can."""
    with staged(faults=refuse(action)) as stage:
        first = stage.scan(0)
        messages = stage.aws.messages
        stage.aws.set_faults(Faults())
        healed = [stage.scan(5), stage.scan(10), stage.scan(15)]

        assert [accounted(answer) for answer in (first, *healed)] == [(NODES, NODES)] * 4
        assert len(messages) == 1
        assert len(stage.aws.messages) == (1 if action == "dynamodb:BatchGetItem" else 2)
        assert (stage.open, stage.owed, stage.rings) == (calm.episodes, set(), set(leaking_fleet().ids))
        assert stage.alarm("ScanMissing") == "OK"


@every_way
def test_rings_that_are_not_taken_cost_readings_and_nothing_else(refuse: Refuse, calm: Calm) -> None:
    """The last thing that a scan does, so everything else is done; the next one writes them."""
    with staged(faults=refuse("dynamodb:BatchWriteItem")) as stage:
        refused = stage.scan(0)
        kept = stage.rings
        stage.aws.set_faults(Faults())
        healed = stage.scan(5)

        assert (kept, stage.rings) == (set(), set(leaking_fleet().ids))
        assert "DynamoNodeHistory" in refused.error or "6 of 6 nodes were not kept" in stage.logged
        assert (accounted(healed), stage.reported, stage.owed) == ((NODES, NODES), calm.reported, set())


@every_way
def test_a_bucket_that_refuses_costs_a_link_and_no_message(refuse: Refuse, calm: Calm) -> None:
    """The message goes out without the page; the scan fails where Lambda sees it, and its retry says nothing again."""
    with staged(faults=refuse("s3:*")) as stage:
        refused = [stage.scan(0), stage.scan(5)]
        reported = stage.reported
        stage.aws.set_faults(Faults())
        healed = stage.scan(10)

        assert all(answer.error.startswith("PublishError") for answer in refused)
        assert (reported, stage.reported, stage.owed, stage.open) == (
            calm.reported,
            calm.reported,
            set(),
            calm.episodes,
        )
        assert (accounted(healed), stage.alarm("ScanMissing"), stage.alarm("ScanErrors")) == (
            (NODES, NODES),
            "OK",
            "ALARM",
        )


def test_a_table_that_goes_while_the_message_is_sent_makes_it_go_out_twice(calm: Calm) -> None:
    """The documented exception: that it was sent cannot be noted, so the next scan sends it again."""
    with staged() as stage:
        breaks(stage, "sns:Publish", Faults(failing=frozenset({"dynamodb:*"})))
        stage.scan(0)
        stage.aws.set_faults(Faults())
        stage.scan(5)
        stage.scan(10)

        assert set(stage.reported) == set(calm.reported)
        assert set(stage.reported.values()) == {2}
        assert stage.owed == set()


def test_a_message_whose_receipt_is_lost_may_go_out_twice_and_never_not_at_all(calm: Calm) -> None:
    """SNS has it and the connection dies: botocore asks again, for a topic knows no difference between the two."""
    with staged() as stage:
        stage.aws.traps.set(Trap(action="sns:Publish", moment="after"))
        answer = stage.scan(0)
        stage.scan(5)

        assert accounted(answer) == (NODES, NODES)
        assert (set(stage.reported), set(stage.reported.values())) == (set(calm.reported), {2})
        assert stage.owed == set()


@pytest.mark.parametrize("action", ["dynamodb:PutItem", "ssm:SendCommand", "cloudwatch:PutMetricData"])
def test_an_answer_that_is_lost_is_asked_for_again(action: str, calm: Calm) -> None:
    """AWS has done what it was asked for and nobody heard it: done again, it is the same."""
    with staged() as stage:
        stage.aws.traps.set(Trap(action=action, moment="after", number=2 if action == "dynamodb:PutItem" else 1))
        answers = [stage.scan(0), stage.scan(5)]

        assert [accounted(answer) for answer in answers] == [(NODES, NODES)] * 2
        assert (stage.reported, stage.owed, stage.open) == (calm.reported, set(), calm.episodes)


def breaks(stage: Stage, action: str, faults: Faults) -> None:
    """Change the faults when a call has been made, and before it is answered."""
    stage.aws.traps.set(
        Trap(action=action, moment="after", is_answered=True, happens=lambda: stage.aws.set_faults(faults))
    )
