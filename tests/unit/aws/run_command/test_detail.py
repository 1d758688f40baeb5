"""The whole output of one node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fleetscan.aws.run_command.detail import SEVERE_TRIGGERS, DetailBudget, ask, severe_trigger_count
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
    """Rather than leaving every affected node without its detail for ever."""

    def answer(_: str, __: dict[str, Any]) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetCommandInvocation")

    with pytest.raises(AccessError, match="ssm:GetCommandInvocation"):
        ask(connect("ssm", answer), SUMMARY)


def seen(*triggers: str) -> Summary:
    """Return the summary of a node that saw these; without any, one that was cut."""
    text = f"@end summary triggers={','.join(triggers)} dropped=-\n" if triggers else "@last\n@loadavg\n"
    return Summary(command_id=COMMAND_ID, node=NODE, text=text)


@pytest.mark.parametrize(
    ("triggers", "expected"), [(("files",), 0), (("slab", "files", "load"), 2), ((), len(SEVERE_TRIGGERS))]
)
def test_what_was_cut_is_as_grave_as_can_be(triggers: tuple[str, ...], expected: int) -> None:
    """Else as many of the grave triggers as the node saw."""
    assert severe_trigger_count(seen(*triggers)) == expected


def test_mild_triggers_get_half_of_what_a_scan_fetches() -> None:
    """The gravest answer last, and must find room."""
    budget = DetailBudget(nodes=4, minor_nodes=2)
    asked = ("files", "files", "files", "slab", "slab", "slab")

    assert [budget.allows(seen(one)) for one in asked] == [True, True, False, True, True, False]
