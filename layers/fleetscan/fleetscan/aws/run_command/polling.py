"""Polls commands until each node has responded, with as few calls as possible.

One ListCommands returns the progress of 50 commands (2,500 nodes). When enough nodes of a command are done, one
ListCommandInvocations reads the summaries of its 50 nodes. Without slow nodes that is 0.02 calls per node to read the
fleet, after 0.02 to send.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fleetscan.aws.access import asking
from fleetscan.aws.errors import AWS_ERRORS, AwsError, code, is_passing, sentence
from fleetscan.aws.run_command.invocation import (
    WAITING,
    answered,
    ended,
    failed,
    state,
    state_of,
    summary_of,
    unanswered,
    wants_detail,
)
from fleetscan.immutable import immutable
from fleetscan.model import Capture, CaptureStatus, Node

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_ssm.type_defs import (
        CommandInvocationTypeDef,
        CommandTypeDef,
        ListCommandInvocationsRequestPaginateTypeDef,
        ListCommandsRequestPaginateTypeDef,
    )

PERMISSIONS = frozenset({"ssm:ListCommands", "ssm:ListCommandInvocations"})

PAGE_SIZE = 50
"""ListCommands and ListCommandInvocations ``MaxResults``: at most 50 (botocore's service model)."""
CLOCK_SKEW_SECONDS = 300
"""How far the caller's clock may run ahead of AWS's; SigV4 itself tolerates five minutes."""
WORTHWHILE_RATIO = 0.8
"""Share of a command's pending nodes that must be newly done before its list is read: a slow node then costs one more
call rather than delaying the other 49 until the deadline."""

COMMAND_WAITING = frozenset({"Pending", "InProgress", "Cancelling", ""})
COMMAND_NEVER_RAN = frozenset({"RateExceeded", "LimitExceeded", "NoInstancesInTag"})
"""States of a command that has no invocations to list."""
NOT_YET_CODES = frozenset({"InvalidCommandId", "InvocationDoesNotExist"})
"""Error codes right after a command was accepted (Run Command is eventually consistent)."""


@immutable
class Summary:
    """The summary of a node whose detail is still to be fetched."""

    command_id: str
    node: Node
    text: str
    is_allowed: bool = False
    """Whether its detail is already counted in the budget of the scan."""


class CommandPoller:
    """Polls the running commands. ``settle`` gets each capture as soon as it is final.

    During the grace period only finished commands are read, as slow nodes may still respond with the others.
    ``awaiting_detail`` holds the nodes whose summary was read and whose detail is worth a call.
    """

    def __init__(
        self,
        ssm: SSMClient,
        commands: Mapping[str, tuple[Node, ...]],
        *,
        document: str,
        sent_at: float,
        settle: Callable[[Capture], None],
        is_grace_period: Callable[[], bool] = lambda: False,
    ) -> None:
        self._ssm = ssm
        self._is_patient = is_grace_period
        self._document = document
        self._sent_at = sent_at
        self._settle = settle
        self._sent = {command_id: len(nodes) for command_id, nodes in commands.items()}
        self._pending = {
            command_id: {node.instance_id: node for node in nodes} for command_id, nodes in commands.items()
        }
        self._states: dict[str, str] = {}
        self._errors: dict[str, str] = {}
        self.awaiting_detail: list[Summary] = []

    @property
    def open_commands(self) -> tuple[str, ...]:
        """The commands that still have pending nodes."""
        return tuple(command_id for command_id, nodes in self._pending.items() if nodes)

    def poll(self) -> None:
        """Read the responses of those commands that have enough new ones."""
        for command in self._commands():
            command_id = command.get("CommandId", "")
            pending = self._pending.get(command_id)
            if not pending:
                continue
            end = state(command.get("Status", ""), command.get("StatusDetails", ""))
            done, target = command.get("CompletedCount", 0), command.get("TargetCount", 0)
            new = done - (self._sent[command_id] - len(pending))
            is_over = end not in COMMAND_WAITING or done >= target > 0
            is_worthwhile = new >= max(1, math.ceil(WORTHWHILE_RATIO * len(pending)))
            if is_over or (is_worthwhile and not self._is_patient()):
                self.read(command_id, end)

    def read(self, command_id: str, end: str = "") -> None:
        """Read one command's responses. A node that is not done, or not listed yet, stays pending."""
        pending = self._pending[command_id]
        for invocation in self._invocations(command_id):
            self._take(command_id, invocation)
        if end in COMMAND_NEVER_RAN:
            for node in tuple(pending.values()):
                self._settle(ended(pending.pop(node.instance_id), end))

    def time_out(self, seconds: float) -> None:
        """Settle every pending node as timed out after so many seconds, with its last known status or error."""
        for command_id, pending in self._pending.items():
            problem = self._errors.get(command_id)
            for node in pending.values():
                if problem:
                    reason = f"its response could not be fetched within {seconds:.0f} s: {problem}"
                    self._settle(Capture(node=node, status=CaptureStatus.FAILED, reason=reason))
                else:
                    self._settle(unanswered(node, seconds, self._states.get(node.instance_id, "")))
            pending.clear()

    def _take(self, command_id: str, invocation: CommandInvocationTypeDef) -> None:
        instance_id = invocation.get("InstanceId", "")
        pending = self._pending[command_id]
        if instance_id not in pending:
            return
        found = state_of(invocation)
        self._states[instance_id] = found
        if found in WAITING:
            return
        node = pending.pop(instance_id)
        text = summary_of(invocation)
        if found != "Success":
            self._settle(failed(node, invocation))
        elif wants_detail(text):
            self.awaiting_detail.append(Summary(command_id=command_id, node=node, text=text))
        else:
            self._settle(answered(node, text))

    def _commands(self) -> Iterable[CommandTypeDef]:
        """Return the progress of our commands; nothing after a transient error, as the next poll asks again."""
        missing = set(self.open_commands)
        found: list[CommandTypeDef] = []
        try:
            with asking("ssm:ListCommands"):
                query = commands_request(self._document, self._sent_at)
                for page in self._ssm.get_paginator("list_commands").paginate(**query):
                    found += page.get("Commands", [])
                    missing -= {command.get("CommandId", "") for command in found}
                    if not missing:
                        break
        except AWS_ERRORS as error:
            if not is_passing(error):
                raise
        return found

    def _invocations(self, command_id: str) -> Iterable[CommandInvocationTypeDef]:
        found: list[CommandInvocationTypeDef] = []
        try:
            with asking("ssm:ListCommandInvocations"):
                query = invocations_request(command_id)
                for page in self._ssm.get_paginator("list_command_invocations").paginate(**query):
                    found += page.get("CommandInvocations", [])
            self._errors.pop(command_id, None)
        except AWS_ERRORS as error:
            self._note(command_id, error)
        return found

    def _note(self, command_id: str, error: AwsError) -> None:
        if not is_passing(error) and code(error) not in NOT_YET_CODES:
            raise error
        self._errors[command_id] = sentence(error)


def commands_request(document: str, sent_at: float) -> ListCommandsRequestPaginateTypeDef:
    """Return the request for the commands of our document since sending began; a document ARN is not filtered by."""
    since = datetime.fromtimestamp(sent_at - CLOCK_SKEW_SECONDS, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    query: ListCommandsRequestPaginateTypeDef = {
        "Filters": [{"key": "InvokedAfter", "value": since}],
        "PaginationConfig": {"PageSize": PAGE_SIZE},
    }
    if not document.startswith("arn:"):
        query["Filters"] = [{"key": "InvokedAfter", "value": since}, {"key": "DocumentName", "value": document}]
    return query


def invocations_request(command_id: str) -> ListCommandInvocationsRequestPaginateTypeDef:
    """Return the request for a command's nodes with the first 2,500 bytes of their output."""
    return {"CommandId": command_id, "Details": True, "PaginationConfig": {"PageSize": PAGE_SIZE}}
