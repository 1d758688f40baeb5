"""Running the script on a fleet: one answer for every node, by the deadline, with few calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleetscan.aws.run_command import agents, detail
from fleetscan.aws.run_command.collector import PERMISSIONS, Pace, RunCommandCollector
from fleetscan.aws.run_command.invocation import ENDS
from fleetscan.errors import AccessError
from fleetscan.model import Capture, CaptureStatus, Node

START = 1_780_000_000.0
SUMMARY_CHARACTERS = 2_500
"""What ListCommandInvocations shows of an output."""
CALL_SECONDS = 0.05

HEALTHY = "fleetscan-capture 1\n@last\n@loadavg\n0.1 0.1 0.1 1/2 3\n@end summary triggers=- dropped=- unreadable=-\n"
AFFECTED = (
    "fleetscan-capture 1\n@last\n@loadavg\n34 25 22 9/9 9\n@end summary triggers=slab,load dropped=- unreadable=-\n"
    "@slabinfo\n" + "kmalloc-1k 1 1 1024 32 8 1 0\n" * 200 + "@end detail dropped=-\n"
)
LONG = "fleetscan-capture 1\n@last\n" + "@x\n" * 1_000 + "@end summary triggers=- dropped=- unreadable=-\n"


class Clock:
    """Time that passes only when somebody sleeps or calls AWS."""

    def __init__(self) -> None:
        self.now = START
        self.slept: list[float] = []

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        assert seconds >= 0
        self.slept.append(seconds)
        self.now += seconds


@dataclass(kw_only=True)
class Worker:
    """How one worker behaves."""

    ping: str = "Online"
    """Empty where Systems Manager does not know it."""
    is_refused: bool = False
    """Whether SendCommand rejects it."""
    after_seconds: float = 6.0
    """When its invocation reaches its end, counted from the sending; before that it is ``state``."""
    state: str = "In Progress"
    end: str = "Success"
    output: str = HEALTHY
    is_listed: bool = True
    empty_details: int = 0
    """How often GetCommandInvocation shows no output before it does."""
    detail_error: str = ""


def error(code: str, message: str = "no") -> ClientError:
    """Make an error of a call."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


def node(number: int) -> Node:
    """Return a worker as EC2 lists it."""
    return Node(instance_id=f"i-{number:017x}", cluster="live")


