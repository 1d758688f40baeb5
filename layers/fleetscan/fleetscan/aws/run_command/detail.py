"""Fetches the whole output of a node: up to 24,000 characters per call, only where a trigger fired.

GetCommandInvocation is eventually consistent and shows no output before an invocation has ended. If it
cannot be fetched, the summary that was already read is used.
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
"""Attempts for a node's output while Systems Manager returns none."""
SECOND_ATTEMPT_SECONDS = 1.0
"""How long to wait for Systems Manager to become consistent."""

MOST_NODES = 500
"""Nodes whose detail is fetched in one scan. At some ten calls a second that takes a minute, and 500 nodes are enough
to find a common cause; every node is evaluated by its summary anyway."""
AT_ONCE = WORKERS
"""Calls between two checks of the deadline."""
SEVERE_TRIGGERS = frozenset({"pressure", "memory", "swap", "slab", "oom", "load"})
"""Triggers of nodes that may fail next (docs/capture-format.md)."""

NOT_YET = "Systems Manager does not return its detail yet"
LIMIT_REACHED = f"its detail was not fetched: the limit is {MOST_NODES} nodes per scan, the most severe first"
OUT_OF_TIME = "its detail was not fetched: the time for this collection was used up"


@dataclass(slots=True, kw_only=True)
class DetailBudget:
    """How many details may still be fetched in this scan. Minor triggers get half: the worst nodes respond last."""

    nodes: int = MOST_NODES
    minor_nodes: int = MOST_NODES // 2

    def allows(self, summary: Summary) -> bool:
        """Take one node from the budget; False if nothing is left for its kind."""
        is_minor = not severe_trigger_count(summary)
        if self.nodes <= 0 or (is_minor and self.minor_nodes <= 0):
            return False
        self.nodes -= 1
        self.minor_nodes -= is_minor
        return True


def severe_trigger_count(summary: Summary) -> int:
    """Return how many severe triggers fired on the node; the maximum if its summary was truncated."""
    seen = triggers(summary.text)
    return len(SEVERE_TRIGGERS) if seen is None else len(SEVERE_TRIGGERS & seen)


def fetch(
    ssm: SSMClient,
    summaries: Sequence[Summary],
    *,
    clock: Clock,
    sleep: Callable[[float], None],
    stop_at: float,
    settle: Callable[[Capture], None],
    budget: DetailBudget,
) -> tuple[Summary, ...]:
    """Settle each node with its whole output, or with its summary and a reason; return those not reached in time.

    Nodes with the most severe triggers come first.
    """
    waiting: list[Summary] = []
    for summary in sorted(summaries, key=severe_trigger_count, reverse=True):
        if summary.is_allowed or budget.allows(summary):
            waiting.append(replace(summary, is_allowed=True))
        else:
            settle(replace(answered(summary.node, summary.text, LIMIT_REACHED), is_summary_only=True))
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
    """Return a node's capture, or None if its output is not available yet. Raises AccessError when denied."""
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
    """Return the request for one node's output of one command."""
    return {"CommandId": summary.command_id, "InstanceId": summary.node.instance_id}
