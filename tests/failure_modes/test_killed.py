"""A Lambda that is killed at any point of its scan: nothing is lost, and the next scan heals.

The kernel's SIGKILL, at the moment when AWS sees a certain call, before or after it has done what was asked. The
process has no later word: no exception, no context manager, no claim given back.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest

from simulator.traps import Moment
from tests.failure_modes.conftest import Calm
from tests.failure_modes.scanner import Answer
from tests.failure_modes.stage import DIED, NODES, accounted, leaking_fleet, staged

EPISODE = '"pk": {"S": "episodes"}'
PENDING = '\\"owed\\":'
"""In the body of an episode with pending notifications: an empty field is not written."""
OWING = '\\"owed\\":[{'
CLAIM = '"pk": {"S": "scan"}'
DONE = '"state": {"S": "done"}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """Where a scan is killed, and what that must come to."""

    action: str
    moment: Moment
    number: int = 1
    of: str = ""
    """What the body of the call holds."""
    without: str = ""
    """What it does not hold, such as pending notifications; empty for anything."""
    is_counted: bool = False
    """Whether the scan's metrics are out, so that the heartbeat does not miss it."""
    repeated: int = 0
    """Changes that are reported twice; all of them where it is -1."""


DEATHS = {
    "before the claim": Death(action="dynamodb:PutItem", moment="before", of=CLAIM),
    "after the claim": Death(action="dynamodb:PutItem", moment="after", of=CLAIM),
    "after discovery": Death(action="ec2:DescribeInstances", moment="after"),
    "after asking for agents": Death(action="ssm:DescribeInstanceInformation", moment="after"),
    "before SendCommand": Death(action="ssm:SendCommand", moment="before"),
    "after SendCommand": Death(action="ssm:SendCommand", moment="after"),
    "while collecting": Death(action="ssm:ListCommands", moment="after"),
    "while reading summaries": Death(action="ssm:ListCommandInvocations", moment="after"),
    "while reading details": Death(action="ssm:GetCommandInvocation", moment="after", number=2),
    "after recalling": Death(action="dynamodb:BatchGetItem", moment="after"),
    "before the episodes are read": Death(action="dynamodb:Query", moment="before", number=2),
    "before the first episode is stored": Death(action="dynamodb:PutItem", moment="before", of=EPISODE),
    "after the first episode is stored": Death(action="dynamodb:PutItem", moment="after", of=EPISODE),
    "between episodes": Death(action="dynamodb:PutItem", moment="after", of=EPISODE, number=6),
    "after the last pending notification is stored": Death(
        action="dynamodb:PutItem", moment="after", of=OWING, number=10
    ),
    "before the metrics": Death(action="cloudwatch:PutMetricData", moment="before"),
    "after the metrics": Death(action="cloudwatch:PutMetricData", moment="after", is_counted=True),
    "before the report is stored": Death(action="s3:PutObject", moment="before", is_counted=True),
    "after the report is stored": Death(action="s3:PutObject", moment="after", is_counted=True),
    "before Publish": Death(action="sns:Publish", moment="before", is_counted=True),
    "after Publish": Death(action="sns:Publish", moment="after", is_counted=True, repeated=10),
    "before the first notification is cleared": Death(
        action="dynamodb:PutItem", moment="before", of=EPISODE, without=PENDING, number=4, is_counted=True, repeated=10
    ),
    "between notifications": Death(
        action="dynamodb:PutItem", moment="after", of=EPISODE, without=PENDING, number=8, is_counted=True, repeated=5
    ),
    "after the last notification is cleared": Death(
        action="dynamodb:PutItem", moment="after", of=EPISODE, without=PENDING, number=13, is_counted=True
    ),
    "before the histories are written": Death(action="dynamodb:BatchWriteItem", moment="before", is_counted=True),
    "after the histories are written": Death(action="dynamodb:BatchWriteItem", moment="after", is_counted=True),
    "before the claim is done": Death(action="dynamodb:PutItem", moment="before", of=DONE, is_counted=True),
}


@pytest.mark.parametrize("death", DEATHS.values(), ids=list(DEATHS))
def test_a_scan_that_is_killed_loses_nothing_and_the_next_one_heals(death: Death, calm: Calm) -> None:
    """Every node, every finding, every history; each change in one message, in two where nobody could know better."""
    with staged() as stage:
        stage.kill_at(death.action, death.moment, number=death.number, of=death.of, without=death.without)
        killed = stage.scan(0)
        alarms = (stage.alarm("ScanErrors"), stage.alarm("ScanMissing"))
        healed = [stage.scan(5), stage.scan(10)]

        assert (killed, stage.aws.traps.waiting) == (DIED, 0)
        assert alarms == ("ALARM", "OK" if death.is_counted else "ALARM")
        assert [accounted(answer) for answer in healed] == [(NODES, NODES)] * 2
        assert stage.open == calm.episodes
        assert stage.owed == set()
        assert stage.rings == set(leaking_fleet().ids)
        assert stage.alarm("ScanMissing") == "OK"
        assert set(stage.reported) == set(calm.reported)
        assert Counter(stage.reported.values()) == Counter({1: len(calm.reported) - death.repeated, 2: death.repeated})


def test_scans_that_are_all_killed_are_missed(calm: Calm) -> None:
    """A whole window of dead Lambdas: the heartbeat rings, and stops when one lives."""
    with staged() as stage:
        calm_day = stage.scan(0)
        states = []
        for minute in (5, 10, 15, 20):
            stage.kill_at("ssm:ListCommands", "before")
            assert stage.scan(minute) == DIED
            states.append(stage.alarm("ScanMissing"))
        stage.scan(25)

        assert accounted(calm_day) == (NODES, NODES)
        assert (states[0], states[-1]) == ("OK", "ALARM")
        assert stage.alarm("ScanMissing") == "OK"
        assert stage.reported == calm.reported


def test_lambda_s_own_retry_of_a_killed_scan_scans(calm: Calm) -> None:
    """It comes a minute later with the same request id, so the claim that it finds is its own."""
    with staged() as stage:
        stage.kill_at("ssm:ListCommands", "before")
        killed = stage.scan(0, request_id="one")
        other = stage.scan(0.5, of_minute=0, request_id="two")
        retried = stage.scan(1, of_minute=0, request_id="one")
        late = stage.scan(2, of_minute=0, request_id="one")

        left_out = Answer(result={"scan_id": None, "duplicate": True})
        assert (killed, other, late) == (DIED, left_out, left_out)
        assert accounted(retried) == (NODES, NODES)
        assert stage.reported == calm.reported
