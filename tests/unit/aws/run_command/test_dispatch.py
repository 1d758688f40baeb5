"""Sending the document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fleetscan.aws.run_command import dispatch
from fleetscan.aws.run_command.dispatch import CommandRequest, send
from fleetscan.errors import AccessError
from fleetscan.model import Capture, CaptureStatus, Node

ERRAND = CommandRequest(document="fleetscan-collect")
NOW = 1_780_000_000.0
STOP_AT = NOW + 100


def node(number: int) -> Node:
    """Return a worker."""
    return Node(instance_id=f"i-{number:017x}")


def error(code: str, message: str = "") -> ClientError:
    """Make an error of the call."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "SendCommand")


def denial(instance_id: str) -> ClientError:
    """Make IAM's refusal of one instance, as it is worded."""
    message = (
        "User: arn:aws:sts::123456789012:assumed-role/scan is not authorized to perform: ssm:SendCommand "
        f"on resource: arn:aws:ec2:eu-west-1:123456789012:instance/{instance_id} because no policy allows it"
    )
    return error("AccessDeniedException", message)


class Service:
    """SendCommand: accepts commands except where ``reject`` raises."""

    def __init__(self, reject: Callable[[list[str]], None] = lambda _: None) -> None:
        self.asked: list[dict[str, Any]] = []
        self._reject = reject

    def __call__(self, _: str, given: dict[str, Any]) -> dict[str, Any]:
        """Answer one call."""
        self.asked.append(given)
        self._reject(given["InstanceIds"])
        return {"Command": {"CommandId": f"{len(self.asked):036}"}}


def test_a_command_takes_50_nodes_and_none_stops_another(connect: Callable[..., Any]) -> None:
    """The whole request, as it goes out."""
    service = Service()
    nodes = [node(number) for number in range(51)]
    sent = send(connect("ssm", service), nodes, ERRAND, clock=lambda: NOW, stop_at=STOP_AT)
    expected = [
        {
            "DocumentName": "fleetscan-collect",
            "InstanceIds": [each.instance_id for each in some],
            "TimeoutSeconds": 60,
            "MaxConcurrency": "100%",
            "MaxErrors": "100%",
            "Comment": "fleetscan: read-only collection",
        }
        for some in (nodes[:50], nodes[50:])
    ]

    assert expected == service.asked
    assert [tuple(nodes[:50]), tuple(nodes[50:])] == list(sent.commands.values())
    assert sent.refused == {}


def test_a_document_can_be_pinned_by_version_and_hash(connect: Callable[..., Any]) -> None:
    """So that an edited document is refused."""
    service = Service()
    command_request = CommandRequest(document="fleetscan-collect", document_version="3", document_hash="ab" * 32)
    send(connect("ssm", service), [node(1)], command_request, clock=lambda: NOW, stop_at=STOP_AT)
    expected = ("3", "ab" * 32, "Sha256")

    assert expected == tuple(service.asked[0][key] for key in ("DocumentVersion", "DocumentHash", "DocumentHashType"))
    assert "Parameters" not in service.asked[0]


def test_a_script_travels_as_the_parameter_of_aws_s_own_document(connect: Callable[..., Any]) -> None:
    """On an account without the stack."""
    service = Service()
    command_request = CommandRequest(document=dispatch.SHELL_DOCUMENT, commands=("#!/bin/sh", "cat /proc/meminfo"))
    send(connect("ssm", service), [node(1)], command_request, clock=lambda: NOW, stop_at=STOP_AT)
    expected = {"commands": ["#!/bin/sh", "cat /proc/meminfo"], "executionTimeout": ["60"]}

    assert ("AWS-RunShellScript", expected) == (service.asked[0]["DocumentName"], service.asked[0]["Parameters"])


@pytest.mark.parametrize(("seconds_left", "expected"), [(1, 30), (30, 30), (45.9, 45), (60, 60), (900, 60)])
def test_a_command_is_not_delivered_after_we_stopped_waiting(seconds_left: float, expected: int) -> None:
    """As far as SSM's shortest timeout of 30 s allows."""
    assert expected == dispatch.request(["i-1"], ERRAND, seconds_left).get("TimeoutSeconds")


@pytest.mark.parametrize(("is_named", "calls"), [(True, 2), (False, 29)])
def test_three_bad_nodes_of_fifty_are_found_and_47_are_sent_to(
    connect: Callable[..., Any], *, is_named: bool, calls: int
) -> None:
    """In two calls where SSM names them, by halving where it does not."""
    bad = {node(number).instance_id for number in (3, 21, 44)}

    def reject(ids: list[str]) -> None:
        if found := sorted(bad & set(ids)):
            words = f"Instances [[{', '.join(found)}]] not in a valid state for account 123456789012"
            raise error("InvalidInstanceId", words if is_named else "")

    service = Service(reject)
    nodes = [node(number) for number in range(50)]
    sent = send(connect("ssm", service), nodes, ERRAND, clock=lambda: NOW, stop_at=STOP_AT)
    expected = {
        each.instance_id: Capture(node=each, status=CaptureStatus.NOT_REGISTERED, reason=dispatch.REFUSED_REASON)
        for each in nodes
        if each.instance_id in bad
    }

    assert expected == sent.refused
    assert [each for each in nodes if each.instance_id not in bad] == [
        each for some in sent.commands.values() for each in some
    ]
    assert calls == len(service.asked)


