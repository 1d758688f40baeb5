"""The whole output of one node: 24,000 characters for one call, so only where the node saw a trigger.

GetCommandInvocation is eventually consistent and shows no output before an invocation has ended. What cannot be had
never costs the summary that is already here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from fleetscan.aws.access import asking
from fleetscan.aws.errors import AWS_ERRORS, code, sentence
from fleetscan.aws.parallel import WORKERS, mapped
from fleetscan.aws.run_command.invocation import answered, is_whole, triggers
from fleetscan.aws.run_command.polling import Summary
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

MOST_NODES = 500
"""Nodes whose detail is fetched in one scan. At some ten calls a second that is a minute, and what 500 sick nodes have
in common the next 500 have too; every node is judged by its summary anyway."""
AT_ONCE = WORKERS
"""Calls between two looks at the clock."""
GRAVE = frozenset({"pressure", "memory", "swap", "slab", "oom", "load"})
"""Triggers of nodes that may die next (docs/capture-format.md)."""

NOT_YET = "Systems Manager does not show its detail yet"
ENOUGH = f"its detail was not fetched: {MOST_NODES} nodes of one scan are enough, the gravest first"
OUT_OF_TIME = "its detail was not fetched: the time for this collection was used up"


@dataclass(slots=True, kw_only=True)
class Allowance:
    """How many nodes may still be asked in this scan. Mild triggers get half of it, for the gravest answer last."""

    nodes: int = MOST_NODES
    mild_nodes: int = MOST_NODES // 2

    def allows(self, summary: Summary) -> bool:
        """Take one node from the allowance; False when there is none left for its kind."""
        is_mild = not gravity(summary)
        if self.nodes <= 0 or (is_mild and self.mild_nodes <= 0):
            return False
        self.nodes -= 1
        self.mild_nodes -= is_mild
        return True


def gravity(summary: Summary) -> int:
    """Return how many grave triggers the node saw; one whose summary was cut is as grave as can be."""
    seen = triggers(summary.text)
    return len(GRAVE) if seen is None else len(GRAVE & seen)


def fetch(
    ssm: SSMClient,
    summaries: Sequence[Summary],
    *,
    clock: Clock,
    sleep: Callable[[float], None],
    stop_at: float,
    settle: Callable[[Capture], None],
    allowance: Allowance,
) -> tuple[Summary, ...]:
    """Settle each node with its whole output, or its summary and the reason; return those whose turn never came.

    The gravest are asked first.
    """
    waiting: list[Summary] = []
    for summary in sorted(summaries, key=gravity, reverse=True):
        if summary.is_allowed or allowance.allows(summary):
            waiting.append(replace(summary, is_allowed=True))
        else:
            settle(replace(answered(summary.node, summary.text, ENOUGH), is_summary_only=True))
    for attempt in range(ATTEMPTS):
        if attempt and waiting:
            sleep(max(0.0, min(SECOND_ATTEMPT_SECONDS, stop_at - clock())))
        late: list[Summary] = []
        for start in range(0, len(waiting), AT_ONCE):
            if clock() >= stop_at:
                return (*late, *waiting[start:])
            some = waiting[start : start + AT_ONCE]
            for summary, capture in zip(some, mapped(partial(ask, ssm), some), strict=True):
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