@dataclass
class Ssm:
    """Systems Manager as far as Run Command goes."""

    clock: Clock
    workers: dict[str, Worker]
    broken: dict[str, str] = field(default_factory=dict)
    """Operation -> error code that it always fails with."""
    is_listing_commands: bool = True
    command_end: str = ""
    calls: list[str] = field(default_factory=list)
    sent: dict[str, tuple[float, list[str]]] = field(default_factory=dict)

    def __call__(self, operation: str, given: dict[str, Any]) -> dict[str, Any]:
        """Answer one call, which takes a little time."""
        self.clock.now += CALL_SECONDS
        self.calls.append(operation)
        if operation in self.broken:
            raise error(self.broken[operation])
        answers: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "DescribeInstanceInformation": self.describe,
            "SendCommand": self.send,
            "ListCommands": self.list_commands,
            "ListCommandInvocations": self.list_invocations,
            "GetCommandInvocation": self.get_invocation,
        }
        return answers[operation](given)

    def describe(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return which agents are known."""
        ids = asked["Filters"][0]["Values"]
        known = [each for each in ids if self.workers[each].ping]
        found = [{"InstanceId": each, "PingStatus": self.workers[each].ping, "PlatformType": "Linux"} for each in known]
        return {"InstanceInformationList": found}

    def send(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Accept a command for all of its nodes or for none."""
        if any(self.workers[each].is_refused for each in asked["InstanceIds"]):
            raise error("InvalidInstanceId", "")
        command_id = f"{len(self.sent):08}-0000-0000-0000-000000000000"
        self.sent[command_id] = (self.clock.now, asked["InstanceIds"])
        return {"Command": {"CommandId": command_id}}

    def has_ended(self, command_id: str, instance_id: str) -> bool:
        """Whether an invocation has reached its end by now."""
        return self.clock.now >= self.sent[command_id][0] + self.workers[instance_id].after_seconds

    def list_commands(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return how far each command is."""
        assert asked["Filters"]
        if not self.is_listing_commands:
            return {"Commands": []}
        found = []
        for command_id, (_, ids) in self.sent.items():
            done = sum(self.has_ended(command_id, each) for each in ids)
            end = self.command_end or ("Success" if done == len(ids) else "InProgress")
            status = "Failed" if self.command_end else end
            found.append(
                {
                    "CommandId": command_id,
                    "Status": status,
                    "StatusDetails": end,
                    "TargetCount": len(ids),
                    "CompletedCount": done,
                }
            )
        return {"Commands": found}

    def list_invocations(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Show the beginning of each node's output."""
        found = []
        for instance_id in self.sent[asked["CommandId"]][1]:
            worker = self.workers[instance_id]
            has_ended = self.has_ended(asked["CommandId"], instance_id)
            details = worker.end if has_ended else worker.state
            output = worker.output if has_ended and worker.end == "Success" else ""
            if len(output) > SUMMARY_CHARACTERS:
                output = output[:2_477] + "\n---Output truncated---"
            status = {"Success": "Success", "In Progress": "InProgress", "Pending": "Pending"}.get(details, "Failed")
            if worker.is_listed:
                found.append(
                    {
                        "InstanceId": instance_id,
                        "Status": status,
                        "StatusDetails": details,
                        "CommandPlugins": [{"Output": output, "ResponseCode": 0}],
                    }
                )
        return {"CommandInvocations": found}

    def get_invocation(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Show one node's whole output, sooner or later."""
        worker = self.workers[asked["InstanceId"]]
        if worker.detail_error:
            raise error(worker.detail_error)
        if worker.empty_details:
            worker.empty_details -= 1
            return {"Status": "InProgress", "StandardOutputContent": ""}
        return {"Status": "Success", "StandardOutputContent": worker.output[:24_000]}


@pytest.fixture
def clock() -> Clock:
    """Return a clock that starts now."""
    return Clock()


type Connect = Callable[..., Any]


def fleet(clock: Clock, *workers: Worker) -> tuple[Ssm, list[Node]]:
    """Return a service with these workers, and them as nodes."""
    nodes = [node(number) for number in range(len(workers))]
    return Ssm(clock, {each.instance_id: worker for each, worker in zip(nodes, workers, strict=True)}), nodes


def collector(connect: Connect, ssm: Ssm, **more: Any) -> RunCommandCollector:  # noqa: ANN401 - as the constructor
    """Return a collector of that service."""
    return RunCommandCollector(
        connect("ssm", ssm), document="fleetscan-collect", clock=ssm.clock, sleep=ssm.clock.sleep, **more
    )


class TestAnswers:
    """What becomes of nodes that answer."""

    def test_a_healthy_fleet_costs_two_calls_for_fifty_nodes_and_two_more_to_send(
        self, connect: Connect, clock: Clock
    ) -> None:
        """No node is asked alone."""
        ssm, nodes = fleet(clock, *(Worker() for _ in range(100)))
        expected = tuple(Capture(node=each, status=CaptureStatus.ANSWERED, text=HEALTHY) for each in nodes)

        assert expected == collector(connect, ssm).collect(nodes, deadline=START + 120)
        assert Counter(
            {"DescribeInstanceInformation": 2, "SendCommand": 2, "ListCommands": 1, "ListCommandInvocations": 2}
        ) == Counter(ssm.calls)

    def test_a_node_with_triggers_is_asked_for_its_detail(self, connect: Connect, clock: Clock) -> None:
        """And only that node."""
        ssm, nodes = fleet(clock, Worker(), Worker(output=AFFECTED), Worker())
        expected = [HEALTHY, AFFECTED, HEALTHY]

        captures = collector(connect, ssm).collect(nodes, deadline=START + 120)

        assert expected == [capture.text for capture in captures]
        assert ssm.calls.count("GetCommandInvocation") == 1

    def test_a_summary_that_was_cut_is_asked_for_whole(self, connect: Connect, clock: Clock) -> None:
        """A capture without its end is truncated, never healthy."""
        ssm, nodes = fleet(clock, Worker(output=LONG))
        expected = (Capture(node=nodes[0], status=CaptureStatus.ANSWERED, text=LONG),)

        assert expected == collector(connect, ssm).collect(nodes, deadline=START + 120)

    def test_detail_that_does_not_show_yet_is_asked_for_again(self, connect: Connect, clock: Clock) -> None:
        """Run Command is eventually consistent."""
        ssm, nodes = fleet(clock, Worker(output=AFFECTED, empty_details=1))

        assert collector(connect, ssm).collect(nodes, deadline=START + 120)[0].text == AFFECTED

    @pytest.mark.parametrize(
        ("worker", "reason"),
        [
            (Worker(output=AFFECTED, empty_details=99), detail.NOT_YET),
            (Worker(output=AFFECTED, detail_error="InvocationDoesNotExist"), detail.NOT_YET),
            (
                Worker(output=AFFECTED, detail_error="ThrottlingException"),
                "its detail could not be fetched: ThrottlingException: no",
            ),
        ],
    )
    def test_detail_that_cannot_be_had_leaves_the_summary(
        self, connect: Connect, clock: Clock, worker: Worker, reason: str
    ) -> None:
        """The node answered; its capture says what is missing."""
        ssm, nodes = fleet(clock, worker)
        text = AFFECTED[:2_477] + "\n---Output truncated---"
        expected = (Capture(node=nodes[0], status=CaptureStatus.ANSWERED, text=text, reason=reason),)

        assert expected == collector(connect, ssm).collect(nodes, deadline=START + 120)

    def test_success_without_any_output_is_a_failure(self, connect: Connect, clock: Clock) -> None:
        """There is nothing to believe."""
        ssm, nodes = fleet(clock, Worker(output=""))

        found = collector(connect, ssm).collect(nodes, deadline=START + 120)[0]

        assert (found.status, found.text) == (CaptureStatus.FAILED, "")
        assert "shows no output" in found.reason

    @pytest.mark.parametrize("end", ["Failed", "Delivery Timed Out", "Undeliverable", "Terminated", "Access Denied"])
    def test_each_end_but_success_is_the_node_s_own_problem(self, connect: Connect, clock: Clock, end: str) -> None:
        """Its neighbours answer all the same."""
        ssm, nodes = fleet(clock, Worker(), Worker(end=end))
        expected = [CaptureStatus.ANSWERED, ENDS[end.replace(" ", "")][0]]

        assert expected == [each.status for each in collector(connect, ssm).collect(nodes, deadline=START + 120)]


class TestLargeFleets:
    """What is done otherwise where there are thousands."""

    def test_a_slow_node_of_a_large_fleet_costs_no_second_reading(self, connect: Connect, clock: Clock) -> None:
        """Its command is read once, when it is over: 20 commands make 20 lists."""
        workers = [Worker(after_seconds=50.0 if number % 50 == 0 else 6.0) for number in range(1_000)]
        ssm, nodes = fleet(clock, *workers)

        captures = collector(connect, ssm).collect(nodes, deadline=START + 240)

        assert {CaptureStatus.ANSWERED} == {each.status for each in captures}
        assert ssm.calls.count("ListCommandInvocations") == 20

    def test_patience_has_an_end(self, connect: Connect, clock: Clock) -> None:
        """Whoever has answered is not held back by one who does not."""
        workers = [Worker(after_seconds=900.0 if number == 0 else 6.0) for number in range(1_000)]
        ssm, nodes = fleet(clock, *workers)

        captures = collector(connect, ssm).collect(nodes, deadline=START + 240)

        assert [each.status for each in captures[:1]] == [CaptureStatus.TIMED_OUT]
        assert {CaptureStatus.ANSWERED} == {each.status for each in captures[1:]}

    def test_its_waits_are_the_caller_s_to_work_in(self, connect: Connect, clock: Clock) -> None:
        """It takes three seconds of the wait, and the wait ends when it would have ended."""
        ssm, nodes = fleet(clock, Worker(), Worker(end="Failed"), Worker(after_seconds=8.0))
        at_work = AtWork(clock, seconds=3.0)

        captures = collector(connect, ssm).collect(nodes, deadline=START + 120, background=at_work)

        assert [captures[0], captures[2]] == at_work.came
        assert at_work.offered == [7.0, 2.0]
        assert clock.slept == [4.0, 0.0]


@dataclass
class AtWork:
    """A caller who works for so long in each wait, longer than some of them."""

    clock: Clock
    seconds: float
    came: list[Capture] = field(default_factory=list)
    offered: list[float] = field(default_factory=list)

    def answered(self, capture: Capture) -> None:
        """Take a capture."""
        self.came.append(capture)

    def work(self, seconds: float) -> None:
        """Let time pass."""
        self.offered.append(seconds)
        self.clock.now += self.seconds


class TestNobodyToAsk:
    """What becomes of nodes that no command is sent to."""

    def test_each_kind_of_node_that_cannot_be_asked_says_why(self, connect: Connect, clock: Clock) -> None:
        """In the order given, without a command."""
        ssm, nodes = fleet(clock, Worker(ping=""), Worker(ping="ConnectionLost"))
        odd = [
            Node(instance_id="i-auto", is_auto_mode=True),
            Node(instance_id="i-win", is_windows=True),
        ]
        expected = [
            CaptureStatus.AUTO_MODE,
            CaptureStatus.NOT_REGISTERED,
            CaptureStatus.WINDOWS,
            CaptureStatus.CONNECTION_LOST,
        ]

        captures = collector(connect, ssm).collect([odd[0], nodes[0], odd[1], nodes[1]], deadline=START + 120)

        assert expected == [capture.status for capture in captures]
        assert all(capture.reason for capture in captures)
        assert ssm.calls == ["DescribeInstanceInformation"]

    def test_three_bad_nodes_of_fifty_cost_nobody_else_anything(self, connect: Connect, clock: Clock) -> None:
        """The batch is divided until they stand alone."""
        ssm, nodes = fleet(clock, *(Worker(is_refused=number in {3, 21, 44}) for number in range(50)))

        captures = collector(connect, ssm).collect(nodes, deadline=START + 120)

        assert [index for index, each in enumerate(captures) if each.status != CaptureStatus.ANSWERED] == [3, 21, 44]
        assert ssm.calls.count("SendCommand") == 29

    def test_a_node_that_ec2_runs_no_more_is_terminated_and_one_that_it_runs_is_not(
        self, connect: Connect, clock: Clock
    ) -> None:
        """A node that left is not an affected one; an affected one is not called gone."""
        ssm, nodes = fleet(clock, Worker(ping=""), Worker(ping=""), Worker())
        asked: list[Sequence[str]] = []

        def running(ids: Sequence[str]) -> set[str]:
            asked.append(ids)
            return {nodes[1].instance_id}

        captures = collector(connect, ssm, running=running).collect(nodes, deadline=START + 120)

        assert [capture.status for capture in captures] == [
            CaptureStatus.TERMINATED,
            CaptureStatus.NOT_REGISTERED,
            CaptureStatus.ANSWERED,
        ]
        assert captures[0].reason == (
            f"EC2 does not list the instance as running any more; before that: {agents.NOT_REGISTERED_REASON}"
        )
        assert [[nodes[0].instance_id, nodes[1].instance_id]] == asked

    @pytest.mark.parametrize(
        ("worker", "status"),
        [
            (Worker(end="Failed"), CaptureStatus.FAILED),
            (Worker(after_seconds=1e9), CaptureStatus.TIMED_OUT),
            (Worker(ping="ConnectionLost"), CaptureStatus.CONNECTION_LOST),
            (Worker(ping=""), CaptureStatus.NOT_REGISTERED),
            (Worker(), CaptureStatus.ANSWERED),
        ],
    )
    def test_of_whoever_may_be_gone_ec2_is_asked(
        self, connect: Connect, clock: Clock, worker: Worker, status: CaptureStatus
    ) -> None:
        """A script that failed may have been cut off with its node; who has answered was there."""
        before = collector(connect, fleet(clock, replace(worker))[0]).collect([node(0)], deadline=clock() + 60)
        ssm, nodes = fleet(clock, replace(worker))
        after = collector(connect, ssm, running=lambda _: ()).collect(nodes, deadline=clock() + 60)
        expected = status if status is CaptureStatus.ANSWERED else CaptureStatus.TERMINATED

        assert ([one.status for one in before], [one.status for one in after]) == ([status], [expected])

    def test_after_the_deadline_ec2_is_not_asked(self, connect: Connect, clock: Clock) -> None:
        """Nobody is called gone for want of time."""
        ssm, nodes = fleet(clock, Worker(ping=""))
        asked: list[Sequence[str]] = []

        def running(ids: Sequence[str]) -> set[str]:
            asked.append(ids)
            return set()

        captures = collector(connect, ssm, running=running).collect(nodes, deadline=START + CALL_SECONDS)

        assert ([one.status for one in captures], asked) == ([CaptureStatus.NOT_REGISTERED], [])

    def test_where_ec2_cannot_be_asked_nobody_is_called_terminated(self, connect: Connect, clock: Clock) -> None:
        """Unknown changes nothing."""
        ssm, nodes = fleet(clock, Worker(ping=""))

        def running(_: Sequence[str]) -> set[str]:
            raise error("RequestLimitExceeded")

        captures = collector(connect, ssm, running=running).collect(nodes, deadline=START + 120)

        assert [capture.status for capture in captures] == [CaptureStatus.NOT_REGISTERED]

    def test_a_wrong_question_to_ec2_is_an_error(self, connect: Connect, clock: Clock) -> None:
        """It is ours to fix."""
        ssm, nodes = fleet(clock, Worker(ping=""))

        def running(_: Sequence[str]) -> set[str]:
            raise error("InvalidParameterValue")

        with pytest.raises(ClientError, match="InvalidParameterValue"):
            collector(connect, ssm, running=running).collect(nodes, deadline=START + 120)

    def test_no_nodes_no_calls(self, connect: Connect, clock: Clock) -> None:
        """An empty fleet is nobody's error."""
        ssm, _ = fleet(clock)

        assert collector(connect, ssm).collect([], deadline=START + 120) == ()
        assert ssm.calls == []


class TestDeadline:
    """What becomes of nodes that do not answer in time."""

    @pytest.mark.parametrize(
        ("state", "words"),
        [
            ("Pending", "status Pending: the SSM agent never picked it up"),
            ("In Progress", "status InProgress: the script was sent and did not end"),
        ],
    )
    def test_a_node_that_never_answers_times_out_and_says_how_far_it_came(
        self, connect: Connect, clock: Clock, state: str, words: str
    ) -> None:
        """By the deadline, and not before it was given its time."""
        ssm, nodes = fleet(clock, Worker(), Worker(after_seconds=1e9, state=state))

        captures = collector(connect, ssm).collect(nodes, deadline=START + 60)

        assert [capture.status for capture in captures] == [CaptureStatus.ANSWERED, CaptureStatus.TIMED_OUT]
        assert captures[1].reason.startswith("did not respond within 5")
        assert captures[1].reason.endswith(f"({words})")
        assert START + 50 < clock() <= START + 60

    def test_a_straggler_does_not_hold_back_its_neighbours(self, connect: Connect, clock: Clock) -> None:
        """49 details are fetched long before the deadline, for one more call."""
        ssm, nodes = fleet(clock, *(Worker(output=AFFECTED) for _ in range(49)), Worker(after_seconds=1e9))
        at: list[float] = []

        captures = collector(connect, ssm, progress=lambda *_: at.append(clock() - START)).collect(
            nodes, deadline=START + 120
        )

        assert [capture.text for capture in captures[:49]] == [AFFECTED] * 49
        assert max(at[:49]) < 20
        assert ssm.calls.count("ListCommandInvocations") == 2

    def test_a_slow_node_is_still_awaited(self, connect: Connect, clock: Clock) -> None:
        """Until shortly before the deadline, asking less and less often."""
        ssm, nodes = fleet(clock, Worker(after_seconds=70.0))

        assert collector(connect, ssm).collect(nodes, deadline=START + 120)[0].text == HEALTHY
        assert all(later >= earlier for earlier, later in pairwise(clock.slept[1:]))
        assert max(clock.slept) <= Pace().longest_seconds
        assert ssm.calls.count("ListCommands") <= 14

    def test_answers_that_no_list_of_commands_announced_are_found_before_the_deadline(
        self, connect: Connect, clock: Clock
    ) -> None:
        """Everything open is read once more at the end."""
        ssm, nodes = fleet(clock, Worker(), Worker(output=AFFECTED))
        ssm.is_listing_commands = False
        expected = [HEALTHY, AFFECTED]

        assert expected == [each.text for each in collector(connect, ssm).collect(nodes, deadline=START + 60)]

    def test_detail_for_which_no_time_is_left_leaves_the_summary(self, connect: Connect, clock: Clock) -> None:
        """What answered at the last moment still counts."""
        ssm, nodes = fleet(clock, *(Worker(output=AFFECTED, after_seconds=56.4) for _ in range(50)))

        captures = collector(connect, ssm).collect(nodes, deadline=START + 60)

        assert {CaptureStatus.ANSWERED} == {capture.status for capture in captures}
        assert {"", detail.OUT_OF_TIME} == {capture.reason for capture in captures}
        assert clock() <= START + 60

    def test_after_the_last_call_nothing_open_is_read_any_more(self, connect: Connect, clock: Clock) -> None:
        """Three commands are open, and each reading takes as long as all that is left."""
        ssm, nodes = fleet(clock, *(Worker(after_seconds=1e9) for _ in range(150)))
        read: list[float] = []
        list_invocations = ssm.list_invocations

        def slowly(asked: dict[str, Any]) -> dict[str, Any]:
            read.append(clock() - CALL_SECONDS)
            clock.now += 10.0
            return list_invocations(asked)

        ssm.list_invocations = slowly  # type: ignore[method-assign]  # a service that has become slow
        captures = collector(connect, ssm).collect(nodes, deadline=START + 60)

        assert {CaptureStatus.TIMED_OUT} == {one.status for one in captures}
        assert [at < START + 59 for at in read] == [True]

    def test_a_deadline_that_has_passed_leaves_everyone_unasked(self, connect: Connect, clock: Clock) -> None:
        """One answer for each all the same."""
        ssm, nodes = fleet(clock, Worker(), Worker())
        reason = "the command was not sent: the time for this collection was used up"
        expected = tuple(Capture(node=each, status=CaptureStatus.TIMED_OUT, reason=reason) for each in nodes)

        assert expected == collector(connect, ssm).collect(nodes, deadline=START - 1)
        assert ssm.calls == []

    def test_a_node_that_is_never_listed_times_out(self, connect: Connect, clock: Clock) -> None:
        """Its command may be complete: a node that is not shown has not answered."""
        ssm, nodes = fleet(clock, Worker(), Worker(is_listed=False))

        captures = collector(connect, ssm).collect(nodes, deadline=START + 60)

        assert captures[1].status == CaptureStatus.TIMED_OUT
        assert "Systems Manager showed no status for it" in captures[1].reason


class TestTrouble:
    """What becomes of calls that fail."""

    @pytest.mark.parametrize("code", ["ThrottlingException", "InvalidCommandId"])
    def test_answers_that_cannot_be_read_fail_with_the_reason(self, connect: Connect, clock: Clock, code: str) -> None:
        """Throttled to the end: nodes are not called silent for it."""
        ssm, nodes = fleet(clock, Worker())
        ssm.broken["ListCommandInvocations"] = code

        captures = collector(connect, ssm).collect(nodes, deadline=START + 60)

        assert captures[0].status == CaptureStatus.FAILED
        assert captures[0].reason.startswith("its response could not be fetched within 5")
        assert captures[0].reason.endswith(f": {code}: no")

    def test_a_throttled_poll_is_asked_again(self, connect: Connect, clock: Clock) -> None:
        """Polling is only a hint of when to read."""
        ssm, nodes = fleet(clock, Worker())
        ssm.broken["ListCommands"] = "ThrottlingException"

        assert collector(connect, ssm).collect(nodes, deadline=START + 60)[0].text == HEALTHY

    def test_a_command_that_the_account_s_quota_cancelled_fails_its_nodes_at_once(
        self, connect: Connect, clock: Clock
    ) -> None:
        """It never has invocations to list."""
        ssm, nodes = fleet(clock, Worker(is_listed=False))
        ssm.command_end = "Rate Exceeded"
        expected = (Capture(node=nodes[0], status=CaptureStatus.FAILED, reason=ENDS["RateExceeded"][1]),)

        assert expected == collector(connect, ssm).collect(nodes, deadline=START + 600)
        assert clock() < START + 20

    @pytest.mark.parametrize("action", sorted(PERMISSIONS))
    def test_a_refusal_of_any_call_names_its_action(self, connect: Connect, clock: Clock, action: str) -> None:
        """A role that lacks one is never a fleet that does not answer."""
        ssm, nodes = fleet(clock, Worker(output=AFFECTED))
        ssm.broken[action.removeprefix("ssm:")] = "AccessDeniedException"

        with pytest.raises(AccessError, match=action):
            collector(connect, ssm).collect(nodes, deadline=START + 60)

    @pytest.mark.parametrize("operation", ["ListCommands", "ListCommandInvocations", "DescribeInstanceInformation"])
    def test_a_wrong_request_is_the_whole_scan_s_error(self, connect: Connect, clock: Clock, operation: str) -> None:
        """It is ours to fix, and no node's."""
        ssm, nodes = fleet(clock, Worker())
        ssm.broken[operation] = "InvalidFilterKey"

        with pytest.raises(ClientError, match="InvalidFilterKey"):
            collector(connect, ssm).collect(nodes, deadline=START + 60)


class TestContract:
    """What the port promises."""

    def test_progress_counts_each_node_once(self, connect: Connect, clock: Clock) -> None:
        """As it is settled, and apart from that those that answered themselves."""
        ssm, nodes = fleet(clock, Worker(), Worker(ping=""), Worker(output=AFFECTED))
        reported: list[tuple[str, int, int]] = []
        expected = [reported for done in (1, 2, 3) for reported in (("answers", done - 1, 3), ("collection", done, 3))]

        collector(connect, ssm, progress=lambda *each: reported.append(each)).collect(nodes, deadline=START + 60)

        assert expected == reported

    def test_a_node_given_twice_is_asked_once_and_answered_twice(self, connect: Connect, clock: Clock) -> None:
        """SendCommand refuses duplicates."""
        ssm, nodes = fleet(clock, Worker())
        expected = 2 * (Capture(node=nodes[0], status=CaptureStatus.ANSWERED, text=HEALTHY),)

        assert expected == collector(connect, ssm).collect([nodes[0], nodes[0]], deadline=START + 60)
        assert [[nodes[0].instance_id]] == [ids for _, ids in ssm.sent.values()]

    def test_the_pace_grows_to_its_limit(self) -> None:
        """The first wait is the script's own; then more often, then less."""
        waits: Iterator[float] = Pace().waits()
        expected = [7.0, 2.0, 3.0, 4.5, 6.75, 8.0, 8.0]

        assert expected == [next(waits) for _ in range(7)]

    @given(
        workers=st.lists(
            st.builds(
                Worker,
                ping=st.sampled_from(["Online", "Online", "Online", "ConnectionLost", ""]),
                is_refused=st.integers(0, 9).map(lambda draw: draw == 0),
                after_seconds=st.sampled_from([0.0, 6.0, 20.0, 58.0, 1e9]),
                state=st.sampled_from(["Pending", "In Progress", "Delayed", "Unheard Of"]),
                end=st.sampled_from(["Success", "Success", "Success", "Failed", "Delivery Timed Out", "Terminated"]),
                output=st.sampled_from([HEALTHY, AFFECTED, LONG, "", "garbage \x00"]),
                is_listed=st.integers(0, 9).map(lambda draw: draw > 0),
                empty_details=st.integers(0, 3),
                detail_error=st.sampled_from(["", "", "ThrottlingException", "InvocationDoesNotExist"]),
            ),
            max_size=120,
        ),
        order=st.randoms(use_true_random=False),
        broken=st.sampled_from(["", "ListCommands", "ListCommandInvocations", "DescribeInstanceInformation"]),
        seconds=st.sampled_from([0.0, 0.5, 3.0, 15.0, 60.0, 300.0]),
    )
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_every_node_has_exactly_one_capture_in_the_order_given_by_the_deadline(
        self,
        connect: Connect,
        workers: list[Worker],
        order: Any,  # noqa: ANN401 - hypothesis' own kind of random.Random
        broken: str,
        seconds: float,
    ) -> None:
        """Whatever happens on the nodes and to the calls."""
        clock = Clock()
        ssm, nodes = fleet(clock, *workers)
        order.shuffle(nodes)
        if broken:
            ssm.broken[broken] = "ThrottlingException"

        captures = collector(connect, ssm).collect(nodes, deadline=START + seconds)

        assert nodes == [capture.node for capture in captures]
        assert all(capture.reason for capture in captures if capture.status != CaptureStatus.ANSWERED)
        assert all(capture.text for capture in captures if capture.status == CaptureStatus.ANSWERED)
        assert clock() <= START + seconds + CALL_SECONDS


def test_the_list_of_commands_is_asked_for_since_we_began_with_room_for_a_wrong_clock(
    connect: Connect, clock: Clock
) -> None:
    """The request's filters, as they go out."""
    ssm, nodes = fleet(clock, Worker())
    asked: list[dict[str, Any]] = []

    def answer(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if operation == "ListCommands":
            asked.append(parameters)
        return ssm(operation, parameters)

    RunCommandCollector(connect("ssm", answer), document="fleetscan-collect", clock=clock, sleep=clock.sleep).collect(
        nodes, deadline=START + 60
    )
    since = datetime.fromtimestamp(START - 300, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    expected = [
        {
            "Filters": [
                {"key": "InvokedAfter", "value": since},
                {"key": "DocumentName", "value": "fleetscan-collect"},
            ],
            "MaxResults": 50,
        }
    ]

    assert expected == asked
