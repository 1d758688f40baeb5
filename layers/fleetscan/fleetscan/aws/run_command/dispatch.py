"""Sending the collection document: 50 nodes a command, and no bad node spoils its batch.

SendCommand fails as a whole when one id is not registered, or when one instance lacks the tag that the IAM policy asks
for. Such nodes are taken out, each with its reason, and the rest is sent again.
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
"""AWS's document that runs any script; only for a terminal on an account without the stack."""
SCRIPT_TIMEOUT_SECONDS = 60
"""Longest run of a script that is sent as a parameter; the stack's document sets its own."""
COMMENT = "fleetscan: read-only collection"
"""Shown in the Run Command history; at most 100 characters."""
MOST_DENIALS = 50
"""Nodes that are taken out one by one because IAM refuses them; beyond that whole batches are given up."""

BAD_NODE_CODES = frozenset({"InvalidInstanceId", "UnsupportedPlatformType"})
"""How the call fails because of some of its nodes (botocore's service model)."""

REFUSED_REASON = (
    "Systems Manager refused the node as not in a valid state: it is shutting down or gone, or its agent stopped"
)
TOO_LATE_REASON = "was not asked: the time for this collection was used up"


@immutable
class Errand:
    """What is sent: a document, pinned as far as wanted, or a script as the parameter of AWS's own document."""

    document: str
    document_version: str = ""
    document_hash: str = ""
    """SHA-256 of the document's content: SSM refuses a document that was edited since."""
    commands: Sequence[str] = ()
    """Lines of a script for ``AWS-RunShellScript``; empty for the stack's document, which has no parameters."""
    delivery_timeout_seconds: int = 60
    """How long SSM tries to hand the command to an agent; an agent that wakes up later never runs it."""


@immutable
class Dispatch:
    """What was sent, and who could not be sent to."""

    commands: Mapping[str, tuple[Node, ...]]
    """Command id -> the nodes that it was accepted for."""
    refused: Mapping[str, Capture]
    """Instance id -> why no command took it."""


def send(ssm: SSMClient, nodes: Sequence[Node], errand: Errand, *, clock: Clock, stop_at: float) -> Dispatch:
    """Send to all nodes; each of them ends in exactly one command or refused. Nothing is sent after ``stop_at``.

    Raises AccessError when IAM lets no command through, and botocore's error when the request is wrong as a whole,
    such as a document that does not exist.
    """
    by_id = {node.instance_id: node for node in nodes}
    denied: set[str] = set()

    def call(instance_ids: Sequence[str]) -> str:
        seconds_left = stop_at - clock()
        if seconds_left <= 0:
            return ""
        return ssm.send_command(**request(instance_ids, errand, seconds_left))["Command"].get("CommandId", "")

    def blame(error: AwsError, instance_ids: Sequence[str]) -> Sequence[str] | None:
        if code(error) in BAD_NODE_CODES:
            return named(error, instance_ids)
        if is_denied(error):
            # IAM decides for each instance and names the first one refused: "on resource: arn:...:instance/i-0a".
            guilty = ids_in(words(error)).intersection(instance_ids)
            denied.update(guilty)
            return None if not guilty else instance_ids if len(denied) > MOST_DENIALS else tuple(guilty)
        return instance_ids if is_passing(error) else None

    with asking("ssm:SendCommand", f"document {errand.document}"):
        division = divide(tuple(by_id), call, blame, batch_size=BATCH_SIZE)
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
    """Return what was sent in parts as one."""
    commands: dict[str, tuple[Node, ...]] = {}
    refused: dict[str, Capture] = {}
    for part in parts:
        commands |= part.commands
        refused |= part.refused
    return Dispatch(commands=commands, refused=refused)


def request(instance_ids: Sequence[str], errand: Errand, seconds_left: float) -> SendCommandRequestTypeDef:
    """Ask for one command on these nodes, all at once, none of whose failures stops the others.

    MaxErrors is 0 by default, which ends the command at the first node that fails.
    """
    delivery = max(SHORTEST_DELIVERY_SECONDS, min(errand.delivery_timeout_seconds, int(seconds_left)))
    query: SendCommandRequestTypeDef = {
        "DocumentName": errand.document,
        "InstanceIds": list(instance_ids),
        "TimeoutSeconds": delivery,
        "MaxConcurrency": "100%",
        "MaxErrors": "100%",
        "Comment": COMMENT,
    }
    if errand.document_version:
        query["DocumentVersion"] = errand.document_version
    if errand.document_hash:
        query |= {"DocumentHash": errand.document_hash, "DocumentHashType": "Sha256"}
    if errand.commands:
        query["Parameters"] = {
            "commands": list(errand.commands),
            "executionTimeout": [str(SCRIPT_TIMEOUT_SECONDS)],
        }
    return query


def refusal_of(node: Node, error: AwsError) -> Capture:
    """Return the capture of a node that no command took.

    That SSM refuses a node does not tell whether it is gone or sick, so it is not called terminated here.
    """
    if code(error) == "InvalidInstanceId":
        return Capture(node=node, status=CaptureStatus.NOT_REGISTERED, reason=REFUSED_REASON)
    if is_denied(error):
        reason = f"not allowed to send the document to this node, whose tags the policy may not name: {sentence(error)}"
    else:
        reason = f"the command could not be sent: {sentence(error)}"
    return Capture(node=node, status=CaptureStatus.FAILED, reason=reason)


def unsent(node: Node) -> Capture:
    """Return the capture of a node whose turn never came."""
    return Capture(node=node, status=CaptureStatus.TIMED_OUT, reason=TOO_LATE_REASON)
