"""The whole output of one node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fleetscan.aws.run_command.detail import ask
from fleetscan.aws.run_command.polling import Summary
from fleetscan.errors import AccessError
from fleetscan.model import Capture, CaptureStatus, Node

NODE = Node(instance_id="i-0123456789abcdef0")
TEXT = "fleetscan-capture 1\n@end summary triggers=slab dropped=- unreadable=-\n"
COMMAND_ID = "00000000-0000-0000-0000-000000000000"
SUMMARY = Summary(command_id=COMMAND_ID, node=NODE, text=TEXT)


def test_one_node_of_one_command_is_asked_for(connect: Callable[..., Any]) -> None:
    """The whole request, as it goes out, and the whole output."""
    asked: list[dict[str, Any]] = []

    def answer(_: str, given: dict[str, Any]) -> dict[str, Any]:
        asked.append(given)
        return {"StandardOutputContent": TEXT + "@end detail dropped=-\n"}

    expected = Capture(node=NODE, status=CaptureStatus.ANSWERED, text=TEXT + "@end detail dropped=-\n")

    assert expected == ask(connect("ssm", answer), SUMMARY)
    assert asked == [{"CommandId": COMMAND_ID, "InstanceId": NODE.instance_id}]


def test_output_that_lost_its_summary_does_not_replace_the_one_in_hand(connect: Callable[..., Any]) -> None:
    """What is whole stays."""
    ssm = connect("ssm", lambda *_: {"StandardOutputContent": "something else"})
    expected = Capture(
        node=NODE, status=CaptureStatus.ANSWERED, text=TEXT, reason="its detail came without its summary"
    )

    assert expected == ask(ssm, SUMMARY)


def test_a_refusal_names_the_action(connect: Callable[..., Any]) -> None:
    """Rather than leaving every sick node without its detail for ever."""

    def answer(_: str, __: dict[str, Any]) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetCommandInvocation")

    with pytest.raises(AccessError, match="ssm:GetCommandInvocation"):
        ask(connect("ssm", answer), SUMMARY)
