"""Sends the collection document, 50 nodes per command; a node that is rejected does not affect the others.

SendCommand fails as a whole when one id is not registered, or when one instance lacks the tag that the IAM policy
requires. Such nodes are left out, each with its reason, and the rest is sent again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from fleetscan.aws.access import asking
from fleetscan.aws.errors import AwsError, code, is_denied, is_passing, sentence, words
from fleetscan.aws.run_command.bisection import divide, ids_in, named
from fleetscan.immutable import immutable
from fleetscan.model import Capture, CaptureStatus, Node
from fleetscan.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_ssm.type_defs import SendCommandRequestTypeDef

PERMISSIONS = frozenset({"ssm:SendCommand"})

BATCH_SIZE = 50
"""SendCommand ``InstanceIds``: at most 50 (botocore's service model)."""
SHORTEST_DELIVERY_SECONDS = 30
"""SendCommand ``TimeoutSeconds``: 30 to 2,592,000 (botocore's service model)."""
SHELL_DOCUMENT = "AWS-RunShellScript"
"""AWS's document that runs any script; only for the command line in an account without the stack."""
SCRIPT_TIMEOUT_SECONDS = 60
"""Timeout of a script that is sent as a parameter; the stack's document sets its own."""
COMMENT = "fleetscan: read-only collection"
"""Shown in the Run Command history; at most 100 characters."""
MOST_DENIALS = 50
"""Nodes that are left out one by one because IAM denies them; beyond that whole batches are left out."""

BAD_NODE_CODES = frozenset({"InvalidInstanceId", "UnsupportedPlatformType"})
"""Error codes caused by some of the nodes (botocore's service model)."""

REFUSED_REASON = (
    "Systems Manager rejected the node as not in a valid state: it is shutting down or gone, or its agent stopped"
)
TOO_LATE_REASON = "the command was not sent: the time for this collection was used up"


@immutable
class CommandRequest:
    """What is sent: a document, optionally pinned by version and hash, or a script as parameter of AWS's own one."""

    document: str
    document_version: str = ""
    document_hash: str = ""
    """SHA-256 of the document's content: SSM rejects a document that was edited since."""
    commands: Sequence[str] = ()
    """Lines of a script for ``AWS-RunShellScript``; empty for the stack's document, which has no parameters."""
    delivery_timeout_seconds: int = 60
    """Delivery timeout: an agent that connects later never runs the command."""


@immutable
class Dispatch:
    """The commands that were accepted, and the nodes that were rejected."""

    commands: Mapping[str, tuple[Node, ...]]
    """Command id -> the nodes that it was accepted for."""
    refused: Mapping[str, Capture]
    """Instance id -> capture with the reason why no command was sent to it."""


def send(
    ssm: SSMClient, nodes: Sequence[Node], command_request: CommandRequest, *, clock: Clock, stop_at: float
) -> Dispatch:
    """Send to all nodes; each is in exactly one command or in ``refused``. Nothing is sent after ``stop_at``.

    Raises AccessError when IAM denies every command, and botocore's error when the request is wrong as a whole,
    such as a document that does not exist.
    """
    by_id = {node.instance_id: node for node in nodes}
    denied: set[str] = set()

    def call(instance_ids: Sequence[str]) -> str:
        seconds_left = stop_at - clock()
        if seconds_left <= 0:
            return ""
        return ssm.send_command(**request(instance_ids, command_request, seconds_left))["Command"].get("CommandId", "")

    def rejected_ids(error: AwsError, instance_ids: Sequence[str]) -> Sequence[str] | None:
        if code(error) in BAD_NODE_CODES:
            return named(error, instance_ids)
        if is_denied(error):
            # IAM decides per instance and names the first one denied: "on resource: arn:...:instance/i-0a".
            rejected = ids_in(words(error)).intersection(instance_ids)
            denied.update(rejected)
            return None if not rejected else instance_ids if len(denied) > MOST_DENIALS else tuple(rejected)
        return instance_ids if is_passing(error) else None

    with asking("ssm:SendCommand", f"document {command_request.document}"):
        division = divide(tuple(by_id), call, rejected_ids, batch_size=BATCH_SIZE)
        commands = {command: ids for ids, command in division.answers if command}
        for error in division.refused.values():
            if is_denied(error) and not commands:
                raise error
    late = {each: unsent(by_id[each]) for ids, command in division.answers if not command for each in ids}
    refused = {each: refusal_of(by_id[each], error) for each, error in division.refused.items()}
    return Dispatch(
        commands={command: tuple(by_id[each] for each in ids) for command, ids in commands.items()},
        refused=late | refused,
    )


def joined(parts: Iterable[Dispatch]) -> Dispatch:
    """Merge the parts of a dispatch."""
    commands: dict[str, tuple[Node, ...]] = {}
    refused: dict[str, Capture] = {}
    for part in parts:
        commands |= part.commands
        refused |= part.refused
    return Dispatch(commands=commands, refused=refused)


def request(
    instance_ids: Sequence[str], command_request: CommandRequest, seconds_left: float
) -> SendCommandRequestTypeDef:
    """Return the request for one command on these nodes, in parallel; a failed node does not stop the others.

    With the default MaxErrors of 0 the command would end at the first node that fails.
    """
    delivery = max(SHORTEST_DELIVERY_SECONDS, min(command_request.delivery_timeout_seconds, int(seconds_left)))
    query: SendCommandRequestTypeDef = {
        "DocumentName": command_request.document,
        "InstanceIds": list(instance_ids),
        "TimeoutSeconds": delivery,
        "MaxConcurrency": "100%",
        "MaxErrors": "100%",
        "Comment": COMMENT,
    }
    if command_request.document_version:
        query["DocumentVersion"] = command_request.document_version
    if command_request.document_hash:
        query |= {"DocumentHash": command_request.document_hash, "DocumentHashType": "Sha256"}
    if command_request.commands:
        query["Parameters"] = {
            "commands": list(command_request.commands),
            "executionTimeout": [str(SCRIPT_TIMEOUT_SECONDS)],
        }
    return query


def refusal_of(node: Node, error: AwsError) -> Capture:
    """Return the capture of a node to which no command was sent.

    A rejection does not tell whether the node is gone or failing, so it is not called terminated here.
    """
    if code(error) == "InvalidInstanceId":
        return Capture(node=node, status=CaptureStatus.NOT_REGISTERED, reason=REFUSED_REASON)
    if is_denied(error):
        denial = "sending the document to this node is denied, possibly because the policy does not cover its tags"
        reason = f"{denial}: {sentence(error)}"
    else:
        reason = f"the command could not be sent: {sentence(error)}"
    return Capture(node=node, status=CaptureStatus.FAILED, reason=reason)


def unsent(node: Node) -> Capture:
    """Return the capture of a node to which nothing was sent before the deadline."""
    return Capture(node=node, status=CaptureStatus.TIMED_OUT, reason=TOO_LATE_REASON)
