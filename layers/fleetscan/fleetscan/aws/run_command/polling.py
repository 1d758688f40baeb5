"""Following commands until each node has answered, with as few calls as that can be done.

One ListCommands tells of 50 commands (2,500 nodes) how many of their nodes are done; only then is a command's own list
worth its call, which brings the summaries of 50 nodes at once. Without stragglers that makes 0.02 calls a node to read
the fleet, after 0.02 to send.
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
"""Share of a command's open nodes that must be newly done before its list is read: a straggler then costs one more
call rather than holding back its 49 neighbours until the deadline."""

COMMAND_WAITING = frozenset({"Pending", "InProgress", "Cancelling", ""})
COMMAND_NEVER_RAN = frozenset({"RateExceeded", "LimitExceeded", "NoInstancesInTag"})
"""States of a command that never had an invocation to list."""
NOT_YET_CODES = frozenset({"InvalidCommandId", "InvocationDoesNotExist"})
"""What a command is called in the first moments after it was accepted (Run Command is eventually consistent)."""


@immutable
class Summary:
    """What a node has said so far, where its detail is still to be fetched."""

    command_id: str
    node: Node
    text: str
    is_allowed: bool = False
    """Whether its detail has been counted among those that one scan fetches."""


class Watch:
    """The commands in flight. ``settle`` gets each capture as soon as it is final.

    While ``is_patient``, only commands that are over are read: their slow nodes may yet answer with the others.
    ``wanting`` holds the nodes whose summary is here and whose detail is worth a call of its own.
    """

    def __init__(
        self,
        ssm: SSMClient,
        commands: Mapping[str, tuple[Node, ...]],
        *,
        document: str,
        sent_at: float,
        settle: Callable[[Capture], None],
        is_patient: Callable[[], bool] = lambda: False,
    ) -> None:
        self._ssm = ssm
        self._is_patient = is_patient
        self._document = document
        self._sent_at = sent_at
        self._settle = settle
        self._sent = {command_id: len(nodes) for command_id, nodes in commands.items()}
        self._pending = {
            command_id: {node.instance_id: node for node in nodes} for command_id, nodes in commands.items()
        }
        self._states: dict[str, str] = {}
        self._troubles: dict[str, str] = {}
        self.wanting: list[Summary] = []

    @property
    def open_commands(self) -> tuple[str, ...]:
        """The commands that still have nodes without an answer."""
        return tuple(command_id for command_id, nodes in self._pending.items() if nodes)

    def poll(self) -> None:
        """Read the answers of those commands that have enough new ones."""
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
        """Read one command's answers. A node that is not done stays pending, and so does one that is not listed yet."""
        pending = self._pending[command_id]
        for invocation in self._invocations(command_id):
            self._take(command_id, invocation)
        if end in COMMAND_NEVER_RAN:
            for node in tuple(pending.values()):
                self._settle(ended(pending.pop(node.instance_id), end))

    def give_up(self, seconds: float) -> None:
        """Settle every node that has not answered after so many seconds, with the last that was heard of it."""
        for command_id, pending in self._pending.items():
            trouble = self._troubles.get(command_id)
            for node in pending.values():
                if trouble:
                    reason = f"its answer could not be fetched within {seconds:.0f} s: {trouble}"
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
            self.wanting.append(Summary(command_id=command_id, node=node, text=text))
        else:
            self._settle(answered(node, text))

    def _commands(self) -> Iterable[CommandTypeDef]:
        """Return our commands' progress; nothing when SSM cannot say just now, as the next poll asks again."""
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
            self._troubles.pop(command_id, None)
        except AWS_ERRORS as error:
            self._note(command_id, error)
        return found

    def _note(self, command_id: str, error: AwsError) -> None:
        if not is_passing(error) and code(error) not in NOT_YET_CODES:
            raise error
        self._troubles[command_id] = sentence(error)


def commands_request(document: str, sent_at: float) -> ListCommandsRequestPaginateTypeDef:
    """Ask for the commands of our document since we began to send; a document given by ARN may be listed by name."""
    since = datetime.fromtimestamp(sent_at - CLOCK_SKEW_SECONDS, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    query: ListCommandsRequestPaginateTypeDef = {
        "Filters": [{"key": "InvokedAfter", "value": since}],
        "PaginationConfig": {"PageSize": PAGE_SIZE},
    }
    if not document.startswith("arn:"):
        query["Filters"] = [{"key": "InvokedAfter", "value": since}, {"key": "DocumentName", "value": document}]
    return query


def invocations_request(command_id: str) -> ListCommandInvocationsRequestPaginateTypeDef:
    """Ask for a command's nodes with the first 2,500 bytes of their output."""
    return {"CommandId": command_id, "Details": True, "PaginationConfig": {"PageSize": PAGE_SIZE}}
