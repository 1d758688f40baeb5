"""The whole output of one node: 24,000 characters for one call, so only where the node saw a trigger.

GetCommandInvocation is eventually consistent and shows no output before an invocation has ended. What can not be had
never costs the summary that is already here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fleetscan.aws.access import asking
from fleetscan.aws.invocation import answered, is_whole
from fleetscan.aws.trouble import AWS_ERRORS, code, sentence
from fleetscan.aws.watch import Summary
from fleetscan.model import Capture
from fleetscan.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_ssm.type_defs import GetCommandInvocationRequestTypeDef

PERMISSIONS = frozenset({"ssm:GetCommandInvocation"})

ATTEMPTS = 2
"""How often a node's output is asked for while Systems Manager shows none."""
SECOND_ATTEMPT_SECONDS = 1.0
"""How long to wait for Systems Manager to become consistent."""

NOT_YET = "Systems Manager does not show its detail yet"
OUT_OF_TIME = "its detail was not fetched: the time for this collection was used up"


def fetch(
    ssm: SSMClient,
    summaries: Sequence[Summary],
    *,
    clock: Clock,
    sleep: Callable[[float], None],
    stop_at: float,
    settle: Callable[[Capture], None],
) -> tuple[Summary, ...]:
    """Settle each node with its whole output, or its summary and the reason; return those whose turn never came."""
    waiting = list(summaries)
    for attempt in range(ATTEMPTS):
        if attempt and waiting:
            sleep(max(0.0, min(SECOND_ATTEMPT_SECONDS, stop_at - clock())))
        late: list[Summary] = []
        for index, summary in enumerate(waiting):
            if clock() >= stop_at:
                return (*late, *waiting[index:])
            capture = ask(ssm, summary)
            if capture:
                settle(capture)
            else:
                late.append(summary)
        waiting = late
    for summary in waiting:
        settle(answered(summary.node, summary.text, NOT_YET))
    return ()


def ask(ssm: SSMClient, summary: Summary) -> Capture | None:
    """Return a node's capture, or None when its output does not show yet. Raises AccessError when refused."""
    try:
        with asking("ssm:GetCommandInvocation"):
            result = ssm.get_command_invocation(**request(summary))
    except AWS_ERRORS as error:
        if code(error) == "InvocationDoesNotExist":
            return None
        return answered(summary.node, summary.text, f"its detail could not be fetched: {sentence(error)}")
    text = result.get("StandardOutputContent", "")
    if not text:
        return None
    if is_whole(summary.text) and not is_whole(text):
        return answered(summary.node, summary.text, "its detail came without its summary")
    return answered(summary.node, text)


def request(summary: Summary) -> GetCommandInvocationRequestTypeDef:
    """Ask for one node's output of one command."""
    return {"CommandId": summary.command_id, "InstanceId": summary.node.instance_id}