def test_one_throttled_batch_does_not_lose_the_others(connect: Callable[..., Any]) -> None:
    """Its nodes fail, with the reason; the next batch is sent."""

    def reject(ids: list[str]) -> None:
        if node(0).instance_id in ids:
            raise error("ThrottlingException", "Rate exceeded")

    nodes = [node(number) for number in range(60)]
    sent = send(connect("ssm", Service(reject)), nodes, ERRAND, clock=lambda: NOW, stop_at=STOP_AT)
    reason = "the command could not be sent: ThrottlingException: Rate exceeded"
    expected = {each.instance_id: Capture(node=each, status=CaptureStatus.FAILED, reason=reason) for each in nodes[:50]}

    assert expected == sent.refused
    assert [tuple(nodes[50:])] == list(sent.commands.values())


def test_a_node_of_the_wrong_platform_fails_alone(connect: Callable[..., Any]) -> None:
    """UnsupportedPlatformType is as much about one node as InvalidInstanceId."""

    def reject(ids: list[str]) -> None:
        if node(5).instance_id in ids:
            raise error("UnsupportedPlatformType")

    nodes = [node(number) for number in range(8)]
    sent = send(connect("ssm", Service(reject)), nodes, ERRAND, clock=lambda: NOW, stop_at=STOP_AT)
    reason = "the command could not be sent: UnsupportedPlatformType"

    assert {node(5).instance_id: Capture(node=node(5), status=CaptureStatus.FAILED, reason=reason)} == sent.refused


def test_an_instance_without_the_policy_s_tag_does_not_spoil_its_batch(connect: Callable[..., Any]) -> None:
    """IAM refuses the whole call and names the instance."""

    def reject(ids: list[str]) -> None:
        for each in ids:
            if each in {node(2).instance_id, node(4).instance_id}:
                raise denial(each)

    service = Service(reject)
    nodes = [node(number) for number in range(50)]
    sent = send(connect("ssm", service), nodes, ERRAND, clock=lambda: NOW, stop_at=STOP_AT)

    assert {node(2).instance_id, node(4).instance_id} == set(sent.refused)
    assert {CaptureStatus.FAILED} == {capture.status for capture in sent.refused.values()}
    assert "ssm:SendCommand" in sent.refused[node(2).instance_id].reason
    assert len(service.asked) == 3


def test_a_role_that_may_not_send_at_all_is_an_error_and_no_failed_fleet(connect: Callable[..., Any]) -> None:
    """Named with action and document."""

    def reject(_: list[str]) -> None:
        raise error("AccessDeniedException", "not authorized to perform: ssm:SendCommand on resource: document/x")

    with pytest.raises(AccessError, match="ssm:SendCommand on document fleetscan-collect"):
        send(connect("ssm", Service(reject)), [node(1)], ERRAND, clock=lambda: NOW, stop_at=STOP_AT)


def test_a_role_that_may_send_to_no_instance_is_an_error_after_a_bounded_number_of_calls(
    connect: Callable[..., Any],
) -> None:
    """A thousand refusals, one by one, would say nothing more."""

    def reject(ids: list[str]) -> None:
        raise denial(ids[0])

    service = Service(reject)
    nodes = [node(number) for number in range(1_000)]

    with pytest.raises(AccessError, match="ssm:SendCommand on document fleetscan-collect"):
        send(connect("ssm", service), nodes, ERRAND, clock=lambda: NOW, stop_at=STOP_AT)
    assert len(service.asked) <= 50 + 20


def test_a_document_that_does_not_exist_is_the_whole_scan_s_error(connect: Callable[..., Any]) -> None:
    """No node is to blame."""

    def reject(_: list[str]) -> None:
        raise error("InvalidDocument", "document does not exist")

    with pytest.raises(ClientError, match="InvalidDocument"):
        send(connect("ssm", Service(reject)), [node(1)], ERRAND, clock=lambda: NOW, stop_at=STOP_AT)


def test_nothing_is_sent_when_time_is_up(connect: Callable[..., Any]) -> None:
    """Each node says that it was not asked."""
    service = Service()
    sent = send(connect("ssm", service), [node(1)], ERRAND, clock=lambda: STOP_AT, stop_at=STOP_AT)
    reason = "the command was not sent: the time for this collection was used up"
    expected = {node(1).instance_id: Capture(node=node(1), status=CaptureStatus.TIMED_OUT, reason=reason)}

    assert expected == sent.refused
    assert service.asked == []
