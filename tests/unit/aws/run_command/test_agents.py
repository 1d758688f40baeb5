"""Which workers' agents listen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fleetscan.aws.run_command import agents
from fleetscan.aws.run_command.agents import Agents
from fleetscan.errors import AccessError
from fleetscan.model import Capture, CaptureStatus, Node

NOW = 1_780_000_000.0
FOREVER = NOW + 1e6


def number_of(instance_id: str) -> int:
    """Return the number that a worker's id was made from."""
    return int(instance_id.removeprefix("i-"), 16)


def node(number: int) -> Node:
    """Return a worker."""
    return Node(instance_id=f"i-{number:017x}")


def information(number: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of several types
    """Return what Systems Manager knows of a healthy worker, or of an odd one."""
    ordinary = {"PingStatus": "Online", "PlatformType": "Linux", "PlatformName": "Amazon Linux"}
    return {"InstanceId": node(number).instance_id} | ordinary | more


def error(code: str, message: str = "") -> ClientError:
    """Make an error of the call."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "DescribeInstanceInformation")


def at(seconds: float) -> datetime:
    """Return the instant so many seconds before now."""
    return datetime.fromtimestamp(NOW - seconds, UTC)


@pytest.mark.parametrize(
    ("more", "status", "reason"),
    [
        (
            {"PingStatus": "ConnectionLost", "LastPingDateTime": at(47 * 60)},
            CaptureStatus.CONNECTION_LOST,
            "the SSM agent is offline (ping status ConnectionLost): last ping 47 minutes ago",
        ),
        (
            {"PingStatus": "Inactive", "LastPingDateTime": at(30 * 3600)},
            CaptureStatus.CONNECTION_LOST,
            "the SSM agent is offline (ping status Inactive): last ping 30 hours ago",
        ),
        (
            {"PingStatus": "ConnectionLost"},
            CaptureStatus.CONNECTION_LOST,
            "the SSM agent is offline (ping status ConnectionLost): no ping yet",
        ),
        (
            {"PingStatus": "ConnectionLost", "LastPingDateTime": at(-60)},
            CaptureStatus.CONNECTION_LOST,
            "the SSM agent is offline (ping status ConnectionLost): last ping 0 minutes ago",
        ),
        ({"PlatformType": "Windows"}, CaptureStatus.WINDOWS, agents.WINDOWS_REASON),
    ],
)
def test_each_kind_of_silence_has_its_status_and_reason(
    connect: Callable[..., Any], more: dict[str, Any], status: CaptureStatus, reason: str
) -> None:
    """An agent that does not listen, and platforms that have no shell for us."""
    ssm = connect("ssm", lambda *_: {"InstanceInformationList": [information(1, **more)]})
    expected = {node(1).instance_id: Capture(node=node(1), status=status, reason=reason)}

    assert expected == Agents(ssm, clock=lambda: NOW).unreachable([node(1)], stop_at=FOREVER)


@pytest.mark.parametrize(
    ("is_scanned", "expected"),
    [
        (True, {}),
        (
            False,
            {
                node(1).instance_id: Capture(
                    node=node(1), status=CaptureStatus.BOTTLEROCKET, reason=agents.BOTTLEROCKET_REASON
                )
            },
        ),
    ],
)
def test_bottlerocket_takes_commands_unless_it_is_switched_off(
    connect: Callable[..., Any], expected: dict[str, Capture], *, is_scanned: bool
) -> None:
    """Its agent runs the script in a container of its own, which sees a part of the host."""
    ssm = connect("ssm", lambda *_: {"InstanceInformationList": [information(1, PlatformName="Bottlerocket OS")]})
    asked = Agents(ssm, clock=lambda: NOW, scans_bottlerocket=is_scanned)

    assert expected == asked.unreachable([node(1)], stop_at=FOREVER)


def test_a_node_that_systems_manager_does_not_list_is_not_registered(connect: Callable[..., Any]) -> None:
    """And one that is online is nothing to report."""
    ssm = connect("ssm", lambda *_: {"InstanceInformationList": [information(1)]})
    expected = {
        node(2).instance_id: Capture(
            node=node(2), status=CaptureStatus.NOT_REGISTERED, reason=agents.NOT_REGISTERED_REASON
        )
    }

    assert expected == Agents(ssm, clock=lambda: NOW).unreachable([node(1), node(2)], stop_at=FOREVER)


def test_nodes_are_asked_about_50_at_a_time_and_all_pages_are_read(connect: Callable[..., Any]) -> None:
    """A page may hold fewer than were asked for."""
    asked: list[dict[str, Any]] = []

    def answer(_: str, given: dict[str, Any]) -> dict[str, Any]:
        asked.append(given)
        ids = [number_of(each) for each in given["Filters"][0]["Values"]]
        if given.get("NextToken"):
            return {"InstanceInformationList": [information(number) for number in ids[30:]]}
        return {"InstanceInformationList": [information(number) for number in ids[:30]], "NextToken": "2"}

    nodes = [node(number) for number in range(60)]
    expected: dict[str, Capture] = {}

    assert expected == Agents(connect("ssm", answer), clock=lambda: NOW).unreachable(nodes, stop_at=FOREVER)
    assert [(len(given["Filters"][0]["Values"]), given.get("NextToken")) for given in asked] == [
        (50, None),
        (50, "2"),
        (10, None),
        (10, "2"),
    ]
    assert {"Key": "InstanceIds", "Values": [each.instance_id for each in nodes[50:]]} == asked[2]["Filters"][0]
    assert {50} == {given["MaxResults"] for given in asked}


def test_an_unknown_id_does_not_fail_its_neighbours(connect: Callable[..., Any]) -> None:
    """The batch is divided until the unknown one stands alone."""

    def answer(_: str, given: dict[str, Any]) -> dict[str, Any]:
        ids = given["Filters"][0]["Values"]
        if node(7).instance_id in ids:
            raise error("InvalidInstanceId")
        return {"InstanceInformationList": [information(number_of(each)) for each in ids]}

    unreachable = Agents(connect("ssm", answer), clock=lambda: NOW).unreachable(
        [node(number) for number in range(50)], stop_at=FOREVER
    )
    expected = {node(7).instance_id: CaptureStatus.NOT_REGISTERED}

    assert expected == {instance_id: capture.status for instance_id, capture in unreachable.items()}


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError"])
def test_a_batch_that_could_not_be_asked_about_is_not_called_silent(connect: Callable[..., Any], code: str) -> None:
    """Unknown is unknown: SendCommand will show."""

    def answer(_: str, given: dict[str, Any]) -> dict[str, Any]:
        if node(0).instance_id in given["Filters"][0]["Values"]:
            raise error(code)
        return {"InstanceInformationList": []}

    unreachable = Agents(connect("ssm", answer), clock=lambda: NOW).unreachable(
        [node(number) for number in range(51)], stop_at=FOREVER
    )

    assert {node(50).instance_id} == set(unreachable)


def test_nothing_is_asked_when_time_is_up(connect: Callable[..., Any]) -> None:
    """And nobody is called silent for it."""

    def answer(_: str, __: dict[str, Any]) -> dict[str, Any]:
        raise AssertionError("time was up")

    expected: dict[str, Capture] = {}

    assert expected == Agents(connect("ssm", answer), clock=lambda: NOW).unreachable([node(1)], stop_at=NOW)


def test_a_refusal_names_the_action(connect: Callable[..., Any]) -> None:
    """A role that may not ask does not make a fleet unregistered."""

    def answer(_: str, __: dict[str, Any]) -> dict[str, Any]:
        raise error("AccessDeniedException", "not authorized")

    with pytest.raises(AccessError, match="ssm:DescribeInstanceInformation"):
        Agents(connect("ssm", answer), clock=lambda: NOW).unreachable([node(1)], stop_at=FOREVER)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            Node(instance_id="i-1", is_auto_mode=True, is_windows=True),
            (CaptureStatus.AUTO_MODE, agents.AUTO_MODE_REASON),
        ),
        (Node(instance_id="i-1", is_windows=True), (CaptureStatus.WINDOWS, agents.WINDOWS_REASON)),
    ],
)
def test_what_ec2_says_needs_no_question(given: Node, expected: tuple[CaptureStatus, str]) -> None:
    """Auto Mode and Windows."""
    assert Capture(node=given, status=expected[0], reason=expected[1]) == agents.unsupported(given)


def test_an_ordinary_node_is_fit() -> None:
    """It goes on to Systems Manager."""
    assert agents.unsupported(node(1)) is None
