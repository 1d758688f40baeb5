"""Turns the status of one command on one node into the node's capture. Nothing here calls AWS.

``StatusDetails`` comes spaced from some calls ("Delivery Timed Out") and unspaced from others ("DeliveryTimedOut");
only the unspaced form is known here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fleetscan.aws.names import printable
from fleetscan.model import Capture, CaptureStatus, Node

if TYPE_CHECKING:
    from mypy_boto3_ssm.type_defs import CommandInvocationTypeDef

MOST_CHARACTERS = 24_000
"""GetCommandInvocation ``StandardOutputContent`` (botocore's service model); longer output is cut."""

WAITING = frozenset({"Pending", "InProgress", "Delayed", "Cancelling"})
"""States of an invocation that may still change."""

ENDS = {
    "Failed": (CaptureStatus.FAILED, "the script failed"),
    "ExecutionTimedOut": (
        CaptureStatus.TIMED_OUT,
        "the script was killed: it ran into its time limit, or the kernel killed it for memory (exit code 137)",
    ),
    "TimedOut": (CaptureStatus.TIMED_OUT, "the script did not end within its time limit"),
    "DeliveryTimedOut": (
        CaptureStatus.TIMED_OUT,
        "the SSM agent never picked the command up, though it was registered as online",
    ),
    "Undeliverable": (
        CaptureStatus.CONNECTION_LOST,
        "the command could not be delivered: the node does not respond or no longer exists",
    ),
    "Terminated": (
        CaptureStatus.FAILED,
        "Systems Manager gave the command up before this node's turn, after errors on other nodes",
    ),
    "Cancelled": (CaptureStatus.FAILED, "the command was cancelled"),
    "InvalidPlatform": (CaptureStatus.FAILED, "the document does not run on this node's platform"),
    "AccessDenied": (CaptureStatus.FAILED, "Systems Manager was denied access to this node"),
    "RateExceeded": (
        CaptureStatus.FAILED,
        "Systems Manager cancelled the command: the account has too many pending invocations",
    ),
    "LimitExceeded": (
        CaptureStatus.FAILED,
        "Systems Manager cancelled the command: the account has too many pending invocations",
    ),
    "NoInstancesInTag": (CaptureStatus.FAILED, "Systems Manager found no node for the command"),
    "Incomplete": (CaptureStatus.FAILED, "the command ended without running on this node"),
}
"""Final statuses except success -> capture status and reason (Run Command user guide, command statuses)."""

STUCK = {
    "Pending": "the SSM agent never picked it up",
    "InProgress": "the script was sent and did not end",
    "Delayed": "Systems Manager is still trying to deliver it",
    "Cancelling": "the command is being cancelled",
}

_END_OF_SUMMARY = re.compile(r"^@end summary(?: triggers=(\S+))?", re.MULTILINE)
_SHOWN_CHARACTERS = 160
_MOST_TRIGGERS = 50


def state(status: str, details: str) -> str:
    """Return the unspaced name of a status: the details if they are known, else the less exact status."""
    exact = details.replace(" ", "")
    known = exact == "Success" or exact in ENDS or exact in WAITING
    return exact if known or not status else status.replace(" ", "")


def state_of(invocation: CommandInvocationTypeDef) -> str:
    """Return the state of an invocation."""
    return state(invocation.get("Status", ""), invocation.get("StatusDetails", ""))


def summary_of(invocation: CommandInvocationTypeDef) -> str:
    """Return the script's output in ListCommandInvocations: at most its first 2,500 bytes."""
    plugins = invocation.get("CommandPlugins", [])
    # A document of several steps has one plugin per step; ours is the one that printed a capture.
    outputs = [plugin.get("Output", "") for plugin in plugins]
    return next((text for text in outputs if text.startswith("fleetscan-capture")), "".join(outputs))[:MOST_CHARACTERS]


def wants_detail(summary: str) -> bool:
    """Whether GetCommandInvocation is worth a call: a trigger fired, or the summary was truncated."""
    seen = triggers(summary)
    return seen is None or bool(seen)


def triggers(summary: str) -> frozenset[str] | None:
    """Return the triggers that fired according to the node; None if the summary was truncated."""
    end = _END_OF_SUMMARY.search(summary)
    if end is None:
        return None
    return frozenset() if end[1] in {None, "-"} else frozenset(end[1].split(",")[:_MOST_TRIGGERS])


def is_whole(text: str) -> bool:
    """Whether the text holds a whole summary, with or without detail behind it."""
    return _END_OF_SUMMARY.search(text) is not None


def answered(node: Node, text: str, reason: str = "") -> Capture:
    """Return the capture of a node whose script ended; without any output it has failed."""
    if not text.strip():
        silence = "the script ended but Systems Manager shows no output of it"
        return Capture(node=node, status=CaptureStatus.FAILED, reason=f"{silence}; {reason}" if reason else silence)
    return Capture(node=node, status=CaptureStatus.ANSWERED, text=text[:MOST_CHARACTERS], reason=reason)


def ended(node: Node, end: str, *, exit_code: int | None = None, output: str = "") -> Capture:
    """Return the capture of a node on which the command did not succeed."""
    shown = printable(end, _SHOWN_CHARACTERS)
    status, reason = ENDS.get(end, (CaptureStatus.FAILED, f"Systems Manager reports an unknown status, {shown}"))
    if end == "Failed" and exit_code is not None and exit_code >= 0:
        reason = f"{reason} with exit code {exit_code}"
    if end == "Failed" and output.strip():
        reason = f"{reason}: {printable(output.strip().splitlines()[0], _SHOWN_CHARACTERS)}"
    return Capture(node=node, status=status, reason=reason)


def failed(node: Node, invocation: CommandInvocationTypeDef) -> Capture:
    """Return the capture of a node whose invocation did not succeed."""
    plugins = invocation.get("CommandPlugins", [])
    exit_code = next((plugin["ResponseCode"] for plugin in plugins if plugin.get("ResponseCode")), None)
    return ended(node, state_of(invocation), exit_code=exit_code, output=summary_of(invocation))


def unanswered(node: Node, seconds: float, last_state: str) -> Capture:
    """Return the capture of a node that had not responded by the deadline."""
    stuck = STUCK.get(last_state)
    known = f"status {last_state}: {stuck}" if stuck else "Systems Manager showed no status for it"
    reason = f"did not respond within {seconds:.0f} s ({known})"
    return Capture(node=node, status=CaptureStatus.TIMED_OUT, reason=reason)
