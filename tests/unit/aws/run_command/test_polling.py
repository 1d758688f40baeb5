"""Following commands until each node has answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fleetscan.aws.run_command.polling import CommandPoller, commands_request, invocations_request
from fleetscan.model import Capture, CaptureStatus, Node

SENT_AT = 1_780_000_000.0
COMMAND_ID = "00000000-0000-0000-0000-000000000000"
OTHER_ID = "99999999-0000-0000-0000-000000000000"
HEALTHY = "fleetscan-capture 1\n@end summary triggers=- dropped=- unreadable=-\n"
NODES = tuple(Node(instance_id=f"i-{number:017x}") for number in range(50))


class Service:
    """Run Command with one command of 50 nodes, of which the first ``done`` have ended."""

    def __init__(self, done: int, status: str = "InProgress") -> None:
        self.done = done
        self.status = status
        self.read = 0

    def __call__(self, operation: str, given: dict[str, Any]) -> dict[str, Any]:
        """Answer one call; commands come on two pages, somebody else's first, invocations on two."""
        if operation == "ListCommands":
            if not given.get("NextToken"):
                return {"Commands": [{"CommandId": OTHER_ID, "Status": "Success"}], "NextToken": "2"}
            ours = {
                "CommandId": COMMAND_ID,
                "Status": self.status,
                "StatusDetails": self.status,
                "TargetCount": len(NODES),
                "CompletedCount": self.done,
            }
            return {"Commands": [ours], "NextToken": "3"}
        if not given.get("NextToken"):
            self.read += 1
            return {"CommandInvocations": [self.invocation(index) for index in range(30)], "NextToken": "2"}
        return {"CommandInvocations": [self.invocation(index) for index in range(30, len(NODES))]}

    def invocation(self, index: int) -> dict[str, Any]:
        """Show one node."""
        if index >= self.done:
            return {"InstanceId": NODES[index].instance_id, "Status": "Pending", "StatusDetails": "Pending"}
        return {
            "InstanceId": NODES[index].instance_id,
            "Status": "Success",
            "StatusDetails": "Success",
            "CommandPlugins": [{"Output": HEALTHY}],
        }


@pytest.fixture
def settled() -> list[Capture]:
    """Return where captures are kept."""
    return []


def watch(ssm: Any, settled: list[Capture]) -> CommandPoller:  # noqa: ANN401 - a fake client
    """Return a watch of one command."""
    return CommandPoller(ssm, {COMMAND_ID: NODES}, document="fleetscan-collect", sent_at=SENT_AT, settle=settled.append)


@pytest.mark.parametrize(("done", "expected"), [(0, 0), (39, 0), (40, 1), (50, 1)])
def test_a_command_is_read_when_four_fifths_of_its_nodes_are_newly_done(
    connect: Callable[..., Any], settled: list[Capture], done: int, expected: int
) -> None:
    """Before that its list is not worth the call."""
    service = Service(done)
    watch(connect("ssm", service), settled).poll()

    assert expected == service.read
    assert [node.instance_id for node in NODES[: done * expected]] == [each.node.instance_id for each in settled]


def test_a_command_that_has_ended_is_read_whatever_its_counts(
    connect: Callable[..., Any], settled: list[Capture]
) -> None:
    """Counts lag behind states."""
    service = Service(3, status="Success")
    watch(connect("ssm", service), settled).poll()

    assert (service.read, len(settled)) == (1, 3)


def test_a_command_without_open_nodes_is_not_read_again(connect: Callable[..., Any], settled: list[Capture]) -> None:
    """Each node is settled once."""
    service = Service(50)
    poller = watch(connect("ssm", service), settled)
    poller.poll()
    poller.poll()

    assert (service.read, len(settled), poller.open_commands) == (1, 50, ())


def test_giving_up_settles_whoever_is_left(connect: Callable[..., Any], settled: list[Capture]) -> None:
    """With the last that was heard of each."""
    poller = watch(connect("ssm", Service(49)), settled)
    poller.poll()
    poller.time_out(60.0)
    expected = Capture(
        node=NODES[49],
        status=CaptureStatus.TIMED_OUT,
        reason="did not respond within 60 s (status Pending: the SSM agent never picked it up)",
    )

    assert expected == settled[-1]
    assert poller.open_commands == ()


def test_a_document_given_by_arn_is_not_filtered_by_name() -> None:
    """Run Command may list it either way."""
    expected = [{"key": "InvokedAfter", "value": "2026-05-28T20:21:40Z"}]

    assert expected == commands_request("arn:aws:ssm:eu-west-1:123456789012:document/x", SENT_AT).get("Filters")


def test_invocations_are_asked_for_with_their_output() -> None:
    """Fifty a page."""
    expected = {"CommandId": COMMAND_ID, "Details": True, "PaginationConfig": {"PageSize": 50}}

    assert expected == invocations_request(COMMAND_ID)


@pytest.mark.parametrize(("done", "expected"), [(49, 0), (50, 1)])
def test_while_there_is_patience_only_what_is_over_is_read(
    connect: Callable[..., Any], settled: list[Capture], done: int, expected: int
) -> None:
    """Its slow nodes may yet answer with the others."""
    service = Service(done)
    poller = CommandPoller(
        connect("ssm", service),
        {COMMAND_ID: NODES},
        document="fleetscan-collect",
        sent_at=SENT_AT,
        settle=settled.append,
        is_grace_period=lambda: True,
    )
    poller.poll()

    assert service.read == expected
